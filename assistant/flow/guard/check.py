"""No basis, no sentence: what a draft asserts must stand in a record about the same thing, and be lawful to say.

Figures are read from drafts and from evidence by one extractor (claims/find.py). A sentence with an unbacked claim, a compliance
violation, personal data or an unfilled blank is cut; when nothing of substance is left, the draft is held.
An error inside the checker is not caught here: the caller must hold the draft.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from assistant.clock import SHOP_TIME
from assistant.flow.brief import Brief
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.conditions import added, left_out
from assistant.flow.guard.doubting import ECHOED, GRANTED, approved_in, has_orders, judge_doubts, said_in, said_to
from assistant.flow.guard.law.compliance import screen
from assistant.flow.guard.phrases import phrases
from assistant.flow.guard.records.echo import (
    asks_back,
    grants,
    is_the_question,
    leaves_open,
    letters,
    of_the_question,
    repeated,
)
from assistant.flow.guard.records.ground import Ground, ground_in
from assistant.flow.guard.records.quoting import NamedCoupon, missing_conditions, tells_conditions, titles_in
from assistant.flow.guard.records.subject import About, Piece, named_groups
from assistant.flow.guard.sentence import coupons_named, judge_piece, note
from assistant.flow.guard.straying import strays
from assistant.flow.understanding.refining import working_need
from assistant.shop import Coupon, Product
from assistant.turn import (
    ClaimKind,
    Draft,
    DraftSource,
    Evidence,
    EvidenceKind,
    Finding,
    Intent,
    Outcome,
    Reason,
    Sentence,
    Verdict,
)
from knowledge.packaged import version_of

GUARD_VERSION = f"guard-{version_of(Path(__file__).parent)}"
"""Names what judged a draft: code, rules and what was learned."""


# ---- the whole draft ---------------------------------------------------------------------------

_PIECE = re.compile(r"[^。！？!?；\n]*(?:[。！？!?；\n]+[”」』）)～~\s]*|$)")
_COURTESY = frozenset({Intent.GREETING, Intent.BIRTHDAY, Intent.CARE})
_CONNECTIVE = re.compile(
    r"^\s*(?:所以说?|而且|并且|另外|同时|此外|因此|那么|不过|但是|但|还有|再加上|其次|然后|于是|也就是说|总之|反而|甚至|尤其是?|特别是|以及|加上|更重要的是)[，,：:]?\s*"
)
_PRONOUN = re.compile(r"^\s*(?:它们?|此款|该款|该产品|这款(?!券))")
_SHORTEST = 6
_FILLER_UNIT = (
    r"(?:[^\W\d]{0,4}(?:姐|哥|女士|先生|小姐|老师|阿姨|叔叔)|亲爱的|亲|宝子?|美女|您好|你好|大家好|早上好|上午好|中午好|下午好|晚上好|早安|晚安|哈喽|嗨|在吗|"
    r"好久不见|打扰(?:您|一下|您一下)?了?|好的|收到|嗯+|没问题|感谢[^，。！？]{0,12}|谢谢[^，。！？]{0,12}|辛苦了?|祝[^。！？]{0,20}|生日快乐|"
    r"有(?:任何|什么|其他)?(?:需要|问题|疑问|不清楚|不明白|想了解)[^。！？]{0,18}|(?:您)?随时[^。！？]{0,14}|欢迎[^。！？]{0,16}|期待[^。！？]{0,14}|"
    r"我是[^，。！？]{0,18}|这(?:里|边)是[^，。！？]{0,16}|我?一?直?都?在|稍等[^。！？]{0,10}|我?(?:马上|这就|来)?(?:帮|给|跟|为)您(?:看|查|问|说|介绍|推荐)[^。！？\d]{0,8}|"
    r"您看(?:这样)?(?:合适|可以|怎么样|如何|行|说清楚了?)[^。！？]{0,4}|(?:还有?)?(?:想问|想确认|想了解)的?[^，。！？]{0,4}[，,]?您?(?:接着说|接着问|直接问|尽管说|尽管问)[^。！？]{0,4}|您慢慢[^，。！？]{0,6}|不(?:着急|急)|比心|么么哒|开心|理解[^，。！？]{0,14}|明白[^，。！？]{0,10})"
)
_FILLER = re.compile(rf"(?:{_FILLER_UNIT}[呀啊哦呢啦哈噢吧嘛吗的~～]*[\s，,。！!？?~～、；…]*)+")
_WAY_OUT = re.compile(
    r"(?:不想|不需要|不愿|要是|如果|觉得)[^。！？!?]{0,6}(?:打扰|消息)[^。！？!?]{0,20}[。！？!?～~]*"
)
"""How to hear no more belongs to every message, and is none by itself."""
_NOT_WORDS = re.compile(r"[^\w\s，,。！!？?~～、；…]+")


def check(draft: Draft, brief: Brief) -> Verdict:
    """Judge one draft against its brief: pass it, cut sentences from it, or hold it.

    Findings name the words, the rule and what would make them pass. The returned draft carries every remaining claim
    with the id of the record behind it. Errors of the checker itself are raised: a draft that was not checked must be held.
    """
    freely = draft.source is DraftSource.MODEL
    pieces, ground = by_rules(draft, brief)
    judge_doubts(
        pieces,
        said_to(brief),
        freely=freely,
        decides=freely and not has_orders(brief),
        approved=() if freely else approved_in(draft, brief),
    )
    findings = tuple(finding for piece in pieces for finding in (*piece.findings, *piece.warnings))
    if not any(piece.cut for piece in pieces):
        kept: tuple[Sentence, ...] = draft.sentences
    else:
        kept = _mended(pieces, ground)
    if not _has_substance(kept, pieces, working_need(brief.need, brief.desk).intent):
        empty = draft.model_copy(update={"sentences": (), "claims": ()})
        return Verdict(outcome=Outcome.HELD, findings=(*findings, _EMPTY), draft=empty)
    if freely and (sentence := _conditions_left_out(kept, pieces, ground)) is not None:
        kept = (*kept, sentence)
    claims = tuple(claim for piece in pieces if not piece.cut for claim in piece.claims)
    left = draft.model_copy(update={"sentences": kept, "claims": claims})
    outcome = Outcome.TRIMMED if any(piece.cut for piece in pieces) else Outcome.PASS
    return Verdict(outcome=outcome, findings=findings, draft=left)


def by_rules(draft: Draft, brief: Brief) -> tuple[list[Piece], Ground]:
    """Take a draft apart and judge every sentence by the rules alone."""
    ground = _ground_of(draft, brief)
    pieces = _pieces(draft, ground)
    whole = "".join(piece.text for piece in pieces)
    for piece in pieces:
        judge_piece(piece, ground)
        piece.findings += [one for one in strays(piece.text, brief, whole) if not _is_told(one, piece.findings)]
    _judge_across(pieces, ground)
    if draft.source is not DraftSource.MODEL:
        _judge_conditions(pieces, ground)
        _judge_torn(pieces)
    else:
        _judge_echoes(pieces, brief, ground)
        _judge_manners_of_speech(pieces)
    return pieces, ground


def _judge_torn(pieces: list[Piece]) -> None:
    """What is left of a rule read out, when the statement that answers is cut, would stand there as the answer."""
    for piece in pieces:
        if piece.led_by is not None and piece.led_by.cut and not piece.cut:
            piece.findings.append(
                Finding(
                    reason=Reason.MISQUOTED,
                    rule="引用的规定要完整",
                    span=piece.text.strip(),
                    remedy="前面那句拿掉了，只留这句会答非所问；整段去掉，或者整段照原文写",
                )
            )


_EMPTY = Finding(
    reason=Reason.EMPTY, rule="有据可查", span="", remedy="补充这个问题的资料，或把问题说得具体一点，我再写"
)


def _is_told(finding: Finding, findings: list[Finding]) -> bool:
    """Say whether the same words were objected to for the same reason."""
    same = (one for one in findings if one.reason is finding.reason)
    return any(one.span in finding.span or finding.span in one.span for one in same)


def check_own_text(
    text: str,
    evidence: tuple[Evidence, ...],
    products: tuple[Product, ...],
    *,
    today: date,
    coupons: Iterable[Coupon] = (),
    brand: str = "",
) -> tuple[Finding, ...]:
    """Return what a guide should know before sending her own words; nothing is cut, she decides.

    ``today`` is the calendar day in Asia/Shanghai, against which 月底 or 双十二 are read.
    """
    names = KnownNames.of(products, coupons, brand)
    ground = replace(
        ground_in(evidence, {product.sku: product for product in products}, names, today), fallback=products
    )
    pieces = _pieces_of((Sentence(text=text),), ground, About())
    for piece in pieces:
        judge_piece(piece, ground)
    _judge_across(pieces, ground)
    # her own words are only remarked upon: what a rule guesses she had better know
    judge_doubts(pieces, said_in(evidence, (brand,)), freely=True, decides=False)
    return _told_once([finding for piece in pieces for finding in (*piece.findings, *piece.warnings)])


def _told_once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Leave out what a wider finding for the same reason tells already (给您留一 beside 我给您留一)."""

    def wider(one: Finding, place: int) -> bool:
        return any(
            other.reason is one.reason
            and one.span in other.span
            and (len(one.span) < len(other.span) or (other == one and number < place))
            for number, other in enumerate(findings)
        )

    return tuple(one for place, one in enumerate(findings) if not wider(one, place))


