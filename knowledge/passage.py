"""The unit of retrieval: a passage that knows its document, version, place, scope and validity."""

from datetime import datetime

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
