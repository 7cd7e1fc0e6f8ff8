"""An upload before it becomes a document: what its person wished, what was read out of it, and what she should know first.

Nouns only: the console shows them, ``assistant.uploading`` makes them, the store keeps them.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from assistant.errors import UploadRefused
from assistant.store.conflicts import FoundConflict
from assistant.turn import Finding
from knowledge.noun import Labelled, Noun
from knowledge.passage import DocumentKind, Passage, Scope

LARGEST_UPLOAD = 20 * 1024 * 1024
"""Bytes (safety F2)."""


class UploadState(Labelled):
    """How far an upload has come before it is a document."""

    PREVIEW = "preview", "待提交"
    SUBMITTED = "submitted", "已提交"
    DROPPED = "dropped", "不要了"


class Wishes(Noun):
    """What the person who uploads says of the file; an empty title is the file's own. Times are aware UTC."""

    title: str = ""
    kind: DocumentKind
    scope: Scope = Scope()
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class Trouble(Noun):
    """One finding about a file: where, what, and what to do. ``is_error`` means that something was left out."""

    place: str
    reason: str
    remedy: str
    is_error: bool = False


class Recognised(Noun):
    """What a table was taken for, and its own headers by the columns they were taken as.

    ``is_record``: a table of goods, coupons, customers and the like, which has its own way in and is no text to quote.
    """

    sheet: str
    kind: str
    rows: int
    columns: dict[str, str] = {}
    unused: tuple[str, ...] = ()
    is_record: bool = False


class Likeness(Noun):
    """A passage that says almost the same as one that is published; ``share`` is 0..1, 1 is word for word."""

    place: str
    text: str
    title: str
    version: int
    other_place: str
    share: float


class Objection(Noun):
    """What the law says to some words of a passage; ``place`` is where a person finds them.

    ``forbids``: the words may not be said to a customer at all. ``reaches``: the passage may be quoted to one.
    """

    passage_id: str
    place: str
    finding: Finding
    forbids: bool
    reaches: bool

    @property
    def presses(self) -> bool:
        """True when whoever publishes the passage has to answer for these words."""
        return self.forbids and self.reaches


def mark_of(pressing: Iterable[Objection]) -> str:
    """A mark of what somebody is asked to answer for: another once anything is added to it or leaves it."""
    told = sorted(f"{one.passage_id}\n{one.finding.rule}\n{one.finding.span}" for one in pressing)
    return hashlib.blake2b("\n\n".join(told).encode(), digest_size=16).hexdigest()


class Preview(Noun):
    """Everything an upload would become. ``replaces`` is the version of the same document that it would take over from.

    ``questions`` are ways of asking written in the file, by the id of the passage they belong to. ``objections`` are
    the law's.
    """

    title: str
    kind: DocumentKind
    scope: Scope
    version: int
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    passages: tuple[Passage, ...] = ()
    questions: dict[str, tuple[str, ...]] = {}
    tables: tuple[Recognised, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    hidden: tuple[str, ...] = ()
    suspicious: tuple[str, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    conflicts: tuple[FoundConflict, ...] = ()
    objections: tuple[Objection, ...] = ()
    replaces: int | None = None

    @property
    def can_be_submitted(self) -> bool:
        """Say whether there is anything to review."""
        return bool(self.passages)


class Stored(NamedTuple):
    """A file as it lies in our own folder: our name, the person's, its hash and its bytes."""

    name: str
    shown: str
    sha256: str
    size: int


ReadByLaw = Callable[[Sequence[Passage]], tuple[Objection, ...] | None]
"""Passages to what the law says of them; None where nobody can say."""


class MaterialDesk(NamedTuple):
    """What is done for the console with material, since it may neither read files nor search.

    ``keep`` puts a file away under a name of ours; raises UploadRefused for one that is empty or too large. ``read`` reads
    it in a child process and says what it would become, as a document of this source; raises UploadRefused while too many
    others are being read. ``discard`` throws a kept file away. ``compare`` holds a document that is not published against
    what is; ``survey`` compares everything published, if it has changed since. ``by_law`` reads passages by the law.
    ``tidy`` throws away files nobody uses any more. ``ai_label`` ends words made for a customer.
    """

    keep: Callable[[str, BinaryIO], Stored]
    read: Callable[[Stored, str, Wishes], Preview]
    discard: Callable[[str], None]
    compare: Callable[[str], None]
    survey: Callable[[], object]
    by_law: ReadByLaw
    tidy: Callable[[], object]
    ai_label: str = ""


def _nobody_reads(*_: object) -> Any:
    raise UploadRefused("这里没有接上读文件的服务", "请用完整的服务打开控制台再试")


def _nothing(*_: object) -> None:
    """Where nobody compares, nothing is found."""


NO_DESK = MaterialDesk(
    keep=_nobody_reads,
    read=_nobody_reads,
    discard=_nothing,
    compare=_nobody_reads,
    survey=_nothing,
    by_law=_nothing,
    tidy=_nothing,
)
"""A console by itself takes in nothing and publishes nothing that nobody compared or read by the law."""
