"""One claim of a draft judged against the records: backed by which, or what the records do say."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.claims.granting import subjects as granted_subjects
from assistant.flow.guard.claims.telling import denied
from assistant.flow.guard.records.backing import SOURCES, fits, is_bare, is_told_of_it, same_role, same_value
from assistant.flow.guard.records.echo import letters
from assistant.flow.guard.records.ground import RECORD_OF_NAMES, Ground
from assistant.flow.guard.records.quoting import clause_around, reads_out, titles_in
from assistant.flow.guard.records.reckoning import counts_what_is_bought, is_reckoned
from assistant.flow.guard.records.subject import About, Piece, subject_of
from assistant.flow.guard.records.unbacked import backed_by_a_record, unbacked
from assistant.turn import Claim, ClaimKind, EvidenceKind, Finding, Reason

SPOKEN_OF = "有据可查（名称说法）"
"""Words that may name no coupon and no product (还有一张, 五香花生), or a name told as one that is not there."""
_DENIED_AFTER = re.compile(
    "^」?[^，。；！？!?\\n]{0,4}(?:没有(?!门槛|限制|时间)|没查到|查不到|没找到|不在|用不了|用不上|不能用)"
)
_REFUSED_AFTER = re.compile(
    "^[^，,。；！？!?\\n]{0,8}(?:没有(?!门槛|限制|时间|问题)|没查|没听|查不到|没法(?!不)|不能(?:给|按|答应)|给不了|不敢(?:给|答应))"
)
RECKONED = "reckoned"
"""Evidence id of what the sentence's own figures come to."""
FROM_NEED = "need"
"""Evidence id of what the customer said herself: her budget, how many she wants."""


# ---- judging one claim -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judged:
    claim: Claim
    finding: Finding | None = None


def judge(piece: Piece, claim: Found, ground: Ground) -> _Judged:
    if claim.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON, ClaimKind.STORE):
        return _judge_name(claim, ground, piece.text)
    backed = _backed_by_need(piece, claim, ground)
    about = subject_of(piece, claim)
    if not backed:
        backed = _backed_by_record(piece, claim, about, ground)
    if not backed and (is_reckoned(piece, claim, about, ground) or counts_what_is_bought(piece, claim, about, ground)):
        backed = RECKONED
    written = Claim(kind=claim.kind, text=claim.text, value=claim.value, evidence_id=backed)
    return _Judged(written, None if backed else unbacked(claim, about, ground, piece.text))


def _backed_by_need(piece: Piece, claim: Found, ground: Ground) -> str:
    """What the customer said herself may be said back to her."""
    slots = ground.slots
    budget = claim.kind is ClaimKind.MONEY and slots.budget_fen is not None and claim.value == str(slots.budget_fen)
    wanted = (
        claim.kind is ClaimKind.QUANTITY
        and slots.quantity > 1
        and re.match(rf"{slots.quantity}[件支瓶盒套个]$", claim.value)
    )
    if budget and "预算" in piece.text:
        return FROM_NEED
    if (
        claim.role is Role.PLAIN
        and _PIECES_BOUGHT.fullmatch(claim.value)
        and _WOULD_BUY.search(piece.text[: claim.start])
    ):
        return FROM_NEED
    if claim.kind is ClaimKind.PERCENT and _REFUSED_AFTER.match(piece.text[claim.end :]):
        return FROM_NEED
    if claim.kind is ClaimKind.SUITABILITY and claim.value[0] == "=":
        return FROM_NEED if _is_her_skin(claim.value[1:], ground) else ""
    return FROM_NEED if wanted and claim.role is Role.PLAIN else ""


_PIECES_BOUGHT = re.compile(r"(?:[2-9]|1\d)(?:件|支|盒|瓶|罐|管|袋|包|套|只|枚|双|个)")
_WOULD_BUY = re.compile(
    "(?:要是|如果|想|您|再|一次|单买|一起|不如|凑)(?:[^，。；送赠领换退限含装剩存]{0,4})(?:拿|买|要|凑|添|囤|订|选|加|带)(?:个|上|齐|够|到|满|您|了)?$"
)
"""A count of what she might buy asserts nothing (您要拿两罐)."""


