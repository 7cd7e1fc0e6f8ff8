"""Markdown, HTML and plain text as blocks."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper
from knowledge.reading.office import TextRead, caption_block, table_blocks

if TYPE_CHECKING:
    from markdown_it.token import Token
    from selectolax.lexbor import LexborNode


_FRONT = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_UNSEEN_TAGS = ("script", "style", "template", "noscript", "iframe", "object", "svg", "head > *:not(title)")
_UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0|"
    r"(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b|transparent)",
    re.IGNORECASE,
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CONTAINERS = frozenset(
    (
        *("div", "section", "article", "main", "body", "header", "footer", "aside", "form", "fieldset", "figure"),
        *("blockquote", "center", "details", "dl", "html", "address", "tbody"),
    )
)
_FURNITURE = ("nav", "header nav", "footer nav", "button", "input", "select", "textarea")


class UndecodableText(ValueError):
    """The bytes are text in no encoding a Chinese office writes."""


def decode(data: bytes) -> str:
    """Decode text: byte order mark first, then UTF-8, then GB18030 (which also reads GBK and GB2312).

    Detectors are not used: on short Chinese files they guess Korean. Raises UndecodableText.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise UndecodableText("text is neither UTF-8, UTF-16 nor GB18030")


class FrontMatter:
    """The YAML head of a Markdown file: its values as text, the text below it, and what was wrong with it."""

    def __init__(self, text: str, file: str) -> None:
        self.values: dict[str, str] = {}
        self.problems: tuple[ReadingProblem, ...] = ()
        self.body = text
        found = _FRONT.match(text)
        if found:
            self.body = text[found.end() :]
            self._load(found["yaml"], file)

    def _load(self, head: str, file: str) -> None:
        import yaml

        remedy = "请检查冒号后有空格、缩进一致，或删掉两行 --- 之间的内容"
        try:
            # BaseLoader keeps every scalar as text: 2026-02-30 must reach the date check, 0123 keeps its zero
            loaded = yaml.load(head, Loader=yaml.BaseLoader)
        except yaml.YAMLError:
            self.problems = (ReadingProblem(file, "文件开头", "开头的 YAML 信息格式不对，没有读取", remedy),)
            return
        if isinstance(loaded, dict):
            self.values = {str(key).strip(): _scalar(value) for key, value in loaded.items()}
        elif loaded:
            self.problems = (ReadingProblem(file, "文件开头", "开头的 YAML 信息不是“名称: 值”的形式", remedy),)


def _scalar(value: object) -> str:
    return "、".join(str(part) for part in value) if isinstance(value, list) else str(value).strip()


def read_markdown(text: str, file: str, sweeper: Sweeper) -> TextRead:
    """Read Markdown below its front matter; HTML comments are left out and listed, raw HTML keeps only its words."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    blocks = tuple(_Markdown(tokens, sweeper).blocks())
    first = next((block for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None)
    styled = sum(block.kind is BlockKind.HEADING for block in blocks) > 1
    return TextRead(first.text if first else "", blocks, (), styled)


class _Markdown:
    """One walk over markdown-it's tokens."""

    def __init__(self, tokens: Sequence["Token"], sweeper: Sweeper) -> None:
        self._tokens = tokens
        self._sweeper = sweeper
        self._tables = 0

    def blocks(self) -> Iterator[Block]:
        position = 0
        depth: list[str] = []
        marker = ""
        while position < len(self._tokens):
            token = self._tokens[position]
            if token.type == "table_open":
                position, rows = self._table(position)
                self._tables += 1
                yield from table_blocks(rows, f"表格{self._tables}")
                continue
            if token.type in {"list_item_open", "heading_open"}:
                depth.append(token.tag)
                marker = f"{token.info}{token.markup} " if token.type == "list_item_open" and token.info else ""
            elif token.type in {"list_item_close", "heading_close"}:
                depth.pop()
            elif text := self._text(token):
                yield from self._block(text, depth, marker)
                marker = ""
            position += 1

    def _text(self, token: "Token") -> str:
        if token.type == "inline":
            return self._sweeper.visible("".join(self._inline(token.children or [])))
        if token.type in {"fence", "code_block"}:
            return self._sweeper.visible(token.content)
        if token.type == "html_block":
            return self._sweeper.visible(_TAG.sub(" ", self._without_comments(token.content)))
        return ""

    def _inline(self, tokens: Sequence["Token"]) -> Iterator[str]:
        for token in tokens:
            if token.type in {"text", "code_inline"}:
                yield token.content
            elif token.type in {"softbreak", "hardbreak"}:
                yield "\n"
            elif token.type == "image":
                said = caption_block(token.content)
                if said is None:
                    self._sweeper.note("图片没有读取")
                else:
                    yield f"\n{said.text}\n"
            elif token.type == "html_inline" and token.content.startswith("<!--"):
                self._without_comments(token.content)
            elif token.type == "html_inline" and token.content.lower().startswith("<br"):
                yield "\n"

    def _without_comments(self, content: str) -> str:
        for comment in _COMMENT.findall(content):
            self._sweeper.note(f"注释没有读取：{comment[4:-3].strip()[:60]}")
        return _COMMENT.sub(" ", content)

    def _block(self, text: str, depth: list[str], marker: str) -> Iterator[Block]:
        if depth and depth[-1] in _HEADINGS:
            yield Block(BlockKind.HEADING, text.replace("\n", " "), _HEADINGS[depth[-1]])
        elif depth:
            yield Block(BlockKind.LIST, marker + text)
        else:
            yield Block(BlockKind.PARAGRAPH, text)

    def _table(self, position: int) -> tuple[int, list[list[str]]]:
        rows: list[list[str]] = []
        while self._tokens[position].type != "table_close":
            token = self._tokens[position]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(self._text(token).replace("\n", " "))
            position += 1
        return position + 1, rows


