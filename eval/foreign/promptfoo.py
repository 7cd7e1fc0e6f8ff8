"""promptfoo's YAML, both ways: a case is one test a turn, its words are asserts, the rest is one Python assert of ours.

Out: ``contains``, ``contains-any`` and ``not-contains`` hold the words of an answer; what only the record of a turn can
tell (intent, customer, coupons, passages …) goes to ``get_assert`` of the provider file, which runs our own checks.
In: a test is a case, tests that came from us are put together again; what has no counterpart is noted.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from eval.cases.case import Case, CaseTurn
from eval.cases.packs import Chosen
from eval.cases.reading import BadCase
from eval.cases.writing import CaseDumper, content_of
from eval.foreign.making import Item, Making, warn_of_personal

OURS = "daogou"
PROVIDER = "daogou_promptfoo.py"
PROVIDER_TEXT = '''"""promptfoo asks daogou here; run it with a Python that has daogou installed (PROMPTFOO_PYTHON)."""

from eval.foreign.provider import call_api, get_assert  # noqa: F401
'''
MOST_OF_ONE = 50
"""A test whose variables are lists stands for every combination of them; more than so many are no cases any more."""
_QUESTION = (
    *("question", "query", "input", "user_input", "message", "text", "prompt", "ask", "utterance", "user", "content"),
    *("问题", "提问", "客户问", "消息", "用户"),
)
_VARIABLE = re.compile(r"\{\{-?\s*(\w+)(?:\s*\|\s*\w+)?\s*-?\}\}")
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
_REGEX_SIGN = re.compile(r"[\\^$.|?*+()\[\]{}]")
_NOT_OF_TEST = frozenset(("vars", "assert", "description", "metadata"))


# ---- out ---------------------------------------------------------------------------------------


def as_config(chosen: Sequence[Chosen]) -> str:
    """A promptfoo configuration with every turn of these cases as a test."""
    tests = [test for one in chosen for test in _tests_of(one)]
    content = {
        "description": "daogou 导购助手的题目",
        "prompts": ["{{messages}}"],
        "providers": [{"id": f"file://{PROVIDER}", "label": OURS}],
        "tests": tests,
    }
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)


def write_config(chosen: Sequence[Chosen], path: Path) -> None:
    """Write the configuration, and beside it the file through which promptfoo asks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_config(chosen), encoding="utf-8")
    (path.parent / PROVIDER).write_text(PROVIDER_TEXT, encoding="utf-8")


def _tests_of(one: Chosen) -> Iterator[dict[str, Any]]:
    case = one.case
    content = content_of(case)
    kept = {name: content[name] for name in ("id", "title", "guide", "tags", "clock", "given") if name in content}
    for number, turn in enumerate(case.turns, start=1):
        yield {
            "description": f"{case.title}（第{number}轮）" if len(case.turns) > 1 else case.title,
            "vars": {
                "messages": _as_json(turn.guide),
                "earlier": _as_json([list(before.guide) for before in case.turns[: number - 1]]),
            },
            "assert": list(_asserts_of(turn)),
            "metadata": {
                **{name: str(value) for name, value in content["tags"].items()},
                OURS: {"pack": one.pack.name, "turn": number, "of": len(case.turns), "case": kept},
            },
        }


def _asserts_of(turn: CaseTurn) -> Iterator[dict[str, Any]]:
    expect: dict[str, Any] = turn.expect.model_dump(mode="json", exclude_defaults=True)
    metric = "该说的说了"
    if _all_can_stand(expect.get("says", ())):
        yield from ({"type": "contains", "value": word, "metric": metric} for word in expect.pop("says", ()))
    groups = expect.get("says_any", ())
    if all(group and _all_can_stand(group) for group in groups):
        yield from ({"type": "contains-any", "value": group, "metric": metric} for group in expect.pop("says_any", ()))
    if _all_can_stand(expect.get("says_not", ())):
        yield from ({"type": "not-contains", "value": word, "metric": metric} for word in expect.pop("says_not", ()))
    yield {"type": "python", "value": f"file://{PROVIDER}", "config": {"expect": expect}}


def _all_can_stand(words: Iterable[str]) -> bool:
    """promptfoo refuses an empty text, fills in templates, and reads files where a text begins like their address."""
    return all(
        word and not _TEMPLATE.search(word) and not word.startswith(("file://", "package:", "http://", "https://"))
        for word in words
    )


def _as_json(value: object) -> str:
    """JSON that is no template to promptfoo, whatever was written."""
    return json.dumps(value, ensure_ascii=False).replace("{", "\\u007b")