def _is_her_skin(skin: str, ground: Ground) -> bool:
    """What she said of her skin, or what her profile may be used for, names it."""
    mine = [ground.slots.skin_type, *ground.slots.concerns]
    mine += [one.text for one in ground.evidence if one.kind is EvidenceKind.CUSTOMER]
    words = ground.names.words
    return any(words.name_of.get(word, word) == skin for word in words.suited.findall("；".join(mine)))


def _backed_by_record(piece: Piece, claim: Found, about: About, ground: Ground) -> str:
    fitting = [
        backing
        for backing in (ground.backings if is_bare(claim) else ground.by_kind.get(claim.kind, ()))
        if same_value(claim, backing.found, ground.today)
        and same_role(claim, backing.found, ground.has_final_price)
        and fits(claim, backing, about, piece.text)
    ]
    if not fitting and claim.kind in _WORD_FOR_WORD:
        return _gift_in_record(claim, ground)
    if not fitting and claim.kind in _READ_OUT:
        return _clause_read_out(piece, claim, ground)
    if about.every and claim.kind in _OF_EACH:
        covered = frozenset[str]().union(*(backing.subjects for backing in fitting))
        if not about.products <= covered:
            return ""
    hinted = [backing for backing in fitting if backing.evidence.id in piece.evidence]
    return next((backing.evidence.id for backing in (*hinted, *fitting)), "")


_READ_OUT = (ClaimKind.QUANTITY, ClaimKind.DATE, ClaimKind.DURATION)
_SHORTEST_CLAUSE = 5
_CLAUSE_ENDS = "，,。；;：:！!？?\n"


def _clause_read_out(piece: Piece, claim: Found, ground: Ground) -> str:
    """A clause read out under its paper's name may hold what is read otherwise there (最多 8 个字符, 中午 12 点前)."""
    titles = titles_in(piece.text) or piece.quotes
    around = clause_around(piece.text, claim.start, claim.end, opens=_CLAUSE_ENDS, closes=_CLAUSE_ENDS)
    clause = letters(around.rpartition("》")[2])
    if not titles or len(clause) < _SHORTEST_CLAUSE:
        return ""
    papers = (one for one in ground.evidence if one.kind is EvidenceKind.PASSAGE and one.title in titles)
    return next((one.id for one in papers if clause in _letters_of(one.text)), "")


_OF_EACH = (ClaimKind.EFFICACY, ClaimKind.MONEY, ClaimKind.INGREDIENT, ClaimKind.SUITABILITY)
"""Said of 都 or 各, these must be written of every product named."""

_GIFT_WORD = re.compile("赠|送|礼")
_NO_GIFT = re.compile("[这那一]?[个份张些款种件]|东西")
"""送那个 names nothing that a record could have."""


def _gift_in_record(claim: Found, ground: Ground) -> str:
    """A gift stands in a record that gives something and names it in the same words."""
    if not claim.value.startswith("赠品:"):
        return _same_clause(claim, ground)
    gift = claim.value.removeprefix("赠品:")
    if _NO_GIFT.fullmatch(gift):
        return ""
    kinds = (EvidenceKind.COUPON, EvidenceKind.OFFER, EvidenceKind.PASSAGE, EvidenceKind.PRODUCT)
    named = (one for one in ground.evidence if one.kind in kinds and gift in one.text and _GIFT_WORD.search(one.text))
    return next((one.id for one in named), "")


