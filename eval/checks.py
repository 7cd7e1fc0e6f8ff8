"""What is looked at in every replayed turn. Each check passes, fails, or does not apply; none ever guesses.

The checks do not reuse the product's own finding of figures: a guard that missed a figure would miss it here too.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from assistant.flow.parting import WECOM_BYTES
from assistant.turn import EvidenceKind, Hit, Outcome, TurnRecord
from eval.cases.case import Expect, WantedPassage

BUDGET_MILLISECONDS = 2000.0


class Status(StrEnum):
    """Four different things: not judged is not passed."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Judgement:
    """One check on one turn; ``detail`` says in Chinese what was wanted and what came."""

    status: Status
    detail: str = ""


Check = Callable[[Expect, TurnRecord], Judgement]
PASS = Judgement(Status.PASS)
SKIP = Judgement(Status.NOT_APPLICABLE)


def _verdict(ok: bool, detail: str) -> Judgement:
    return PASS if ok else Judgement(Status.FAIL, detail)


def shown_drafts(record: TurnRecord) -> tuple[str, ...]:
    """The texts a guide could have sent."""
    return tuple(verdict.draft.text for verdict in record.verdicts if verdict.outcome is not Outcome.HELD)


def reply_text(record: TurnRecord) -> str:
    """Everything the guide was shown."""
    return "\n".join(record.reply.parts)


def understood(expect: Expect, record: TurnRecord) -> Judgement:
    """The intent, and the further ones of the same message."""
    if expect.intent is None:
        return SKIP
    got = {record.need.intent, *record.need.also}
    ok = record.need.intent is expect.intent and set(expect.also) <= got
    return _verdict(ok, f"应为{expect.intent.label}，听成了{'、'.join(one.label for one in sorted(got))}")


def right_customer(expect: Expect, record: TurnRecord) -> Judgement:
    """The customer meant; an empty id says that none must be taken."""
    if expect.customer is None:
        return SKIP
    return _verdict(
        record.need.customer_id == expect.customer,
        f"客户应为{expect.customer or '无'}，取了{record.need.customer_id or '无'}",
    )


def right_reply(expect: Expect, record: TurnRecord) -> Judgement:
    """Drafts, a question back, an honest no, a hold: the right kind of answer."""
    if expect.reply is None:
        return SKIP
    return _verdict(record.reply.kind is expect.reply, f"应{expect.reply.label}，实际{record.reply.kind.label}")


def retrieved(expect: Expect, record: TurnRecord) -> Judgement:
    """One of the wanted passages stands among those used."""
    if not expect.passages:
        return SKIP
    found = any(_fits(wanted, hit) for wanted in expect.passages for hit in record.hits)
    titles = "、".join(f"《{wanted.title}》" for wanted in expect.passages)
    return _verdict(found, f"没找到{titles}，找到的是{'、'.join(hit.passage.title for hit in record.hits) or '无'}")


def _fits(wanted: WantedPassage, hit: Hit) -> bool:
    passage = hit.passage
    where = f"{passage.place} {' '.join(passage.heading)}"
    return wanted.title in passage.title and wanted.place in where and wanted.text in passage.text


def right_products(expect: Expect, record: TurnRecord) -> Judgement:
    """The products wanted are those the shown drafts speak of."""
    if not expect.products:
        return SKIP
    shown = [verdict.draft for verdict in record.verdicts if verdict.outcome is not Outcome.HELD]
    leaned_on = {name for draft in shown for sentence in draft.sentences for name in sentence.evidence}
    got = {sku for draft in shown for sku in draft.skus}
    # a short answer may leave the name out; then the record it rests on says what it is about
    got |= {one.subject for one in record.evidence if one.kind is EvidenceKind.PRODUCT and one.id in leaned_on}
    return _verdict(
        set(expect.products) <= got, f"应提到{'、'.join(expect.products)}，提到了{'、'.join(sorted(got)) or '无'}"
    )


def right_coupons(expect: Expect, record: TurnRecord) -> Judgement:
    """Exactly the coupons that are right here, no more and no less."""
    if expect.coupons is None:
        return SKIP
    got = {applied.coupon_id for applied in record.offer.applied} if record.offer else set()
    return _verdict(
        got == set(expect.coupons), f"应用{'、'.join(expect.coupons) or '无券'}，用了{'、'.join(sorted(got)) or '无券'}"
    )