class _Dumper(CaseDumper):
    """Quotes whatever begins like a number: promptfoo reads YAML 1.2, where more of that is one."""

    def represent_scalar(self, tag: str, value: Any, style: str | None = None) -> yaml.ScalarNode:
        """Quote a text that could be read as a number."""
        is_text = tag.endswith(":str") and isinstance(value, str)
        quoted = is_text and style is None and value[:1] in tuple("0123456789+-.") and value.isascii()
        return super().represent_scalar(tag, value, style="'" if quoted else style)


# ---- in ----------------------------------------------------------------------------------------


def read(path: Path, making: Making) -> None:
    """Take in every test of a configuration, or of a file that is a list of tests; raises BadCase where it is neither."""
    content = _loaded(path)
    config = content if isinstance(content, dict) else {"tests": content}
    if not isinstance(content, (dict, list)) or not isinstance(config.get("tests"), (list, str)):
        raise BadCase(f"{path.name}：没有 tests。要的是 promptfoo 的配置（tests: 下面一条一条），或者只有 tests 的列表")
    usual = config.get("defaultTest") or {}
    if isinstance(usual, str):
        usual = _beside(path, usual, making, "defaultTest") or {}
    if config.get("scenarios"):
        making.problem("scenarios", "", "这一段没有读", "请把它展开成 tests 再导入")
    reader = _Reader(making, config, usual if isinstance(usual, dict) else {})
    for number, test in enumerate(_tests(config["tests"], path, making), start=1):
        reader.take(f"第{number}题", test)
    reader.finish()


def _loaded(path: Path) -> Any:
    text = path.read_text(encoding="utf-8-sig")
    try:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise BadCase(
            f"{path.name}：读不了（{error}）；请检查缩进和引号，或者先用 promptfoo validate 看一遍"
        ) from error


def _beside(path: Path, address: str, making: Making, what: str) -> Any:
    """A file that another one names, if it lies in the same folder."""
    name = address.removeprefix("file://")
    there = (path.parent / name).resolve()
    if not there.is_relative_to(path.parent.resolve()) or there.suffix not in (".yaml", ".yml", ".json", ".jsonl"):
        making.problem(what, "", f"写的是「{address}」，这种读不了", "请换成同一文件夹里的 YAML、JSON 或 JSONL")
        return None
    if not there.exists():
        making.problem(what, "", f"找不到「{name}」", "请把它放在同一个文件夹里")
        return None
    return _loaded(there)


def _tests(tests: Any, path: Path, making: Making) -> Iterator[Any]:
    for one in [tests] if isinstance(tests, str) else tests:
        if isinstance(one, str):
            there = _beside(path, one, making, "tests")
            yield from there if isinstance(there, list) else ()
        else:
            yield one


