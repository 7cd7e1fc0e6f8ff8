"""Find the structure Chinese writers type by hand: 第一条, 一、, （一）, 问：/答： in plain paragraphs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from knowledge.reading.blocks import Block, BlockKind

_NUMERAL = "[零〇一二三四五六七八九十百千两0-9]"
_CHAPTER = re.compile(rf"^第{_NUMERAL}+(?P<unit>[编章节])(?:[\s　、：:]|$)?")
_ARTICLE = re.compile(
    rf"^(?P<name>第(?P<number>{_NUMERAL}+)条(?:之{_NUMERAL}+)?)(?P<gap>[\s　、：:]*)(?P<rest>.*)$", re.DOTALL
)
_ENUMERATED = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|\([一二三四五六七八九十]{1,3}\))"
)
_LIST_ITEM = re.compile(r"^(?:[-*•·●○■◆▪➢✓√–]|\d{1,2}[.、．)）]|[①-⑳])\s*(?!\d)(?P<text>\S.*)$", re.DOTALL)
_QUESTION = re.compile(r"^(?:问题?|[Qq])\s*\d{0,3}\s*[:：.、]\s*(?P<text>\S.*)$", re.DOTALL)
_ANSWER = re.compile(r"^(?:答案?|回答|[Aa])\s*\d{0,3}\s*[:：.、]\s*(?P<text>\S.*)$", re.DOTALL)
_SENTENCE_END = "。；;，,！!、"
_CHAPTER_LEVELS = {"编": 2, "章": 3, "节": 4}
_LONGEST_HEADING = 30
ARTICLE_LEVEL = 9


@dataclass(frozen=True, slots=True)
class _Article:
    """第X条 cut from the start of a paragraph."""

    name: str
    number: int
    spaced: bool
    rest: str


def find_outline(blocks: Sequence[Block], *, guess_headings: bool = True) -> tuple[Block, ...]:
    """Return the blocks with typed-by-hand headings, articles, list items and question–answer pairs recognised.

    ``guess_headings`` is off for formats that mark their headings properly and did so in this file; articles and
    questions are still found then.
    """
    return tuple(_pair_questions(_articles(_headings(blocks) if guess_headings else tuple(blocks))))


def is_article(heading: str) -> bool:
    """Say whether a heading is 第X条."""
    found = _ARTICLE.match(heading)
    return bool(found and not found["rest"])


def question_of(text: str) -> str:
    """The question's own words when ``text`` starts with 问：, Q: or the like; otherwise empty."""
    found = _QUESTION.match(text)
    return found["text"].strip() if found else ""


def _headings(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(_typed_heading(block) if block.kind is BlockKind.PARAGRAPH else block for block in blocks)


def _typed_heading(block: Block) -> Block:
    text = block.text
    short = len(text) <= _LONGEST_HEADING and "\n" not in text and text[-1] not in _SENTENCE_END
    if short and (chapter := _CHAPTER.match(text)):
        return replace(block, kind=BlockKind.HEADING, level=_CHAPTER_LEVELS[chapter["unit"]])
    if short and _ENUMERATED.match(text) and not _is_sentence(text):
        level = 6 if text[0] in "（(" else 5
        return replace(block, kind=BlockKind.HEADING, level=level)
    if item := _LIST_ITEM.match(text):
        # a number says the order of steps and stays; a bullet says nothing
        shown = text if text[0].isdigit() or text[0] in "①②③④⑤⑥⑦⑧⑨⑩" else item["text"]
        return replace(block, kind=BlockKind.LIST, text=shown)
    return block


def _is_sentence(text: str) -> bool:
    return any(mark in text for mark in "。；，") or text.endswith(("：", ":"))


def _articles(blocks: tuple[Block, ...]) -> list[Block]:
    """Turn 第X条 at a paragraph's start into headings when the numbers run on, so that a mention of an article that
    happens to start a paragraph does not become one."""
    marked = {index: article for index, block in enumerate(blocks) if (article := _article(block))}
    accepted = _running(marked)
    if len(accepted) < 2:
        return list(blocks)
    found: list[Block] = []
    for index, block in enumerate(blocks):
        article = marked.get(index)
        if article is None or index not in accepted:
            found.append(block)
            continue
        found.append(Block(BlockKind.HEADING, article.name, ARTICLE_LEVEL, block.place))
        if article.rest:
            found.append(replace(block, text=article.rest, kind=BlockKind.PARAGRAPH, level=0))
    return found


def _article(block: Block) -> _Article | None:
    if block.kind not in {BlockKind.PARAGRAPH, BlockKind.HEADING}:
        return None
    found = _ARTICLE.match(block.text)
    if not found:
        return None
    number = _numeral(found["number"])
    return _Article(found["name"], number, bool(found["gap"]) or not found["rest"], found["rest"].strip())


def _running(marked: dict[int, _Article]) -> set[int]:
    """Indexes whose number continues the one before (第五条 after 第四条, 之一 repeats it) or starts again at one."""
    accepted: set[int] = set()
    last = 0
    for index, article in marked.items():
        follows = article.number == last + 1 or (article.number == last and "之" in article.name)
        restarts = article.number == 1
        jumps = article.spaced and article.number > last and (article.number - last <= 3 or last == 0)
        if follows or restarts or jumps:
            accepted.add(index)
            last = article.number
    return accepted


def _numeral(text: str) -> int:
    """Read a Chinese or Arabic numeral up to 9999; 0 when it is none."""
    if text.isdigit():
        return int(text)
    digits = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
    units = {"十": 10, "百": 100, "千": 1000}
    total, current = 0, 0
    for character in text:
        if character in units:
            total += (current or 1) * units[character]
            current = 0
        elif character in digits:
            current = digits[character]
        else:
            return 0
    return total + current


def _pair_questions(blocks: Sequence[Block]) -> list[Block]:
    """Join 问： and the 答： that follows (with its further paragraphs and list items) into one block."""
    paired: list[Block] = []
    index = 0
    while index < len(blocks):
        end = _pair_end(blocks, index)
        if end:
            text = "\n".join(block.text for block in blocks[index:end])
            paired.append(Block(BlockKind.QA, text, 0, blocks[index].place))
            index = end
        else:
            paired.append(blocks[index])
            index += 1
    return paired


def _pair_end(blocks: Sequence[Block], start: int) -> int:
    """The index after a question–answer pair that begins at ``start``; 0 when none begins there."""
    first = blocks[start]
    texts = {BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.HEADING}
    if first.kind not in texts or not _QUESTION.match(first.text):
        return 0
    if "\n" in first.text and any(_ANSWER.match(line) for line in first.text.splitlines()[1:]):
        return start + 1
    end = start + 1
    if end >= len(blocks) or blocks[end].kind not in texts or not _ANSWER.match(blocks[end].text):
        return 0
    end += 1
    while end < len(blocks) and blocks[end].kind in {BlockKind.PARAGRAPH, BlockKind.LIST}:
        if _QUESTION.match(blocks[end].text):
            break
        end += 1
    return end
