"""One sentence judged: claims, quotations, comparisons, personal data, the law, and what this very turn forbids."""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

from assistant.flow.guard.claims.private import find_private
from assistant.flow.guard.law.compliance import Violation, screen
from assistant.flow.guard.law.rules import Severity
from assistant.flow.guard.records.agreeing import disagreements
from assistant.flow.guard.records.ground import Ground
from assistant.flow.guard.records.judging import invented_deal, judge
from assistant.flow.guard.records.quoting import Misquote, NamedCoupon, broken_conditions, misquotes
from assistant.flow.guard.records.subject import Piece
from assistant.flow.guard.records.unbacked import backed_by_a_record
from assistant.shop import Product
from assistant.turn import ClaimKind, EvidenceKind, Finding, Reason

# ---- judging one sentence ----------------------------------------------------------------------

_BLANK = re.compile(
    # 【群福利】 is a heading, 【客户称呼】 a blank
    r"【\s*(?:请?(?:填写?|补充|插入|输入)[^】\n]*|(?:客户|顾客|会员|导购|门店|店铺|产品|商品|优惠券?|券后?|日期|时间|金额|价格|数量|电话|地址|链接|姓名|称呼|名字|名称|编号|编码|单号|订单号?|积分|等级|有效期|库存|成分|功效|肤质|规格|用法|卖点|上次|购买|到手|活动|生日)+(?:称呼|姓名|名字|名称|名|信息|内容|号|价|额|数|时间|日期|地址|电话|条件|门槛|余额|产品|商品)*\s*|[^】\n]*(?:待定|待补|TBD|xxx?|某某?|\.\.\.|…)[^】\n]*|)】|"
    r"\{[^}\n]{0,30}\}|(?<![A-Za-z])(?:None|none|NaN|nan|NaT|null|undefined|N/A)(?![A-Za-z])|(?<![A-Za-z])[Xx]{2,}(?![A-Za-z])|_{2,}|＿{2,}|某某"
)


def judge_piece(piece: Piece, ground: Ground) -> None:
    for blank in _BLANK.finditer(piece.text):
        piece.findings.append(
            Finding(
                reason=Reason.UNFILLED_BLANK, rule="话术变量", span=blank.group(), remedy="补上具体内容，或去掉这一句"
            )
        )
    piece.findings += _private_findings(piece.text, ground)
    for claim in piece.found:
        judged = judge(piece, claim, ground)
        piece.claims.append(judged.claim)
        if judged.finding is not None:
            piece.findings.append(judged.finding)
    piece.findings += [_misquoted(piece.text, one) for one in _misquotes(piece, ground)]
    deal = invented_deal(piece.text, ground)
    if deal is not None:
        piece.findings.append(deal)
    piece.findings += disagreements(piece, ground)
    piece.findings += _against_the_turn(piece.text, ground)
    piece.findings += _not_for_this_order(piece, ground)
    products = _spoken_of(piece, ground)
    for violation in screen(piece.text, products, ground.records):
        by_product = violation.rule.by_product
        if by_product and (_in_a_name(violation, piece) or _holds_for_one(piece.text, violation, products, ground)):
            continue
        note(piece, violation)


def _misquotes(piece: Piece, ground: Ground) -> Iterable[Misquote]:
    yield from misquotes(piece.text, ground.quotable, piece.quotes)
    named = coupons_named(piece, ground)
    if not named and (written := ground.written_of(piece.inherited.coupons)):
        # 用券规则：… in a sentence of its own, behind the one that names the coupon
        named = [NamedCoupon(0, _lead(piece.text), written, ())]
    yield from broken_conditions(piece.text, named)


_LEAD = re.compile("^[^：:，。]{0,12}[：:]")


def _lead(text: str) -> int:
    """Return where the conditions begin behind 用券规则：."""
    match = _LEAD.match(text)
    return match.end() if match else 0


_FORMS = re.compile("(?:）：|全部条件：|条件：|客户能用时这样说：)([^。]+)。")


def coupons_named(piece: Piece, ground: Ground) -> list[NamedCoupon]:
    named = []
    for one in piece.found:
        if one.kind is ClaimKind.COUPON and one.known:
            written = ground.written_of(frozenset(one.value.split("|")))
            if written:
                named.append(NamedCoupon(one.start, one.end, written, tuple(_FORMS.findall(written))))
    return named


def _misquoted(text: str, one: Misquote) -> Finding:
    return Finding(
        reason=Reason.MISQUOTED,
        rule="照原话引用（明码标价和禁止价格欺诈规定第十九条）",
        span=text[one.start : one.end],
        remedy=f"记录的原话是：{one.written}，照着写，条件不要少" if one.written else "记录里没有这一条，请删掉",
    )


HOUSE_RULE = "店里的规定"
_ASSERTS_A_RULE = re.compile(
    "(?:我们|咱们|店里|本店)(?:店|家)?(?:都|是)?(?:支持|承诺)|(?:这是)?(?:我们|咱们|店里|本店)?(?:店里?)?(?:的|(?<!另)有)(?:明文)?规定(?!是|写|的是|，|查|可查|[^，。；]{0,6}(?:没有|没查|不清楚|不知道|不敢|不一样|暂时|还没))"
)
ALIKE = 72.0
"""From this likeness (rapidfuzz partial ratio) on, a sentence is taken to tell a rule that is at hand."""


def _stands_in_a_rule(text: str, ground: Ground) -> bool:
    if "《" in text:
        return True
    bare = _ASSERTS_A_RULE.sub("", text)
    rules = (one.text for one in ground.evidence if one.kind is EvidenceKind.PASSAGE)
    return any(fuzz.partial_ratio(bare, rule) >= ALIKE for rule in rules)


