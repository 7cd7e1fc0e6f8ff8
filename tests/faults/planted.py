"""Regressions to plant in a copy of the product, one text for another in one file, and changes that change nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """One change: ``slices`` are the tag values of which the gate must name one (none for what changes nothing)."""

    name: str
    file: str
    old: str
    new: str
    slices: tuple[str, ...] = ()


_SHOP = "knowledge/samples/yunyu"
_RULES = "assistant/offers/rules.py"

REGRESSIONS = (
    Planted(
        "a policy's figure changed",
        f"{_SHOP}/政策/S003门店自提与停车.md",
        "下单后 4 小时",
        "下单后 6 小时",
        ("问政策",),
    ),
    Planted("a policy lost", f"{_SHOP}/政策/S003门店自提与停车.md", "满 100 元", "满 300 元", ("问政策",)),
    Planted("threshold off by one yuan", _RULES, "    if short <= 0:", "    if short <= 100:", ("问优惠券", "问价格")),
    Planted("budget not looked at", _RULES, "    if coupon.budget_fen is None:", "    if True:", ("问优惠券",)),
    Planted(
        "limit off by one",
        _RULES,
        "    if limit is None or use.used_by_customer < limit:",
        "    if limit is None or use.used_by_customer <= limit:",
        ("问优惠券", "是否适合"),
    ),
    Planted(
        "birthday month not looked at",
        _RULES,
        "    if not coupon.audience.birthday_month or month == occasion",
        "    if not coupon.audience.birthday_month or month != occasion",
        ("问优惠券", "生日关怀", "问价格"),
    ),
    Planted(
        "an ended coupon still applied",
        _RULES,
        "    if now >= coupon.ends_at:",
        "    if now >= coupon.ends_at.max.replace(tzinfo=now.tzinfo):",
        ("问优惠券", "问价格"),
    ),
    Planted(
        "discount rounded away",
        "assistant/offers/effect.py",
        "        saving = (left_fen * (100 - coupon.pay_percent) + 50) // 100",
        "        saving = (left_fen * (100 - coupon.pay_percent) // 1000) * 10",
        ("问优惠券", "问价格", "是否适合", "促成下单"),
    ),
    Planted(
        "the store's own rule not looked for",
        "knowledge/index/searching.py",
        "    return frozenset(map(scope_mark, (Scope(), region, store)))",
        "    return frozenset(map(scope_mark, (Scope(), region)))",
        ("问政策",),
    ),
    Planted("relevance floor gone", "knowledge/index/searching.py", "FLOOR = 0.55", "FLOOR = 0.0", ("问政策",)),
    Planted(
        "personalisation without consent",
        "assistant/flow/finding/offering.py",
        "    return Purpose.PERSONALISATION in customer.consents",
        "    return True",
        ("价格异议", "问价格"),
    ),
    Planted(
        "outreach sells without consent",
        "assistant/flow/finding/offering.py",
        "        return customer is not None and Purpose.MARKETING in customer.consents",
        "        return True",
        ("生日关怀", "唤醒老客", "日常关怀"),
    ),
    Planted(
        "coupons beside a complaint",
        "assistant/flow/finding/offering.py",
        "    if need.wants(Intent.COMPLAINT) or need.refinement",
        "    if need.refinement",
        ("投诉不适",),
    ),
    Planted(
        "a full phone in the profile",
        "assistant/store/customers.py",
        'phone_masked=f"{row.phone[:3]}****{row.phone[-4:]}"',
        'phone_masked=f"{row.phone}"',
        ("客户档案", "问优惠券"),
    ),
    Planted(
        "a part beyond WeCom's limit", "assistant/flow/parting.py", "WECOM_BYTES = 2048", "WECOM_BYTES = 20480", ()
    ),
    Planted(
        "persons shown to the model",
        "assistant/flow/drafting/masking.py",
        "        plain = _as_in_prompt(text)\n        pieces: list[str] = []",
        "        return _as_in_prompt(text)\n        plain = _as_in_prompt(text)\n        pieces: list[str] = []",
        (),
    ),
    Planted(
        "a sentence of a prompt dropped",
        "prompts/snippets/lawful.md",
        "- 不写“拆封不退”“特价不退”“最终解释权”。\n",
        "",
        (),
    ),
    Planted(
        "complaints not heard",
        "assistant/flow/words/expressions.yaml",
        "'投诉|12315|消协|维权|",
        "'消协|维权|",
        ("投诉不适",),
    ),
    Planted(
        "a synonym removed",
        "assistant/flow/words/words.yaml",
        "容易敏感, 有点敏感, ",
        "容易敏感, ",
        ("是否适合", "推荐产品"),
    ),
    Planted(
        "a chosen draft is the next one",
        "assistant/flow/understanding/control.py",
        '    return _DIGITS[match.group("number")] if match else None',
        '    return _DIGITS[match.group("number")] + 1 if match else None',
        ("采用草稿", "选定客户"),
    ),
    Planted(
        "a guide's own words not looked at",
        "assistant/flow/settle.py",
        "    warnings = [told(finding) for finding in findings]",
        "    warnings = [told(finding) for finding in findings[:0]]",
        ("自己改写", "价格优惠", "高"),
    ),
)

NO_CHANGES = (
    Planted("a comment", _RULES, "def _limit(", "# how often\ndef _limit("),
    Planted("a docstring", _RULES, '"""Refuse a coupon whose cost', '"""Say no to a coupon whose cost'),
    Planted(
        "a local name",
        _RULES,
        "    minute = local.hour * 60 + local.minute\n    if times.hours and not any(part.starts <= minute < part.ends",
        "    now_minute = local.hour * 60 + local.minute\n    if times.hours and not any(part.starts <= now_minute < part.ends",
    ),
    Planted("a condition turned round", _RULES, "    if short <= 0:", "    if not short > 0:"),
    Planted("a blank line in a policy", f"{_SHOP}/政策/跨店退换.md", "\n## ", "\n\n## "),
    Planted(
        "a comment in the words",
        "assistant/flow/words/words.yaml",
        "  敏感肌: [",
        "  # as customers say it\n  敏感肌: [",
    ),
    Planted("a comment in the shop's file", f"{_SHOP}/shop.yaml", "brand: 云屿", "# the brand\nbrand: 云屿"),
    Planted(
        "a constant written otherwise", "assistant/flow/parting.py", "WECOM_BYTES = 2048", "WECOM_BYTES = 2 * 1024"
    ),
    Planted("a floor written otherwise", "knowledge/index/searching.py", "FLOOR = 0.55", "FLOOR = 0.550"),
    Planted(
        "an import's place",
        "assistant/flow/reply.py",
        "from dataclasses import dataclass, replace",
        "from dataclasses import replace, dataclass",
    ),
    Planted(
        "a helper variable",
        "assistant/flow/parting.py",
        "    return len(text.encode())",
        "    encoded = text.encode()\n    return len(encoded)",
    ),
    Planted("a log line's words", "assistant/handling.py", '"turn failed"', '"the turn failed"'),
    Planted(
        "a comment in the rules as data",
        "assistant/flow/guard/law/compliance_rules.yaml",
        "\n  - id: ABS-10",
        "\n  # a rule\n  - id: ABS-10",
    ),
    Planted(
        "a tuple for a set's order",
        "assistant/flow/reply.py",
        "_WITHIN_REACH = (CouponRule.THRESHOLD, CouponRule.NOT_STARTED, CouponRule.NOT_COMBINABLE)",
        "_WITHIN_REACH = (CouponRule.NOT_STARTED, CouponRule.THRESHOLD, CouponRule.NOT_COMBINABLE)",
    ),
    Planted(
        "an early return",
        "knowledge/passage.py",
        "        return after_start and before_end",
        "        if not after_start:\n            return False\n        return before_end",
    ),
    Planted(
        "a comprehension for a loop",
        "assistant/flow/parting.py",
        "    return [piece for piece in pieces if piece]",
        "    return list(filter(None, pieces))",
    ),
    Planted(
        "f-string for join",
        "assistant/flow/drafting/draft.py",
        'return cls((), "", "", _provenance())',
        'return cls(tuple(), "", "", _provenance())',
    ),
    Planted("quotes of a key", "eval/packs/beauty/pack.yaml", "title: 美妆", "title: '美妆'"),
    Planted(
        "a stricter type",
        "assistant/offers/decide.py",
        "chosen = {one.coupon.coupon_id for one in booked}",
        "chosen = frozenset(one.coupon.coupon_id for one in booked)",
    ),
    Planted(
        "a file more in the package",
        "assistant/clock.py",
        '"""Now, aware UTC."""',
        '"""The present moment, aware UTC."""',
    ),
)