def _same_clause(claim: Found, ground: Ground) -> str:
    """What a text grants, praises or foretells may stand in a record word for word, and no other way."""
    subject, _, words = claim.value.partition(":")
    if not words or subject not in granted_subjects():
        return ""
    if subject == _HOURS and (store := _told_by_a_store(words, ground)):
        return store
    clause = letters(_SOFT_END.sub("", words.rpartition("》")[2].rpartition("：")[2] or words))
    span = letters(claim.text)

    def says_so(record: str) -> bool:
        written = _letters_of(record)
        return span in written and (len(span) >= _LONG_ENOUGH or fuzz.partial_ratio(clause, written) >= ALIKE)

    sources = SOURCES[claim.kind]
    backed = next((one.id for one in ground.evidence if one.kind in sources and says_so(one.text)), "")
    if backed:
        return backed
    # a product's own points need not all stand in its evidence
    points = any(says_so(record.text) for record in ground.quotable)
    return next((one.id for one in ground.evidence if one.kind is EvidenceKind.PRODUCT), "") if points else ""


_SOFT_END = re.compile("(?:就好|就行|就可以|即可|哦|呀|啦|哈|呢)+$")
"""A friendly end that no record has and that says nothing (一周2–3次就好)."""
_HOURS = "营业"
_SOME_DAYS = re.compile(
    "延长|提前|推迟|缩短|周[一二三四五六日天末]|星期|节|假|元旦|国庆|春节|过年|平时|工作日|全年|天天|每|休|歇|停"
)


def _told_by_a_store(clause: str, ground: Ground) -> str:
    """Return the store's record behind a clause about opening hours, if it has each time of day and no day is told apart."""
    told = {one.value for one in find_claims(clause, ground.names) if one.kind is ClaimKind.DATE}
    if not told or _SOME_DAYS.search(clause) or not all(one.startswith("T") for one in told):
        return ""
    written: dict[str, set[str]] = {}
    for one in ground.by_kind.get(ClaimKind.DATE, ()):
        if one.evidence.kind is EvidenceKind.STORE and is_told_of_it(one, clause, clause):
            written.setdefault(one.evidence.id, set()).add(one.found.value)
    return next((store for store, hours in written.items() if told <= hours), "")


@lru_cache(maxsize=2048)
def _letters_of(text: str) -> str:
    """Records are written with spaces (24 小时) that drafts leave out."""
    return letters(text)


_WORD_FOR_WORD = (ClaimKind.PROMISE, ClaimKind.EFFICACY, ClaimKind.SUITABILITY)
_LONG_ENOUGH = 7
ALIKE = 85.0
"""How alike (rapidfuzz partial ratio) a clause and a record must be for the record to say the same: 可以退 alone says little."""


def _judge_name(claim: Found, ground: Ground, text: str) -> _Judged:
    ids = frozenset(claim.value.split("|"))
    allowed = ground.nameable if claim.kind is ClaimKind.PRODUCT else ground.coupons
    if claim.known and ids & allowed:
        evidence_id = _naming_record(claim, ids, ground)
    else:
        evidence_id = _among_the_contents(claim, ground) if claim.known else _same_words(claim, ground, text)
    written = Claim(kind=claim.kind, text=claim.text, value=claim.value, evidence_id=evidence_id)
    own_store = claim.kind is ClaimKind.STORE and claim.role is not Role.ADDRESS and claim.text in ground.home
    if evidence_id or own_store or (claim.known and ids & allowed):
        return _Judged(written)
    reason, remedy = _UNKNOWN_NAME[claim.kind]
    rule = backed_by_a_record(claim.kind.label)
    if claim.kind is not ClaimKind.STORE and (_is_denied(claim, text) or not _names_something(claim, text, ground)):
        rule = SPOKEN_OF
    return _Judged(written, Finding(reason=reason, rule=rule, span=claim.text, remedy=remedy))


def _among_the_contents(claim: Found, ground: Ground) -> str:
    """A product that a record of goods at hand names as part of them (每日坚果 in a gift box)."""
    if claim.kind is not ClaimKind.PRODUCT:
        return ""
    goods = (one for one in ground.evidence if one.kind is EvidenceKind.PRODUCT)
    return next((one.id for one in goods if claim.text in one.text), "")


