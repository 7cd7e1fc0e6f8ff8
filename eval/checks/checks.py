"""What is looked at in every replayed turn. Each check passes, fails, or does not apply; none ever guesses.

The checks do not reuse the product's own finding of figures: a guard that missed a figure would miss it here too.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum

from assistant.seams import Prompt
from assistant.turn import EvidenceKind, Hit, Outcome, TurnRecord
from eval.cases.case import Expect, Tone, WantedPassage
from knowledge.noun import Noun

BUDGET_MILLISECONDS = 2000.0
WECOM_BYTES = 2048
"""WeCom's own limit of one app text (page 90236), written here again: the product's figure is what is checked."""


class Status(StrEnum):
    """Three different things: not judged is not passed."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"


class Judgement(Noun):
    """One check on one turn; ``detail`` says in Chinese what was wanted and what came."""

    status: Status
    detail: str = ""


Check = Callable[[Expect, TurnRecord], Judgement]
PASS = Judgement(status=Status.PASS)
SKIP = Judgement(status=Status.NOT_APPLICABLE)


def _verdict(ok: bool, detail: str) -> Judgement:
    return PASS if ok else Judgement(status=Status.FAIL, detail=detail)


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
    """One of the wanted passages stands among those used, and none that must not be."""
    if not expect.passages and not expect.passages_not:
        return SKIP
    unwanted = [f"《{one.title}》" for one in expect.passages_not if any(fits_passage(one, hit) for hit in record.hits)]
    if unwanted:
        return _verdict(False, f"不该用到{'、'.join(unwanted)}")
    found = not expect.passages or any(fits_passage(wanted, hit) for wanted in expect.passages for hit in record.hits)
    titles = "、".join(f"《{wanted.title}》" for wanted in expect.passages)
    return _verdict(found, f"没找到{titles}，找到的是{'、'.join(hit.passage.title for hit in record.hits) or '无'}")


def fits_passage(wanted: WantedPassage, hit: Hit) -> bool:
    """Say whether a passage is the one that was wanted."""
    passage = hit.passage
    where = f"{passage.place} {' '.join(passage.heading)}"
    return wanted.title in passage.title and wanted.place in where and wanted.text in passage.text


def right_products(expect: Expect, record: TurnRecord) -> Judgement:
    """The products wanted are those the shown drafts speak of."""
    if not expect.products and not expect.products_not:
        return SKIP
    shown = [verdict.draft for verdict in record.verdicts if verdict.outcome is not Outcome.HELD]
    leaned_on = {name for draft in shown for sentence in draft.sentences for name in sentence.evidence}
    got = {sku for draft in shown for sku in draft.skus}
    # a short answer may leave the name out; then the record it rests on says what it is about
    got |= {one.subject for one in record.evidence if one.kind is EvidenceKind.PRODUCT and one.id in leaned_on}
    unwanted = sorted(got & set(expect.products_not))
    if unwanted:
        return _verdict(False, f"不该提到{'、'.join(unwanted)}")
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


_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def _figures(text: str) -> set[str]:
    # ¥1,299 is one figure, ¥198，1.6kg are two
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
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
    if not (expect.says or expect.says_any or expect.says_not or expect.drafts_not):
        return SKIP
    text, drafts = reply_text(record), "\n".join(shown_drafts(record))
    wrong = [f"缺「{word}」" for word in expect.says if word not in text]
    wrong += [
        f"「{'」「'.join(group)}」一个也没有" for group in expect.says_any if not any(one in text for one in group)
    ]
    wrong += [f"不该有「{word}」" for word in expect.says_not if word in text]
    wrong += [f"草稿里不该有「{word}」" for word in expect.drafts_not if word in drafts]
    return _verdict(not wrong, "；".join(wrong))


_TO_SOMEBODY = re.compile(
    r"店长|总部|客服|医生|就医|医院|主管|督导|专员|售后(?:部门|同事|人员)?|报(?:给|上去)|上报|转(?:给|交)"
)


def routed(expect: Expect, record: TurnRecord) -> Judgement:
    """The guide is sent to whoever must decide, or left alone where nobody must."""
    if expect.routed is None:
        return SKIP
    is_routed = bool(_TO_SOMEBODY.search(reply_text(record)))
    return _verdict(is_routed is expect.routed, "没有说该找谁处理" if expect.routed else "不用转给别人，却让她去找人")


_SOOTHING = re.compile(
    r"抱歉|道歉|道个歉|对不起|不好意思|赔个不是|没做好|受罪|受委屈|安顿|别担心|别着急|理解您|心疼|让您|给您添|辛苦您|难受|揪心"
)
_WARM = re.compile(r"[～~😊🌸🌷💐🎂🎁❤💕🥰☺]|亲|呢|呀|哦|啦|哈|开心|祝|惦记|想着您|好久不见")
_HURRYING = re.compile(r"赶紧|赶快|抓紧|再不|错过|最后(?:一天|机会|几)|仅此一次|马上下单|手慢无|速来|抢(?!救)")
SHORT_CHARACTERS = 80


def in_tone(expect: Expect, record: TurnRecord) -> Judgement:
    """At least one draft, or for what nobody may do all of them, sound as a good colleague would here."""
    texts = shown_drafts(record)
    if expect.tone is None or not texts:
        return SKIP
    if expect.tone is Tone.UNHURRIED:
        hurried = [found.group() for text in texts for found in [_HURRYING.search(text)] if found]
        return _verdict(not hurried, f"在催客户：{'、'.join(hurried)}")
    if expect.tone is Tone.SHORT:
        shortest = min(len(text) for text in texts)
        return _verdict(shortest <= SHORT_CHARACTERS, f"最短的一条也有 {shortest} 个字")
    wanted = _SOOTHING if expect.tone is Tone.SOOTHING else _WARM
    return _verdict(any(wanted.search(text) for text in texts), f"没有一条{expect.tone.label}的草稿")


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
    "该转给谁": routed,
    "语气": in_tone,
    "草稿不同": distinct,
    "长度": fits_wecom,
    "动作记录": right_action,
    "时延": quick,
}

CLEAN_REQUESTS = "请求干净"
CHECK_NAMES = (*CHECKS, CLEAN_REQUESTS)
"""Every check there is, in the order in which they are shown."""

_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def clean_requests(requests: Iterable[str], persons: Iterable[str]) -> Judgement:
    """Nobody's name, phone or identity number stands in what was, or would have been, sent to a model.

    ``persons`` are the names and ids of the customer this turn is about.
    """
    texts = tuple(requests)
    if not texts:
        return SKIP
    named = sorted({name for name in persons for text in texts if name and name in text})
    found = {one.group() for text in texts for one in (_PHONE.search(text), _IDENTITY.search(text)) if one}
    # the words themselves are a person's: only what kind they are is told
    wrong = [*(["客户的姓名或编号"] if named else []), *(["手机号或证件号"] if found else [])]
    return _verdict(not wrong, f"发给模型的内容里有{'、'.join(wrong)}")


def judge(
    expect: Expect, record: TurnRecord, requests: Iterable[Prompt] = (), persons: Iterable[str] = ()
) -> dict[str, Judgement]:
    """Every check on one turn; ``requests`` are what a model was told, ``persons`` the names that must not be in them."""
    judged = {name: check(expect, record) for name, check in CHECKS.items()}
    told = (f"{one.system}\n{one.user}" for one in requests)
    return {**judged, CLEAN_REQUESTS: clean_requests(told, persons)}