class _Reader:
    """Reads tests in order; those that we wrote wait until all turns of their case are there."""

    def __init__(self, making: Making, config: Mapping[str, Any], usual: Mapping[str, Any]) -> None:
        self._making = making
        self._usual = usual
        self._templates = config.get("assertionTemplates") or {}
        prompts = config.get("prompts") or []
        self._prompts = [one for one in ([prompts] if isinstance(prompts, str) else prompts) if isinstance(one, str)]
        self._ours: dict[tuple[str, str], list[tuple[int, str, dict[str, Any], dict[str, Any]]]] = {}

    def take(self, where: str, test: Any) -> None:
        """Read one test."""
        if not isinstance(test, dict):
            self._making.problem(where, "", "不是「名称: 值」的形式", "每题要有 vars，可以有 assert")
            return
        metadata = {**_dict(self._usual.get("metadata")), **_dict(test.get("metadata"))}
        mine = metadata.get(OURS)
        if isinstance(mine, dict) and isinstance(mine.get("case"), dict) and isinstance(mine.get("turn"), int):
            key = (str(mine.get("pack", "")), str(mine["case"].get("id", "")))
            self._ours.setdefault(key, []).append((mine["turn"], where, test, mine))
            return
        own = _dict(test.get("vars"))
        if test.get("vars") is not None and not isinstance(test["vars"], dict):
            self._making.problem(where, "vars", "不是「名称: 值」的形式", "请写成 vars: {question: 要问的话}")
            return
        for number, values in enumerate(_combinations({**_dict(self._usual.get("vars")), **own}), start=1):
            self._making.add(self._item(where, number, test, values, metadata))

    def finish(self) -> None:
        """Put our own cases together again."""
        for tests in self._ours.values():
            self._making.add(self._own_item(sorted(tests, key=lambda one: one[0])))

    # ---- a test from elsewhere -----------------------------------------------------------------

    def _item(
        self, where: str, number: int, test: dict[str, Any], values: dict[str, Any], metadata: dict[str, Any]
    ) -> Item:
        description = str(test.get("description") or self._usual.get("description") or "")
        item = Item(where, title=description, tags=_tags(metadata))
        if number == MOST_OF_ONE:
            item.note("vars", f"列表的组合太多，只取了前 {MOST_OF_ONE} 种")
        said, used = self._said(values, item)
        expect: dict[str, Any] = {}
        for one in (*_list(self._usual.get("assert")), *_list(test.get("assert"))):
            self._assert(one, values, expect, item)
        item.turns = [*((text, {}) for text in said[:-1]), *((text, expect) for text in said[-1:])]
        for name, value in values.items():
            if name not in used:
                item.note(f"变量 {name}", _shown(value))
        for name in sorted({*self._usual, *test} - _NOT_OF_TEST):
            item.note(name, _shown(test.get(name, self._usual.get(name))))
        for name, value in metadata.items():
            if name not in item.tags:
                item.note(f"metadata.{name}", _shown(value))
        warn_of_personal(item)
        return item

    def _said(self, values: dict[str, Any], item: Item) -> tuple[list[tuple[str, ...]], set[str]]:
        """What the guide would write, and the variables it was taken from."""
        for name, value in values.items():
            chat = _chat(value)
            if chat:
                return chat, {name}
        words = {name: str(value) for name, value in values.items() if isinstance(value, (str, int, float))}
        asked = next((name for known in _QUESTION for name in words if name.lower() == known), "")
        asked = asked or (next(iter(words)) if len(words) == 1 else "")
        if asked:
            return [(_filled(words[asked], words),)], {asked}
        prompt = next((one for one in self._prompts if not one.startswith("file://") and _VARIABLE.search(one)), "")
        if prompt:
            return [(_filled(prompt, words),)], set(_VARIABLE.findall(prompt))
        if words:
            item.note("vars", "看不出哪个变量是要问的话，都写进去了")
            return [("\n".join(f"{name}：{value}" for name, value in words.items()),)], set(words)
        return [], set()

    def _assert(self, one: Any, values: dict[str, Any], expect: dict[str, Any], item: Item) -> None:
        if isinstance(one, dict) and "$ref" in one:
            one = {**_dict(self._templates.get(str(one["$ref"]).rsplit("/", 1)[-1])), **one}
            one.pop("$ref")
        if not isinstance(one, dict) or not isinstance(one.get("type"), str):
            item.note("assert", f"没有 type：{_shown(one)}")
            return
        kind, words = one["type"], {name: str(value) for name, value in values.items()}
        if kind == "assert-set":
            if one.get("threshold") not in (None, 1):
                item.note("assert-set", f"只要达到 {one['threshold']} 就算过，我们没有这样的写法：{_shown(one)}")
                return
            for inner in _list(one.get("assert")):
                self._assert(inner, values, expect, item)
            return
        if one.get("transform") or one.get("weight") == 0:
            item.note(kind, f"不是直接看回复的（{_shown(one)}）")
            return
        if not _take_words(kind, one.get("value"), words, expect, item):
            item.note(kind, f"我们没有这样的检查：{_shown(one.get('value'))}")

    # ---- a test that we wrote ------------------------------------------------------------------

    def _own_item(self, tests: Sequence[tuple[int, str, dict[str, Any], dict[str, Any]]]) -> Item:
        _, where, _, mine = tests[0]
        case = mine["case"]
        item = Item(
            where,
            name=str(case.get("id", "")),
            title=str(case.get("title", "")),
            guide=str(case.get("guide", "")),
            clock=case.get("clock"),
            tags=_dict(case.get("tags")),
            given=case.get("given"),
        )
        turns: dict[int, tuple[tuple[str, ...], dict[str, Any]]] = {}
        for number, at, test, _ in tests:
            values = _dict(test.get("vars"))
            said, earlier = _own_words(values.get("messages")), _own_words(values.get("earlier"))
            if said is None or earlier is None:
                self._making.problem(at, "vars.messages", "不是我们导出的写法了", '请写成 JSON 列表，如 ["多少钱"]')
                continue
            for place, before in enumerate(earlier, start=1):
                # the test of an earlier turn may have been taken out; its words are still needed
                turns.setdefault(place, (tuple(before), {}))
            expect: dict[str, Any] = {}
            for one in _list(test.get("assert")):
                if isinstance(one, dict) and one.get("type") == "python" and "expect" in _dict(one.get("config")):
                    expect.update(_dict(one["config"]["expect"]))
                else:
                    self._assert(one, values, expect, item)
            turns[number] = (tuple(said), expect)
        item.turns = [turns[number] for number in sorted(turns)]
        return item