def _is_denied(claim: Found, text: str) -> bool:
    before = re.split("[，。；！？!?\n]", text[: claim.start])[-1]
    return denied(before[-12:]) or bool(_DENIED_AFTER.match(text[claim.end :]))


_A_DEAL = re.compile(
    r"[折满减免价元特\d]|内|员工|店长|经理|老板|总部|专享|专属|隐藏|秘密|神|兑换|现金|代金|体验|红包|礼"
)


def _names_something(claim: Found, text: str, ground: Ground) -> bool:
    """Say whether an unknown name is surely one: known but not for her, in quotation marks, asked for, or a deal by its words."""
    if claim.kind is ClaimKind.COUPON and _A_DEAL.search(claim.text):
        return True
    return claim.known or f"「{claim.text}」" in text or _is_asked_for(letters(claim.text), ground.asked)


def _is_asked_for(name: str, asked: str) -> bool:
    """Say whether a question has a name, whole or in two (舒屿有没有出眼霜 asks for 舒屿眼霜)."""
    halves = ((name[:place], name[place:]) for place in range(2, len(name) - 1))
    return name in asked or any(first in asked and second in asked for first, second in halves)


_UNKNOWN_NAME: Mapping[ClaimKind, tuple[Reason, str]] = {
    ClaimKind.PRODUCT: (Reason.UNKNOWN_PRODUCT, "只能提这次查到的产品，先让我查一下这款再写"),
    ClaimKind.COUPON: (Reason.UNKNOWN_COUPON, "只能提这次算出来能用的券，去掉这张或换成可用的券名"),
    ClaimKind.STORE: (Reason.UNSUPPORTED_FACT, "只能提您自己的门店和这次查到的门店，请核对店名"),
}


def _naming_record(claim: Found, ids: frozenset[str], ground: Ground) -> str:
    about = (one.id for one in ground.evidence if one.subject in ids)
    naming = (
        backing.evidence.id
        for backing in ground.backings
        if backing.found.kind is claim.kind and ids & frozenset(backing.found.value.split("|"))
    )
    return next(about, "") or next(naming, "")


def _same_words(claim: Found, ground: Ground, text: str) -> str:
    kinds = RECORD_OF_NAMES - {EvidenceKind.CUSTOMER}
    if claim.kind is ClaimKind.PRODUCT:
        kinds = RECORD_OF_NAMES
    elif claim.kind is ClaimKind.STORE:
        kinds = SOURCES[ClaimKind.STORE]
    return next(
        (
            one.id
            for one in ground.evidence
            if one.kind in kinds
            and (claim.value in one.text or claim.text in one.text)
            # a coupon that only a document names is nobody's to give
            and (
                claim.kind is not ClaimKind.COUPON or one.kind is not EvidenceKind.PASSAGE or reads_out(text, one.text)
            )
        ),
        "",
    )


_OFF_FROM = re.compile(r"满\s*(?P<whole>\d{1,3}(?:,\d{3})+|\d+)\s*[,，]?\s*减\s*(?P<off>\d+)")
_UNITS = re.compile(r"[元块￥¥]")


def invented_deal(text: str, ground: Ground) -> Finding | None:
    """Return what is wrong where a text gives 满99减50 and no single record does, though one says 满99 and another 减50."""
    deals = tuple(_deals(text))
    if not deals:
        return None
    written = {deal for one in ground.evidence for words in (one.title, one.text) for deal, _ in _deals(words)}
    for deal, told in deals:
        if deal not in written:
            return Finding(
                reason=Reason.UNKNOWN_COUPON,
                rule="有据可查（满减）",
                span=told,
                remedy="没有一张券是这样满减的，门槛和优惠额要出自同一张券",
            )
    return None


def _deals(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield every 满…减… of a text, as (from how much, how much off) in yuan, with its words."""
    for match in _OFF_FROM.finditer(_UNITS.sub("", text)):
        yield (int(match["whole"].replace(",", "")), int(match["off"])), match.group()