_UNWELL = re.compile("不适(?!合|用)|不舒服|过敏|刺痛|红肿|发痒|发红|红着|起疹|脱皮了|疼着|痒着")
_GO_ON = re.compile(
    "(?<!不要)(?<!别)(?<!不能)(?<!勿)(?:继续|接着|照常|照样|照旧|还是可以|可以再)(?:使|直接|放心)?[用涂抹擦敷吃喝]|不用停|坚持用"
)
_THERE_IS_A_COUPON = re.compile(
    "(?<!没)(?<!没有)(?:有|能用|可以用)(?:可用的|能用的|一张|几张|张)?(?:优惠)?券(?!规|的条件|吗)"
)


def _against_the_turn(text: str, ground: Ground) -> list[Finding]:
    """What this very turn forbids: to go on with what harmed, to speak of coupons where there are none."""
    findings = []
    if (match := _ASSERTS_A_RULE.search(text)) and not _stands_in_a_rule(text, ground):
        findings.append(
            Finding(
                reason=Reason.UNSUPPORTED_PROMISE,
                rule=backed_by_a_record(HOUSE_RULE),
                span=match.group(),
                remedy="没有查到这条规定，别替店里答应；按查到的政策写",
            )
        )
    if (ground.is_complaint or _UNWELL.search(text)) and (match := _GO_ON.search(text)):
        findings.append(
            Finding(
                reason=Reason.UNSUPPORTED_FACT,
                rule="用后不适先停用（消费者权益保护法第十八条）",
                span=match.group(),
                remedy="请她先停用、清水洗净，不缓解就医",
            )
        )
    if ground.has_no_coupon and (match := _THERE_IS_A_COUPON.search(text)):
        findings.append(
            Finding(
                reason=Reason.UNKNOWN_COUPON,
                rule="有据可查（优惠名）",
                span=match.group(),
                remedy="这一单没有能用的券，照实说没有",
            )
        )
    return findings


_GIVES = re.compile(
    "(?:可以|能|帮您|给您|直接|提前)[^，。；]{0,3}(?:用|享|减|抵|领)|用上|折上折|一起用|同时用|叠|都能用|两张都"
)
_ONLY_IF = re.compile("差|再买|再凑|再加|凑|够|没到|开始|不能|用不了|用不上|不可|没法|过期|结束|如果|要是|换成|下次|才")


def _not_for_this_order(piece: Piece, ground: Ground) -> list[Finding]:
    """A coupon that this order does not use, given all the same; and a product nobody knows, told of as if it were there."""
    findings = []
    if ground.unknown_goods and ground.unknown_goods in piece.text and not _OPEN_OR_DENIED.search(piece.text):
        findings.append(
            Finding(
                reason=Reason.UNKNOWN_PRODUCT,
                rule=backed_by_a_record(ClaimKind.PRODUCT.label),
                span=ground.unknown_goods,
                remedy="店里没有查到这款，照实说没查到，或先问清是哪一款",
            )
        )
    if _GIVES.search(piece.text) and not _ONLY_IF.search(piece.text):
        for claim in piece.found:
            if claim.kind is ClaimKind.COUPON and claim.known and frozenset(claim.value.split("|")) <= ground.unused:
                findings.append(
                    Finding(
                        reason=Reason.UNKNOWN_COUPON,
                        rule="只给算出来的优惠",
                        span=claim.text,
                        remedy="这张这一单用不上，只写算出来能用的，或写明还差什么",
                    )
                )
    return findings


_OPEN_OR_DENIED = re.compile(
    "没有|没查到|查不到|没找到|不在|没见|不清楚|确认|核实|查一下|问一下|问问|哪一款|哪款|是不是|吗|？|\\?|没听"
)


def _in_a_name(violation: Violation, piece: Piece) -> bool:
    """The name of a product or a coupon is not a claim about the product spoken of (不含云朵防晒霜, 「防晒满200减25」)."""
    return any(
        claim.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON)
        and claim.known
        and claim.start <= violation.start
        and violation.end <= claim.end
        for claim in piece.found
    )


def _holds_for_one(text: str, violation: Violation, products: tuple[Product, ...], ground: Ground) -> bool:
    """Where a sentence speaks of several products without naming them, an effect of one of them is enough.

    Which of them it is has been judged against the records already.
    """
    if len(products) < 2:
        return False
    alone = (screen(text, (product,), ground.records) for product in products)
    return any(violation not in violations for violations in alone)


def note(piece: Piece, violation: Violation) -> None:
    """Nobody reviews a live draft, so what needs review is cut like what is blocked; a warning only goes along."""
    target = piece.warnings if violation.rule.severity is Severity.WARN else piece.findings
    if violation.finding not in target:
        target.append(violation.finding)


def _spoken_of(piece: Piece, ground: Ground) -> tuple[Product, ...]:
    own = frozenset[str]().union(*(group.values for group in piece.groups if group.kind is ClaimKind.PRODUCT))
    skus = own or piece.inherited.products
    products = tuple(ground.products[sku] for sku in sorted(skus) if sku in ground.products)
    return products or ground.fallback


def _private_findings(text: str, ground: Ground) -> list[Finding]:
    shown = "".join(one.text for one in ground.evidence if one.kind is EvidenceKind.STORE)
    private = [(one.text, one.kind.label) for one in find_private(text) if one.text not in shown]
    private += [(secret, "客户编号") for secret in ground.secrets if secret in text]
    return [
        Finding(
            reason=Reason.PRIVACY,
            rule=f"个人信息保护法第十条（{label}）",
            span=words,
            remedy="去掉这段个人信息，发给客户的话里不需要它",
        )
        for words, label in private
    ]