def _ground_of(draft: Draft, brief: Brief) -> Ground:
    shop = brief.desk.shop
    names = KnownNames.of(shop.products.values(), shop.coupons, shop.brand)
    subjects = {one.subject for one in brief.evidence if one.kind is EvidenceKind.PRODUCT}
    companions = {sku: shop.products[sku] for sku in subjects if sku in shop.products}
    products = {**companions, **{product.sku: product for product in brief.products}}
    today = brief.moment.astimezone(SHOP_TIME).date()
    ground = ground_in(brief.evidence, products, names, today, brief.hits, brief.offer, brief.desk.store.name)
    meant = tuple(products[sku] for sku in draft.skus if sku in products)
    offer = brief.offer
    return replace(
        ground,
        asked=letters(f"{brief.asked}{brief.need.question}"),
        unknown_goods=_unknown_goods(brief),
        slots=working_need(brief.need, brief.desk).slots,
        secrets=_secrets(brief),
        fallback=meant or brief.products,
        is_complaint=brief.need.wants(Intent.COMPLAINT),
        has_no_coupon=offer is not None and not offer.applied and bool(offer.lines or not offer.alternatives),
    )


_SHORTEST_NAME = 3


def _unknown_goods(brief: Brief) -> str:
    """What she called a product that is none of the shop's; 身体乳 is a kind of goods, and some of those are there."""
    words = brief.need.product_words
    if brief.need.skus or len(words) < _SHORTEST_NAME:
        return ""
    return "" if any(words in product.name for product in brief.desk.shop.products.values()) else words