def _own_words(value: Any) -> list[Any] | None:
    try:
        read = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return None
    return read if isinstance(read, list) else None


# ---- asserts -----------------------------------------------------------------------------------


def _take_words(kind: str, value: Any, words: Mapping[str, str], expect: dict[str, Any], item: Item) -> bool:
    """Make expectations of an assert on the text of an answer; False where we have nothing like it."""
    negated = kind.startswith("not-")
    plain = kind.removeprefix("not-")
    if plain in ("regex",):
        wanted = _literals(_filled(str(value), words)) if isinstance(value, str) else None
        if wanted is None:
            return False
        plain = "contains-any"
    elif plain in ("contains", "icontains", "contains-all", "icontains-all", "contains-any", "icontains-any"):
        listed = value if isinstance(value, list) else _commas(value) if plain.endswith(("-all", "-any")) else [value]
        wanted = [_filled(str(one), words) for one in listed if isinstance(one, (str, int, float))]
        if len(wanted) != len(listed) or not wanted or not all(wanted):
            return False
        if any(_TEMPLATE.search(one) or one.startswith("file://") for one in wanted):
            return False
    else:
        return False
    if plain.startswith("i") and any(one.lower() != one.upper() for one in wanted):
        item.note(kind, f"大小写不论，只认得几种写法：{'、'.join(wanted)}")
    ways = [_ways(one) if plain.startswith("i") else (one,) for one in wanted]
    if negated and plain.endswith("-all") and len(wanted) > 1:
        # 不同时出现: we can only say that none may
        return False
    if negated:
        expect["says_not"] = (*expect.get("says_not", ()), *itertools.chain.from_iterable(ways))
    elif plain.endswith("-any") and len(wanted) >= 1:
        expect["says_any"] = (*expect.get("says_any", ()), tuple(itertools.chain.from_iterable(ways)))
    else:
        for way in ways:
            if len(way) == 1:
                expect["says"] = (*expect.get("says", ()), *way)
            else:
                expect["says_any"] = (*expect.get("says_any", ()), way)
    return True


def _ways(word: str) -> tuple[str, ...]:
    """How a word is usually written where capitals do not matter."""
    return tuple(dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())))


def _literals(pattern: str) -> list[str] | None:
    """The texts of an expression that is nothing but texts to choose from, else None."""
    inner = re.fullmatch(r"\((?:\?:)?([^()]*)\)", pattern)
    parts = (inner.group(1) if inner else pattern).split("|")
    texts = [re.sub(r"\\([^\w\s])", "\0\\1", part) for part in parts]
    if any(not text or _REGEX_SIGN.search(re.sub("\0.", "", text)) for text in texts):
        return None
    return [text.replace("\0", "") for text in texts]


def _commas(value: Any) -> list[Any]:
    return [part.strip().strip('"') for part in value.split(",") if part.strip()] if isinstance(value, str) else [value]


# ---- variables ---------------------------------------------------------------------------------


def _combinations(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A list stands for one test each of its members, as promptfoo has it; a chat is one value."""
    names = list(values)
    lists = [
        value
        if isinstance(value, list) and not _chat(value) and all(not isinstance(one, dict) for one in value)
        else [value]
        for value in values.values()
    ]
    for combination in itertools.islice(itertools.product(*lists), MOST_OF_ONE):
        yield dict(zip(names, combination, strict=True))


def _chat(value: Any) -> list[tuple[str, ...]]:
    """What the user says in a chat, message by message; nothing where it is no chat."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return []
    return [
        (str(one["content"]),)
        for one in value
        if one.get("role", one.get("type")) in ("user", "human") and isinstance(one.get("content"), str)
    ]


def _filled(text: str, words: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: words.get(match.group(1), match.group()), text)


def _tags(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Those of our tags that somebody kept as metadata, where their values are ours."""
    known = Case.model_fields["tags"].annotation
    assert known is not None
    found: dict[str, Any] = {}
    for name, field in known.model_fields.items():
        value = metadata.get(name)
        allowed = [str(one) for one in field.annotation] if hasattr(field.annotation, "__members__") else None
        if isinstance(value, str) and value and (allowed is None or value in allowed):
            found[name] = value
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
