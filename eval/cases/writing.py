"""Writing cases as people would: YAML, one document a case, nothing that is as it would be anyway, remarks above it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from eval.cases.case import Case


def as_yaml(case: Case, remarks: Sequence[str] = ()) -> str:
    """One case as a YAML document that ``read_cases`` reads back; remarks become comments."""
    body = yaml.dump(content_of(case), Dumper=CaseDumper, allow_unicode=True, sort_keys=False, width=110)
    said = "".join(f"# {_on_one_line(remark)}\n" for remark in remarks)
    return said + body


def content_of(case: Case) -> dict[str, Any]:
    """A case as plain values, without what is left out when people write it."""
    content: dict[str, Any] = case.model_dump(mode="json", exclude_defaults=True)
    # a turn of which nothing is expected still says so
    content["turns"] = [{"expect": {}, **turn} for turn in content["turns"]]
    return {**content, "turns": [{"guide": one["guide"], "expect": one["expect"]} for one in content["turns"]]}


def _on_one_line(remark: str) -> str:
    """A comment ends where its line does, and YAML takes no signs that nobody can see."""
    return "".join(sign if sign.isprintable() else " " for sign in remark)


def write_cases(cases: Iterable[Case], path: Path, remarks: Mapping[str, Sequence[str]] | None = None) -> None:
    """Write cases to one file, each with the remarks under its id."""
    said = remarks or {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n".join(as_yaml(case, said.get(case.id, ())) for case in cases), encoding="utf-8")


class CaseDumper(yaml.SafeDumper):
    """Lists stand indented below their name, as in the cases that people wrote; signs nobody can see are escaped."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent a list as well."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out where it stands."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # in other styles PyYAML writes U+0085 and its like as they are, and reads them back as the end of a line
    plain = value.replace("\n", "").isprintable()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


CaseDumper.add_representer(str, _text)
