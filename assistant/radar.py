"""The conflict radar: what published material, scripts and coupons say that cannot all be true.

Everything is compared when the material has changed, never while a page waits, and a text that waits for review is held
against what is published before anybody may publish it. What is found is kept in ``store.conflicts``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeAlias

from assistant.clock import SHOP_TIME, Clock
from assistant.offers.conflicts import Conflict as CouponConflict
from assistant.offers.conflicts import conflicts as coupon_conflicts
from assistant.offers.reach import is_limited, reaches
from assistant.offers.wording import last_moment, yuan
from assistant.shop import Coupon, CouponKind, Script, Store
from assistant.store import conflicts, documents, material
from assistant.store.conflicts import ConflictKind, FoundConflict, Side, SideNoun
from assistant.store.database import Database, Transaction
from knowledge.answering import sentences
from knowledge.contradicting import Contradiction, Read, contradictions, read_statements
from knowledge.passage import Passage, content_mark
from knowledge.words.wording import Wording

# from this length on a coupon's name in a text means the coupon
_LEAST_NAME = 4
_THRESHOLD = re.compile(r"满\s*(\d+(?:\.\d+)?)\s*(?:元|块)?\s*立?减\s*(\d+(?:\.\d+)?)")
_LAST_DAY = re.compile(r"(?:至|到|截止|截至|[-—–~～])\s*(?:\d{4}\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]")
_FEN = 100

Reach: TypeAlias = Mapping[tuple[SideNoun, str], frozenset[str]]
"""The ids of the stores that a script or a coupon is for, by its noun and id; without those that are for every store."""


@dataclass
class Radar:
    """Compares material. ``wording`` cuts words; what a passage states is remembered by its words while it lives."""

    database: Database
    corp_id: str
    clock: Clock
    wording: Callable[[], Wording]
    _read: dict[str, Read] = field(default_factory=dict)
    # one comparison of everything at a time
    _lock: Lock = field(default_factory=Lock)

    def survey(self) -> bool:
        """Compare everything published, unless nothing changed since it was compared last; says whether it was."""
        with self._lock:
            with self.database.read() as tx:
                version = material.material_version(tx, self.corp_id)
                if conflicts.last_survey(tx, self.corp_id).material_version == version:
                    return False
                published, coupons, reach = self._served(tx)
                products = material.products(tx, self.corp_id)
            read = self._statements(published)
            self._read = {one.passage.id: one for one in read}
            now = self.clock()
            live = [one for one in coupons if one.ends_at > now]
            found = [
                *map(_from_contradiction, contradictions(read)),
                *_against_coupons(published, live),
                *map(_from_coupons, coupon_conflicts(live, products)),
            ]
            with self.database.begin() as tx:
                conflicts.keep_survey(tx, self.corp_id, _where_both_count(found, reach), version, now)
                waiting = documents.waiting_for_review(tx, self.corp_id)
            # what a text that waits brings changes with what it is held against
            for document_id in waiting:
                self.compare(document_id)
            return True

    def compare(self, document_id: str) -> None:
        """Hold a text that waits for review against what is published, and keep what disagrees."""
        with self.database.read() as tx:
            own = documents.passages_of_document(tx, self.corp_id, document_id)
        found = self.preview([one.passage for one in own if not one.is_set_aside])
        with self.database.begin() as tx:
            conflicts.keep_comparison(tx, self.corp_id, document_id, found, self.clock())

    def preview(self, passages: Sequence[Passage]) -> tuple[FoundConflict, ...]:
        """What these passages of one document would bring if they were published now; nothing is kept."""
        with self.database.read() as tx:
            served, coupons, reach = self._served(tx)
        published = [one for one in served if not _gives_way(one, passages)]
        now = self.clock()
        mine = [read_statements(one, self.wording()) for one in passages]
        found = (
            *map(_from_contradiction, contradictions(mine, self._statements(published))),
            *_against_coupons(passages, [one for one in coupons if one.ends_at > now]),
        )
        return tuple(_where_both_count(found, reach))

    def _served(self, tx: Transaction) -> tuple[tuple[Passage, ...], tuple[Coupon, ...], Reach]:
        """Texts and scripts as passages, and coupons, with the stores of those that are for some stores only.

        A row of a product table is a record, not a statement of a rule.
        """
        now = self.clock()
        texts = (
            one
            for one in material.published_passages(tx, self.corp_id)
            if not one.skus and (one.valid_to is None or one.valid_to > now)
        )
        scripts, coupons = material.scripts(tx, self.corp_id), material.coupons(tx, self.corp_id)
        reach = _reach(scripts, coupons, material.stores(tx, self.corp_id))
        return (*texts, *map(conflicts.script_passage, scripts)), coupons, reach

    def _statements(self, passages: Iterable[Passage]) -> list[Read]:
        wording, known = self.wording(), self._read
        return [
            held if (held := known.get(one.id)) is not None and held.passage == one else read_statements(one, wording)
            for one in passages
        ]


def _reach(scripts: Iterable[Script], coupons: Iterable[Coupon], stores: Sequence[Store]) -> Reach:
    """The stores of every script and coupon that is for some stores only."""
    limited = {
        (SideNoun.SCRIPT, script.script_id): frozenset(one.store_id for one in stores if one.dealer in script.dealers)
        for script in scripts
        if script.dealers
    }
    for coupon in coupons:
        if is_limited(coupon.scope):
            reached = frozenset(one.store_id for one in stores if reaches(coupon.scope, one))
            limited[SideNoun.COUPON, coupon.coupon_id] = reached
    return limited


def _where_both_count(found: Iterable[FoundConflict], reach: Reach) -> Iterator[FoundConflict]:
    """Say where both sides count; what no store is told by both is no conflict."""
    for one in found:
        limits = [reach[key] for side in (one.first, one.second) if (key := (side.noun, side.ref)) in reach]
        stores = frozenset.intersection(*limits) if limits else frozenset()
        if stores or not limits:
            yield one.model_copy(update={"stores": tuple(sorted(stores))})


def _gives_way(published: Passage, new: Sequence[Passage]) -> bool:
    """An older version of the same document ends when the newer one is published: it is no conflict."""
    return any(
        (published.title, published.kind, published.scope) == (one.title, one.kind, one.scope)
        and published.version < one.version
        for one in new[:1]
    )


# ---- sides -------------------------------------------------------------------------------------


def _from_contradiction(one: Contradiction) -> FoundConflict:
    return FoundConflict(
        kind=ConflictKind(one.kind.value),
        first=side_of(one.first, one.ours),
        second=side_of(one.second, one.theirs),
        scope=one.first.scope,
    )


def side_of(passage: Passage, text: str) -> Side:
    """One side of a conflict from the passage (or the script read as one) and the sentence in question."""
    is_script = passage.document_id.startswith(conflicts.SCRIPT_PREFIX)
    return Side(
        noun=SideNoun.SCRIPT if is_script else SideNoun.DOCUMENT,
        ref=passage.document_id.removeprefix(conflicts.SCRIPT_PREFIX),
        title=passage.title,
        version=passage.version,
        place=passage.place,
        text=text.strip(),
        mark=content_mark(passage),
    )


def _coupon_side(coupon: Coupon, text: str) -> Side:
    return Side(
        noun=SideNoun.COUPON,
        ref=coupon.coupon_id,
        title=coupon.name,
        place=coupon.cited.place,
        text=text,
        mark=conflicts.coupon_mark(coupon),
    )


def _from_coupons(one: CouponConflict) -> FoundConflict:
    first, second = one.coupons[0], one.coupons[-1]
    return FoundConflict(
        kind=ConflictKind.COUPON, first=_coupon_side(first, one.reason), second=_coupon_side(second, one.remedy)
    )


# ---- texts against coupons ---------------------------------------------------------------------


def _against_coupons(passages: Iterable[Passage], coupons: Sequence[Coupon]) -> Iterator[FoundConflict]:
    """Sentences that name a coupon and give it another amount, threshold or last day than its rule has."""
    named = [one for one in coupons if len(one.name) >= _LEAST_NAME]
    names = (
        re.compile("|".join(re.escape(one.name) for one in sorted(named, key=lambda one: -len(one.name))))
        if named
        else None
    )
    by_name: dict[str, list[Coupon]] = {}
    for coupon in named:
        by_name.setdefault(coupon.name, []).append(coupon)
    for passage in passages:
        if names is None or passage.skus or names.search(passage.text) is None:
            continue
        for start, end in sentences(passage.text):
            sentence = passage.text[start:end]
            # of two coupons in one sentence nobody knows whose figures these are
            met = set(names.findall(sentence))
            if len(met) == 1:
                yield from _sentence_against(passage, sentence, by_name[met.pop()])


def _sentence_against(passage: Passage, sentence: str, coupons: Sequence[Coupon]) -> Iterator[FoundConflict]:
    told = [
        (wrong, coupon)
        for coupon in coupons
        if (wrong := _other_amount(sentence, coupon) or _other_day(sentence, coupon)) is not None
    ]
    # several coupons of one name: right for one of them is right
    if len(told) == len(coupons):
        wrong, coupon = told[0]
        yield FoundConflict(
            kind=wrong,
            first=side_of(passage, sentence),
            second=_coupon_side(coupon, in_words(coupon)),
            scope=passage.scope,
        )


def _other_amount(sentence: str, coupon: Coupon) -> ConflictKind | None:
    if coupon.kind is not CouponKind.THRESHOLD:
        return None
    given = [
        (round(float(threshold) * _FEN), round(float(amount) * _FEN))
        for threshold, amount in _THRESHOLD.findall(sentence.replace(coupon.name, ""))
    ]
    wrong = bool(given) and (coupon.threshold_fen, coupon.amount_fen) not in given
    return ConflictKind.FIGURE if wrong else None


def _other_day(sentence: str, coupon: Coupon) -> ConflictKind | None:
    last = last_moment(coupon.ends_at).astimezone(SHOP_TIME).date()
    given = [(int(month), int(day)) for month, day in _LAST_DAY.findall(sentence)]
    return ConflictKind.DATE if given and (last.month, last.day) not in given else None


def in_words(coupon: Coupon) -> str:
    """The amount, threshold and last day of a coupon's rule, for a person to compare."""
    last = last_moment(coupon.ends_at).astimezone(SHOP_TIME).date()
    amount = (
        f"满 {yuan(coupon.threshold_fen)} 元减 {yuan(coupon.amount_fen)} 元，"
        if coupon.kind is CouponKind.THRESHOLD
        else ""
    )
    return f"券的规则：{amount}用到 {last.month} 月 {last.day} 日"