def _secrets(brief: Brief) -> tuple[str, ...]:
    """Ids that must never stand in a text: of the customer meant, of her orders, of candidates."""
    ids = {brief.need.customer_id, *brief.need.candidates}
    if brief.customer is not None:
        ids |= {brief.customer.customer_id, *(purchase.order_id for purchase in brief.customer.purchases)}
    return tuple(sorted(one for one in ids if len(one) >= 4))


def _pieces(draft: Draft, ground: Ground) -> list[Piece]:
    start = About(products=frozenset(draft.skus) & frozenset(ground.products))
    return _pieces_of(draft.sentences, ground, start)


_READS_OUT = re.compile("》[^。；，]{0,12}：")


def _pieces_of(sentences: tuple[Sentence, ...], ground: Ground, start: About) -> list[Piece]:
    """Cut into single sentences and hand on what the nearest preceding one was about."""
    pieces: list[Piece] = []
    inherited = start
    for sentence in sentences:
        quotes = frozenset[str]()
        leading: Piece | None = None
        for text in (match.group() for match in _PIECE.finditer(sentence.text) if match.group()):
            found = find_claims(text, ground.names)
            groups = named_groups(text, found, inherited.order)
            piece = Piece(text, sentence.evidence, found, groups, inherited, quotes, leading)
            pieces.append(piece)
            inherited = _handed_on(piece)
            if leading is None and _READS_OUT.search(text) is not None:
                leading = piece
            quotes = (titles_in(text) or quotes) if leading is not None or text.rstrip().endswith("；") else frozenset()
    return pieces


def _handed_on(piece: Piece) -> About:
    """A later sentence speaks of the last product and the last coupon; a new product ends the coupon before it."""
    products = [group for group in piece.groups if group.kind is ClaimKind.PRODUCT]
    coupons = [group for group in piece.groups if group.kind is ClaimKind.COUPON]
    before = piece.inherited
    return About(
        products=products[-1].values if products else before.products,
        coupons=coupons[-1].values if coupons else frozenset() if products else before.coupons,
        order=tuple(member for group in products for member in group.members) if products else before.order,
    )