_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def figures_supported(expect: Expect, record: TurnRecord) -> Judgement:
    """Every run of digits in a shown draft stands in the evidence of the same turn."""
    texts = shown_drafts(record)
    figures = {figure for text in texts for figure in _figures(text)}
    if not figures:
        return SKIP
    backed = {figure for one in record.evidence for figure in _figures(one.text)}
    loose = sorted(figures - backed)
    return _verdict(not loose, f"没有依据的数字：{'、'.join(loose)}")


def _figures(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    return {figure.rstrip("0").rstrip(".") if "." in figure else figure for figure in _FIGURE.findall(plain)}


# a second, blunt list beside the product's own rules: these never stand in a draft to a customer
_NEVER = re.compile(
    r"全网最低|史上最|国家级|最高级|最佳效果|百分百有效|100%有效|零副作用|无副作用|根治|治愈|治疗|消炎|杀菌|药妆|医学级"
    r"|包治|永不|绝对安全|第一品牌|最终解释权|概不退换|一律不退"
)
# a word may be said in order not to promise it
_DENIED = re.compile(r"(?:不能|不会|不是|无法|没有|不可|并非|不具备)[^，。；！？]{0,8}$")


def compliant(expect: Expect, record: TurnRecord) -> Judgement:
    """No absolute, medical or unfair word in anything a customer could be sent."""
    texts = shown_drafts(record)
    if not texts:
        return SKIP
    hits = [
        found.group() for text in texts for found in _NEVER.finditer(text) if not _DENIED.search(text[: found.start()])
    ]
    return _verdict(not hits, f"不合规用语：{'、'.join(hits)}")


_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_BLANK = re.compile(r"【[^】]*】|\{[^}]*\}|None|nan")


def private(expect: Expect, record: TurnRecord) -> Judgement:
    """No full phone number anywhere in the reply."""
    return _verdict(not _PHONE.search(reply_text(record)), "回复里有完整手机号")


def finished(expect: Expect, record: TurnRecord) -> Judgement:
    """No blank of a script is left open in a draft."""
    texts = shown_drafts(record)
    if not texts:
        return SKIP
    open_blanks = [found for text in texts for found in _BLANK.findall(text)]
    return _verdict(not open_blanks, f"变量没填上：{'、'.join(open_blanks)}")


def says(expect: Expect, record: TurnRecord) -> Judgement:
    """The words that must stand in the answer, and those that must not."""
    if not expect.says and not expect.says_not:
        return SKIP
    text = reply_text(record)
    missing = [word for word in expect.says if word not in text]
    extra = [word for word in expect.says_not if word in text]
    detail = "；".join([*(f"缺「{word}」" for word in missing), *(f"不该有「{word}」" for word in extra)])
    return _verdict(not missing and not extra, detail)


def distinct(expect: Expect, record: TurnRecord) -> Judgement:
    """Two or three drafts, and no two alike."""
    texts = shown_drafts(record)
    if not texts:
        return SKIP
    ok = 2 <= len(texts) <= 3 and len(set(texts)) == len(texts)
    return _verdict(ok, f"{len(texts)} 条草稿，{len(set(texts))} 条不同")


def fits_wecom(expect: Expect, record: TurnRecord) -> Judgement:
    """Every part within 2,048 bytes, at most five parts."""
    sizes = [len(part.encode()) for part in record.reply.parts]
    return _verdict(bool(sizes) and max(sizes) <= WECOM_BYTES and len(sizes) <= 5, f"各段字节 {sizes}")


def right_action(expect: Expect, record: TurnRecord) -> Judgement:
    """The guide's word on the earlier drafts was taken as what it was."""
    if expect.action is None:
        return SKIP
    got = record.said_action.kind if record.said_action else None
    return _verdict(got is expect.action, f"应记为{expect.action.label}，记为{got.label if got else '无'}")


def quick(expect: Expect, record: TurnRecord) -> Judgement:
    """Within the budget, measured step by step inside the turn."""
    spent = sum(timing.milliseconds for timing in record.timings)
    return _verdict(spent <= BUDGET_MILLISECONDS, f"{spent:.0f} 毫秒")


CHECKS: dict[str, Check] = {
    "听懂": understood,
    "客户": right_customer,
    "答法": right_reply,
    "检索命中": retrieved,
    "产品": right_products,
    "优惠正确": right_coupons,
    "数字有据": figures_supported,
    "合规": compliant,
    "隐私": private,
    "变量填好": finished,
    "该说的说了": says,
    "草稿不同": distinct,
    "长度": fits_wecom,
    "动作记录": right_action,
    "时延": quick,
}
