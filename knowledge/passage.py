"""The unit of retrieval: a passage that knows its document, version, place, scope and validity."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from knowledge.noun import Labelled, Noun


class DocumentKind(Labelled):
    """What a document is for; a campaign or training text is never quoted to customers as policy."""

    PRODUCT = "product", "产品资料"
    POLICY = "policy", "政策制度"
    SCRIPT = "script", "话术"
    CAMPAIGN = "campaign", "活动方案"
    TRAINING = "guide-training", "导购培训"


class DocumentStatus(Labelled):
    """How far a document has come; only published ones are ever retrieved."""

    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class ScopeLevel(Labelled):
    """How far a text reaches; the narrower one wins (SKU > store > region > brand)."""

    BRAND = "brand", "全品牌"
    REGION = "region", "区域"
    STORE = "store", "门店"


class Scope(Noun):
    """Who may be told this: everybody (brand), one region or one store, by id."""

    level: ScopeLevel = ScopeLevel.BRAND
    id: str = ""

    def reaches(self, *, store_id: str, region_id: str) -> bool:
        """Say whether a reader in this store and region stands inside the scope."""
        if self.level is ScopeLevel.STORE:
            return self.id == store_id
        if self.level is ScopeLevel.REGION:
            return self.id == region_id
        return True


class Passage(Noun):
    """One retrievable piece of a document.

    ``place`` is what a guide reads to find it again: ``产品!第12行``, ``第3页``, ``二、退货条件``.
    ``valid_from`` is inclusive, ``valid_to`` exclusive; both aware UTC, None means open.
    """

    id: str
    document_id: str
    title: str
    version: int
    kind: DocumentKind
    place: str
    heading: tuple[str, ...] = ()
    text: str
    scope: Scope = Scope()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    skus: tuple[str, ...] = ()

    def valid_at(self, moment: datetime) -> bool:
        """Say whether the passage may be used at this aware moment."""
        after_start = self.valid_from is None or self.valid_from <= moment
        before_end = self.valid_to is None or moment < self.valid_to
        return after_start and before_end


# ---- telling a change without reading every text ---------------------------------------------------


class Marks(NamedTuple):
    """What a passage looks like: a mark of its own content, and one of what its document says for all of its passages.

    Kept beside the texts, so that a projection of sixty thousand passages sees what changed without reading them.
    """

    content: str
    document: str

    def fingerprint(self, asked: Sequence[str] = ()) -> str:
        """What the passage and the questions attached to it look like; a different value means a change."""
        return f"{self.content}{self.document}{_mark(*asked) if asked else ''}"


def marks(passage: Passage) -> Marks:
    """Work the marks of a passage out from the passage itself."""
    return Marks(content_mark(passage), document_mark(passage))


def content_mark(passage: Passage) -> str:
    """A mark of what is the passage's alone."""
    return _mark(passage.place, passage.heading, passage.text, passage.skus)


def document_mark(passage: Passage) -> str:
    """A mark of what the passage has from its document: the same for all passages of one."""
    return _mark(
        passage.document_id,
        passage.title,
        passage.version,
        passage.kind.value,
        passage.scope.level.value,
        passage.scope.id,
        passage.valid_from.timestamp() if passage.valid_from else None,
        passage.valid_to.timestamp() if passage.valid_to else None,
    )


def _mark(*content: object) -> str:
    # as JSON no two contents run together to the same letters
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()