def _judge_across(pieces: list[Piece], ground: Ground) -> None:
    """Text split over several sentences is read as one (最。好的面霜): what crosses a border cuts both sides."""
    text = "".join(piece.text for piece in pieces)
    borders: list[int] = []
    position = 0
    for piece in pieces:
        borders.append(position)
        position += len(piece.text)
    for violation in screen(text, ground.fallback, ground.records):
        touched = [
            piece
            for piece, start in zip(pieces, borders, strict=True)
            if start < violation.end and violation.start < start + len(piece.text)
        ]
        if len(touched) > 1:
            for piece in touched:
                note(piece, violation)


def _judge_manners_of_speech(pieces: list[Piece]) -> None:
    """Cut what only a model would say; a sentence that also tells something true keeps it, with a remark to the guide."""
    for piece in pieces:
        span, instead = phrases().first_in(piece.text)
        if span:
            finding = Finding(reason=Reason.STILTED, rule="像同事说话", span=span, remedy=f"可以写：{instead}")
            (piece.warnings if piece.claims else piece.findings).append(finding)


_YES = re.compile(r"^\s*(?:好的?呀?|行|可以|没错|是的|对的?|嗯+|能的?|没问题|当然|成|支持|允许|同意)")
_GIVES = re.compile(
    r"[券折减免送赠退换升赔保费礼兑抽]|积分|权益|活动|规定|优惠|便宜|红包|元|块|倍|价|发票|黑金|金卡|会员|终身|内部|员工|店长|特批|包邮|随时|不限|无门槛"
)
_AGREES = re.compile(r"^\s*(?:好的?呀?|行|没错|是的|对的?|嗯+|没问题|当然|支持|允许|同意)[，,。！!]")
_GRANTS = (ClaimKind.PROMISE, ClaimKind.STOCK)


def _judge_echoes(pieces: list[Piece], brief: Brief, ground: Ground) -> None:
    """What the guide asked for is no answer: 好的，给个整数200吧 would be sent to her customer."""
    person = brief.customer
    called = [] if person is None else [person.name, person.address_as]
    known = letters("\n".join([ground.everything, *called]))
    for piece in pieces:
        backed = [claim.text for claim in piece.claims if claim.evidence_id and claim.kind not in _GRANTS]
        for words in dict.fromkeys((brief.asked, brief.need.question)):
            asked = letters(words)
            alike = is_the_question(piece.text, asked) or (not backed and asks_back(piece.text, words))
            span = piece.text.strip() if alike else repeated(piece.text, backed, asked, known)
            if span:
                given = _YES.match(piece.text) or _GIVES.search(span) or grants(piece.text, span)
                piece.findings.append(_echoed(span, GRANTED if given else ECHOED))
                break
        span = _given_away(piece, letters(f"{brief.asked}{brief.need.question}"), known)
        if span:
            piece.findings.append(_echoed(span, GRANTED))


_GIVEN_AWAY = frozenset({"赠品", "破例", "无理由退货", "全额退款", "免费", "让价"})
_AS_BEFORE = "照旧"
"""和之前说的一样: what was said is looked up, never vouched for."""


def _given_away(piece: Piece, asked: str, known: str) -> str:
    """Return what a sentence gives away that no record gives and the question asks for, or calls said before."""
    if leaves_open(piece.text):
        return ""
    agrees = _AGREES.match(piece.text) is not None
    for claim in (one for one in piece.claims if not one.evidence_id):
        name = claim.value.partition(":")[0]
        given = claim.kind is ClaimKind.PROMISE and name in _GIVEN_AWAY
        agreed = agrees and claim.kind is ClaimKind.QUANTITY
        if name == _AS_BEFORE or ((given or agreed) and of_the_question(claim.text, asked, known)):
            return claim.text
    return ""


def _echoed(span: str, rule: str) -> Finding:
    return Finding(
        reason=Reason.UNSUPPORTED_FACT,
        rule=rule,
        span=span,
        remedy="这是问话里的说法，没有资料写着；有这回事的话，请在资料里补上",
    )


