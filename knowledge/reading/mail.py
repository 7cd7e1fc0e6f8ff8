"""Saved mails: the subject is the title, the newest text the document, attachments are files of their own."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage

from knowledge.reading.archives import Parcel
from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper
from knowledge.reading.office import TextRead
from knowledge.reading.plain import decode, read_html, read_text

# the history a mail program puts below an answer; what was forwarded is what the sender wanted read, and stays
_HISTORY = re.compile(
    r"^\s*(?:-{2,}\s*(?:原始邮件|原邮件|回复的原邮件|Original Message|原始信件)\s*-{2,}.*|"
    r"(?:在|于)?\s*\d{4}[-年/].{0,60}写道\s*[:：]|On .{5,80} wrote:)\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s*>")
# GB2312 as declared is GBK as sent, more often than not
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail once read: its text, and what was attached."""

    text: TextRead
    attached: tuple[Parcel, ...]


def read_mail(data: bytes, file: str, sweeper: Sweeper) -> Letter:
    """Read a mail as saved by a mail program; quoted history is left out and reported.

    Raises ValueError when the bytes are no mail at all, UndecodableText when its text is in no known encoding.
    """
    message = email.message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise ValueError("no mail headers")
    subject = sweeper.visible(str(message.get("subject") or "")).replace("\n", " ")
    body = message.get_body(("plain", "html"))
    found = TextRead("", ())
    left_out = 0
    if isinstance(body, EmailMessage):
        text = _text_of(body)
        if body.get_content_type() == "text/html":
            bare, quotes = _without_quotes(text)
            found = read_html(bare, file, sweeper)
            blocks, cut = _before_history(found.blocks)
            found, left_out = TextRead(subject or found.title, blocks, found.problems, found.styled), cut + quotes
        else:
            lines, left_out = _own_lines(text)
            found = read_text("\n".join(lines), file, sweeper)
    problems = found.problems
    if left_out:
        reason = f"邮件里引用的往来内容（{left_out} 段）没有读取"
        remedy = "需要其中的内容，请单独存成文件再上传"
        problems += (ReadingProblem(file, "正文", reason, remedy, ProblemLevel.WARNING),)
    attached = tuple(_attached(message, sweeper))
    return Letter(TextRead(subject, _below(subject, found.blocks), problems, found.styled), attached)


def _below(subject: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The mail's blocks with the subject as its one title."""
    rest = tuple(
        Block(BlockKind.PARAGRAPH, one.text, 0, one.place) if one.kind is BlockKind.HEADING and one.level == 1 else one
        for one in blocks
    )
    return (Block(BlockKind.HEADING, subject, 1), *rest) if subject and rest else rest


def _text_of(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    payload = raw if isinstance(raw, bytes) else b""
    declared = (part.get_content_charset() or "").lower()
    try:
        return payload.decode(_CHARSETS.get(declared, declared or "utf-8")).replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError):
        return decode(payload)


def _own_lines(text: str) -> tuple[list[str], int]:
    """The lines the sender wrote, and how many passages of history were left out."""
    lines: list[str] = []
    left_out = 0
    was_quoted = False
    for line in text.splitlines():
        if _HISTORY.match(line):
            # everything below the mark is history, even where it is not marked with >
            if not _only_quotes_follow(text, line):
                return lines, left_out + 1
            continue
        is_quoted = bool(_QUOTED.match(line))
        if is_quoted:
            left_out += not was_quoted
        else:
            lines.append(line)
        was_quoted = is_quoted
    return lines, left_out


def _only_quotes_follow(text: str, mark: str) -> bool:
    """Say whether what follows a mark is marked with > to its end, so that an answer below it can be told apart."""
    after = text.split(mark, 1)[1].strip("\n").splitlines()
    return bool(after) and bool(_QUOTED.match(after[0]))


def _before_history(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], int]:
    for index, block in enumerate(blocks):
        if _HISTORY.match(block.text):
            return blocks[:index], 1
    return blocks, 0


def _without_quotes(page: str) -> tuple[str, int]:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(page)
    quotes = tree.css("blockquote[type=cite], #isReplyContent, .gmail_quote, blockquote.quote")
    for node in quotes:
        node.decompose()
    return tree.html or "", len(quotes)


def _attached(message: EmailMessage, sweeper: Sweeper) -> Iterator[Parcel]:
    for number, part in enumerate(message.iter_attachments(), start=1):
        name = part.get_filename() or ""
        if part.get_content_type() == "message/rfc822":
            inner = part.get_content()
            if isinstance(inner, EmailMessage):
                title = str(inner.get("subject") or f"附件{number}").replace("/", "-")
                yield Parcel(name or f"{title[:60]}.eml", inner.as_bytes())
            continue
        if part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment":
            sweeper.note(f"正文里的图片没有读取：{name[:40]}" if name else "正文里的图片没有读取")
            continue
        if part.get_content_maintype() == "multipart":
            continue
        raw = part.get_payload(decode=True)
        if isinstance(raw, bytes):
            yield Parcel((name or f"附件{number}{_suffix(part)}").replace("\\", "/").rsplit("/", 1)[-1], raw)


def _suffix(part: EmailMessage) -> str:
    return {"text/plain": ".txt", "text/html": ".html", "text/csv": ".csv"}.get(part.get_content_type(), "")