def read_html(text: str, file: str, sweeper: Sweeper) -> TextRead:
    """Read a saved web page: headings, paragraphs, lists and tables; scripts, styles and hidden parts removed."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    title_node = tree.css_first("title")
    title = sweeper.visible(title_node.text()) if title_node else ""
    for comment in _COMMENT.findall(text):
        sweeper.note(f"注释没有读取：{comment[4:-3].strip()[:60]}")
    if tree.body is None:
        return TextRead(title, ())
    for selector in (*_UNSEEN_TAGS, *_FURNITURE):
        for node in tree.css(selector):
            node.decompose()
    _drop_hidden(tree, sweeper)
    blocks = tuple(_Page(sweeper).blocks(tree.body))
    heading = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    styled = any(block.kind is BlockKind.HEADING for block in blocks)
    return TextRead(heading or title, blocks, (), styled)


def _drop_hidden(tree: Any, sweeper: Sweeper) -> None:
    for node in tree.css("[hidden], [aria-hidden=true], [style], input[type=hidden]"):
        style = node.attributes.get("style") or ""
        visible_bar = "background" in style
        unseen = _UNSEEN_STYLE.search(style)
        if unseen and unseen.group().lower().startswith("color") and visible_bar:
            continue
        if unseen or "hidden" in node.attributes or node.attributes.get("aria-hidden") == "true":
            if words := sweeper.visible(node.text(separator=" ")):
                sweeper.note(f"网页里隐藏的文字：{words[:60]}")
            node.decompose()


class _Page:
    """One walk over a page's body."""

    def __init__(self, sweeper: Sweeper) -> None:
        self._sweeper = sweeper
        self._tables = 0

    def blocks(self, node: "LexborNode") -> Iterator[Block]:
        loose: list[str] = []
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag in {"-text", "a", "span", "b", "strong", "em", "i", "u", "font", "label", "small", "br", "code"}:
                loose.append("\n" if tag == "br" else child.text(deep=True) or "")
                continue
            yield from self._flush(loose)
            yield from self._element(child, tag)
        yield from self._flush(loose)

    def _flush(self, loose: list[str]) -> Iterator[Block]:
        text = self._words("".join(part if part == "\n" else _BLANKS.sub(" ", part) for part in loose))
        loose.clear()
        for line in text.splitlines():
            yield Block(BlockKind.PARAGRAPH, line)

    def _words(self, text: str) -> str:
        return self._sweeper.visible(text)

    def _inner(self, node: "LexborNode") -> str:
        return self._words(_BLANKS.sub(" ", node.text(deep=True) or ""))

    def _element(self, node: "LexborNode", tag: str) -> Iterator[Block]:
        if tag in _HEADINGS:
            if text := self._inner(node):
                yield Block(BlockKind.HEADING, text, _HEADINGS[tag])
        elif tag in {"ul", "ol"}:
            yield from self._items(node, ordered=tag == "ol")
        elif tag == "table":
            self._tables += 1
            rows = [
                [self._inner(cell) for cell in row.css("th, td")] for row in node.css("tr") if row.css_first("th, td")
            ]
            yield from table_blocks(rows, f"表格{self._tables}")
        elif tag == "figure":
            yield from self._figure(node)
        elif tag == "img":
            if said := caption_block(self._words(node.attributes.get("alt") or "")):
                yield said
        elif tag in _CONTAINERS or tag == "p":
            yield from self.blocks(node)
        elif text := self._inner(node):
            yield Block(BlockKind.PARAGRAPH, text)

    def _figure(self, node: "LexborNode") -> Iterator[Block]:
        """A figure's caption says more than the picture's own words, and often the same."""
        caption = node.css_first("figcaption")
        said = caption_block(self._inner(caption)) if caption is not None else None
        if caption is None or said is None:
            yield from self.blocks(node)
            return
        yield said
        caption.decompose()
        yield from (one for one in self.blocks(node) if one.text.removeprefix("图：") not in said.text)

    def _items(self, node: "LexborNode", *, ordered: bool) -> Iterator[Block]:
        number = 0
        for item in node.iter():
            if item.tag in {"ul", "ol"}:
                yield from self._items(item, ordered=item.tag == "ol")
                continue
            nested = [inner for inner in item.iter() if inner.tag in {"ul", "ol"}]
            inner_blocks = [block for inner in nested for block in self._items(inner, ordered=inner.tag == "ol")]
            for inner in nested:
                inner.decompose()
            if text := self._inner(item):
                number += 1
                yield Block(BlockKind.LIST, f"{number}. {text}" if ordered else text)
            yield from inner_blocks


def read_text(text: str, file: str, sweeper: Sweeper) -> TextRead:
    """Read plain text: every line that is not empty is a paragraph; a short first line is the title."""
    lines = [line for line in sweeper.visible(text).splitlines() if line]
    blocks = [Block(BlockKind.PARAGRAPH, line) for line in lines]
    title = ""
    if len(lines) > 1 and len(lines[0]) <= 40 and not re.search(r"[。；，：:！？]", lines[0]):
        title = lines[0]
        if not re.match(r"^(?:第.{1,4}[章条节]|[一二三四五六七八九十]+、|问|Q)", title):
            blocks[0] = Block(BlockKind.HEADING, title, 1)
    problems: tuple[ReadingProblem, ...] = ()
    if any(len(line) > 5000 for line in lines):
        reason = "有一段超过 5000 字没有换行"
        problems = (ReadingProblem(file, "", reason, "请按意思分段，检索会更准", ProblemLevel.WARNING),)
    return TextRead(title, tuple(blocks), problems)
