"""A retrieval corpus in the layout of BEIR and MTEB: corpus.jsonl, queries.jsonl, qrels/<split>.tsv."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.noun import Noun
from knowledge.passage import DocumentKind, Passage, Scope

Model = TypeVar("Model", bound=BaseModel)
UNANSWERABLE = "unanswerable"
Qrels = Mapping[str, Mapping[str, int]]
"""Query id → passage id → gain; a gain of 0 is a judged miss."""


class BadCorpus(Exception):
    """A corpus folder does not fit; the text names file, line and remedy in Chinese."""


class About(Noun):
    """What our own sets say of a query beyond BEIR: its type, the messages before it, who asks and when, and the
    sentences that answer it (passage id → sentence). ``split`` is set for a question that nothing answers: no qrels row can say it."""

    type: str = ""
    before: tuple[str, ...] = ()
    store_id: str = ""
    region_id: str = ""
    sentences: Mapping[str, str] = {}
    moment: datetime | None = None
    split: str = ""


class Query(Noun):
    """A question of the set."""

    id: str
    text: str
    about: About = About()

    @property
    def is_answerable(self) -> bool:
        """Say whether the set claims that something answers it."""
        return self.about.type != UNANSWERABLE


class _Line(BaseModel):
    """A line of somebody's JSONL: keys we do not use are let be."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, coerce_numbers_to_str=True)

    id: str = Field(alias="_id", min_length=1)
    title: str | None = ""
    text: str
    metadata: dict[str, Any] | None = None


class _Particulars(BaseModel):
    """What our own sets say of a passage beyond BEIR."""

    model_config = ConfigDict(extra="ignore")

    kind: DocumentKind = DocumentKind.POLICY
    heading: tuple[str, ...] = ()
    scope: Scope = Scope()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    skus: tuple[str, ...] = ()


def passages(folder: Path) -> Iterator[Passage]:
    """Read the corpus, one passage a line; raises BadCorpus."""
    for place, line in _lines(folder / "corpus.jsonl"):
        known = _fitting(_Particulars, _own(line.metadata), place)
        yield Passage(
            id=line.id,
            document_id=line.id,
            title=line.title or "",
            version=1,
            place=place,
            text=line.text,
            kind=known.kind,
            heading=known.heading,
            scope=known.scope,
            valid_from=known.valid_from,
            valid_to=known.valid_to,
            skus=known.skus,
        )


def queries(folder: Path) -> dict[str, Query]:
    """Read every query, by id; raises BadCorpus."""
    found = {}
    for place, line in _lines(folder / "queries.jsonl"):
        about = _fitting(About, _own(line.metadata), place)
        found[line.id] = Query(id=line.id, text=line.text, about=about)
    return found


def qrels(folder: Path, split: str) -> Qrels:
    """Read which passages answer which queries of a split; raises BadCorpus."""
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        there = "、".join(sorted(file.stem for file in path.parent.glob("*.tsv"))) or "一个也没有"
        raise BadCorpus(f"没有 qrels/{split}.tsv。现有的划分：{there}。请用 --split 指定其中一个")
    judged: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if number == 1 and row and not row[-1].strip().lstrip("-").isdigit():
                continue
            # query, passage, gain; or as TREC writes it: query, 0, passage, gain
            fields = [row[0], *row[-2:]] if len(row) in (3, 4) else []
            if not fields or not fields[2].strip().lstrip("-").isdigit():
                raise BadCorpus(f"qrels/{path.name} 第 {number} 行：应为“问题编号、段落编号、分值”三列，用制表符隔开")
            judged.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    return judged


def write(folder: Path, found: Iterable[Passage], asked: Sequence[Query], judged: Mapping[str, Qrels]) -> None:
    """Write a corpus in this layout; what BEIR has no place for stands in ``metadata``."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for passage in found:
            known = _Particulars.model_validate(passage, from_attributes=True)
            metadata = known.model_dump(mode="json", exclude_defaults=True)
            line = {"_id": passage.id, "title": passage.title, "text": passage.text, "metadata": metadata}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as file:
        for query in asked:
            metadata = query.about.model_dump(mode="json", exclude_defaults=True)
            file.write(
                json.dumps({"_id": query.id, "text": query.text, "metadata": metadata}, ensure_ascii=False) + "\n"
            )
    for split, rows in judged.items():
        with (folder / "qrels" / f"{split}.tsv").open("w", encoding="utf-8") as file:
            file.write("query-id\tcorpus-id\tscore\n")
            for query_id, gains in rows.items():
                file.writelines(f"{query_id}\t{passage_id}\t{gain}\n" for passage_id, gain in gains.items())


def _own(metadata: dict[str, Any] | None) -> dict[str, Any]:
    """Keep of a foreign set's metadata what is ours to read."""
    ours = {*_Particulars.model_fields, *About.model_fields}
    return {key: value for key, value in (metadata or {}).items() if key in ours}


def _lines(path: Path) -> Iterator[tuple[str, _Line]]:
    if not path.is_file():
        raise BadCorpus(f"文件夹里没有 {path.name}；需要 corpus.jsonl、queries.jsonl 和 qrels 文件夹")
    with path.open(encoding="utf-8-sig") as file:
        for number, text in enumerate(file, start=1):
            if text.strip():
                place = f"{path.name} 第 {number} 行"
                try:
                    content = json.loads(text)
                except json.JSONDecodeError as error:
                    raise BadCorpus(f"{place}：不是 JSON（{error.msg}）。每行写一个 JSON 对象") from error
                yield place, _fitting(_Line, content, place)


def _fitting(model: type[Model], content: object, place: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        fields = "、".join(".".join(map(str, problem["loc"])) or "整行" for problem in error.errors())
        raise BadCorpus(f"{place}：{fields} 不对。每行要有 _id 和 text") from error
