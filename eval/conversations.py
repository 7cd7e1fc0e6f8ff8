"""Twenty conversations as the composer words them, side by side in one document: to be read, not to be scored."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.service import Service
from assistant.shop import Manner
from assistant.turn import Outcome, ReplyKind, TurnRecord
from eval.replaying.house import sample_house
from eval.sample import SAMPLE_SHOP
from knowledge.noun import Noun
from knowledge.packaged import packaged

DOCUMENT = Path(__file__).parent.parent / "docs" / "conversations.md"

HEAD = """# 二十段对话：没有接大模型时，草稿长什么样

样例门店「云屿」，2026年11月22日。左边一列是导购发来的话，右边是同一轮给她的几条草稿。
这份文档由 `python -m eval.conversations` 写成，改了组稿就重新生成，读一遍再提交。
"""


class Conversation(Noun):
    """One conversation: what the guide writes, turn by turn."""

    title: str
    stage: str
    guide: str
    turns: tuple[str, ...]


def conversations() -> tuple[Conversation, ...]:
    """Read them all, in their order."""
    rows = packaged("eval", "conversations.yaml")
    return tuple(Conversation.model_validate(row) for row in rows)


def document() -> str:
    """Have the composer answer every conversation on a fresh sample house, and write the document."""
    with TemporaryDirectory(prefix="daogou-conversations-") as name, sample_house(SAMPLE_SHOP, Path(name)) as service:
        told = [line for number, one in enumerate(conversations(), start=1) for line in _told(service, number, one)]
    return "\n".join((HEAD, *told)) + "\n"


def _told(service: Service, number: int, one: Conversation) -> Iterator[str]:
    yield f"## {number}. {one.title}（{one.stage}）\n"
    for said in one.turns:
        record = service.converse(one.guide, [said], channel=f"conversation-{number}")
        yield f"**导购：** {said}\n"
        yield from _answer(record)


def _answer(record: TurnRecord) -> Iterator[str]:
    shown = [verdict.draft for verdict in record.verdicts if verdict.outcome is not Outcome.HELD]
    if record.reply.kind is not ReplyKind.DRAFTS:
        yield f"> {_cell('；'.join(record.reply.parts))}\n"
        return
    columns = [draft.manner.label for draft in shown]
    yield f"| {' | '.join(_numbered(columns))} |"
    yield f"|{'---|' * len(columns)}"
    yield f"| {' | '.join(_cell(draft.text) for draft in shown)} |\n"


def _numbered(labels: list[str]) -> list[str]:
    """Tell apart several drafts of one manner."""
    if len(set(labels)) == len(labels) or not set(labels) <= {manner.label for manner in Manner}:
        return labels
    return [f"{label} {place}" for place, label in enumerate(labels, start=1)]


def _cell(text: str) -> str:
    return text.replace("|", "｜").replace("\n", "<br>")


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name}\n")


if __name__ == "__main__":
    main()