def _judge_conditions(pieces: list[Piece], ground: Ground) -> None:
    """A coupon goes with every condition it has, wherever in the draft they stand (safety K3)."""
    text, mentions = "", []
    for piece in pieces:
        for one in coupons_named(piece, ground):
            mentions.append((piece, replace(one, start=one.start + len(text), end=one.end + len(text))))
        text += piece.text
    every = [one for _, one in mentions]
    for written in dict.fromkeys(one.written for one in every):
        mine = [(piece, one) for piece, one in mentions if one.written == written]
        left_out = missing_conditions(text, [one for _, one in mine], every)
        if left_out:
            name = text[mine[0][1].start : mine[0][1].end]
            finding = Finding(
                reason=Reason.MISQUOTED,
                rule="券要写全条件（明码标价和禁止价格欺诈规定第十九条）",
                span=name,
                remedy=f"「{name}」还要写上：{'，'.join(left_out)}",
            )
            behind = [piece for piece in pieces if _goes_on_with(piece, written, ground)]
            for piece in (*(piece for piece, _ in mine), *behind):
                if finding not in piece.findings:
                    piece.findings.append(finding)


def _goes_on_with(piece: Piece, written: str, ground: Ground) -> bool:
    """用券规则：…: a sentence that names no coupon and tells the conditions of the one named before falls with it."""
    names_one = any(group.kind is ClaimKind.COUPON for group in piece.groups)
    same = not names_one and ground.written_of(piece.inherited.coupons) == written
    return same and tells_conditions(piece.text, written)


def _conditions_left_out(kept: tuple[Sentence, ...], pieces: list[Piece], ground: Ground) -> Sentence | None:
    """Return the sentence that tells what a freely worded draft leaves out of its coupons' conditions, if anything."""
    text = "".join(one.text for one in kept)
    named = {
        piece.text[one.start : one.end].strip("「」"): one.forms
        for piece in pieces
        if not piece.cut
        for one in coupons_named(piece, ground)
        if not _is_unused(one, piece, ground)
    }
    missing = {name: conditions for name, forms in named.items() if (conditions := left_out(text, name, forms))}
    return Sentence(text=added(missing)) if missing else None


def _is_unused(coupon: NamedCoupon, piece: Piece, ground: Ground) -> bool:
    return any(one.start == coupon.start and frozenset(one.value.split("|")) <= ground.unused for one in piece.found)


def _mended(pieces: list[Piece], ground: Ground) -> tuple[Sentence, ...]:
    """Join what is left; a sentence behind a cut one loses its 所以, and 它 gets its name back."""
    kept: list[Sentence] = []
    lost_name = after_cut = False
    for piece in pieces:
        names_product = any(group.kind is ClaimKind.PRODUCT for group in piece.groups)
        if piece.cut:
            after_cut, lost_name = True, lost_name or names_product
            continue
        text = _CONNECTIVE.sub("", piece.text) if after_cut or not kept else piece.text
        if lost_name and not names_product:
            text = _named_again(text, piece, ground)
        kept.append(Sentence(text=text, evidence=piece.evidence))
        after_cut, lost_name = False, lost_name and not names_product
    if kept and re.search(r"[，,；、：:]\s*$", kept[-1].text):
        last = kept[-1]
        kept[-1] = last.model_copy(update={"text": re.sub(r"[，,；、：:]\s*$", "。", last.text)})
    return tuple(kept)


def _named_again(text: str, piece: Piece, ground: Ground) -> str:
    """Put the product's name where 它 pointed at a sentence that is gone, so that it does not point at another product."""
    names = [ground.products[sku].name for sku in sorted(piece.inherited.products) if sku in ground.products]
    return _PRONOUN.sub(names[0], text, count=1) if len(names) == 1 else text


def _has_substance(kept: tuple[Sentence, ...], pieces: list[Piece], intent: Intent) -> bool:
    text = "".join(sentence.text for sentence in kept)
    if len(re.sub(r"\W", "", text)) < _SHORTEST:
        return False
    if all(_WAY_OUT.fullmatch(sentence.text.strip()) for sentence in kept):
        return False
    if intent in _COURTESY:
        return True
    return any(claim for piece in pieces if not piece.cut for claim in piece.claims) or any(
        not is_courtesy(sentence.text) for sentence in kept
    )


def is_courtesy(text: str) -> bool:
    """Say whether a text only greets, thanks, wishes or offers help, and tells nothing."""
    words = _NOT_WORDS.sub("", text).strip()
    return not words or len(re.sub(r"\W", "", words)) < 4 or bool(_FILLER.fullmatch(words))
