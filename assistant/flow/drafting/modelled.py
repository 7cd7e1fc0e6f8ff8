"""What a model answered, as drafts: names filled back in, and taken out whatever it may not add of its own.

A sentence goes when it holds markup, a link or a way to somebody else, is not Chinese, was said before, or promises a
coupon that this bill has not earned. A coupon it names comes with its whole conditions. Then the guard looks.
"""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.flow.brief import Brief
from assistant.flow.drafting.composing import made_draft
from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.masking import HOLDER, Mask
from assistant.flow.words.wording import bare, closed, sentences
from assistant.shop import Manner
from assistant.turn import Draft, DraftSource, EvidenceKind, Offer, Sentence

LONGEST_SENTENCE = 160
MOST_SENTENCES = 12
_MARKUP = re.compile(r"https?:|www\.|<[a-zA-Z/!]|!\[|\]\(|```|^\s*[#|]|&(?:lt|gt|#\d+);|javascript:", re.IGNORECASE)
_DOMAIN = re.compile(
    r"[A-Za-z0-9-]\.(?:com|cn|net|org|top|xyz|vip|shop|store|site|club|cc|io|me|info|example)(?![A-Za-z])"
)
# 微信 alone is where the talk goes on anyway; with somebody's number behind it leads away from the shop
_ELSEWHERE = re.compile(
    r"(?:微信|薇信|威信|(?<!添)加[vV]|[vV]信|(?<![A-Za-z])(?:vx|wx|qq|wechat)(?![A-Za-z])|扣扣|公众号|支付宝|群)[号码：:\s是为]{0,4}(?P<account>[A-Za-z0-9_-]{5,})",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# 50ml and SPF50 are no foreign words
_FOREIGN_WORD = re.compile(r"[A-Za-z]*[a-z]{3,}")
_FOREIGN_LETTER = re.compile("[\u0400-\u04ff\u3040-\u30ff\uac00-\ud7af]")
_MOST_FOREIGN = 4
"""From so many words or letters of another language on a sentence is not one that a guide would send."""
# 券码=由助手自拟, {"status":"ok"}: a form or a program, and no talk
_OF_A_MACHINE = re.compile(
    r"→|[{}]|==|[\w\u4e00-\u9fff]=[\w\u4e00-\u9fff\"']|--\s|\.(?:docx?|pdf|csv|pptx?|mp4)(?![a-z])"
)
_GRANTS = re.compile("能用|可用|可以用|叠加|同享|享受|抵|减|用上|赠|送|领")
_RESERVES = re.compile("不|没|未|再买|再加|凑|还差|差|够|下次|当天|当月|开始|结束|过期|先|如果|要是|等")


class ModelSentence(BaseModel):
    """一句话。"""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(description="带标点的一句话")
    evidence: list[str] = Field(description="这句话依据的编号；寒暄句为空数组")


class ModelDraft(BaseModel):
    """一份草稿。"""

    model_config = ConfigDict(extra="ignore")

    manner: str = Field(description="风格：亲切、专业或简短")
    sentences: list[ModelSentence] = Field(description="按顺序连起来就是完整的消息")


class ModelDrafts(BaseModel):
    """全部草稿，每种要求的风格一份。"""

    model_config = ConfigDict(extra="ignore")

    drafts: list[ModelDraft]

    @model_validator(mode="after")
    def _says_something_in_chinese(self) -> Self:
        """An answer without words, or in another language, is no answer: it is asked for again (safety L11)."""
        said = "".join(sentence.text for draft in self.drafts for sentence in draft.sentences)
        chinese = len(_CHINESE.findall(said))
        if not chinese:
            raise ValueError("no Chinese words")
        if chinese < len(_FOREIGN_WORD.findall(said)):
            raise ValueError("more another language than Chinese")
        return self


def drafts_of(answer: ModelDrafts, brief: Brief, mask: Mask) -> tuple[Draft, ...]:
    """Return the usable drafts, at most one for each manner asked for, in that order."""
    waiting = list(brief.manners)
    made: list[Draft] = []
    for one in answer.drafts:
        manner = _manner(one.manner, waiting)
        if manner is None:
            continue
        usable = _usable(one, brief, mask)
        if usable:
            waiting.remove(manner)
            made.append(made_draft(brief, manner, usable, DraftSource.MODEL))
    return tuple(made)


def _manner(named: str, waiting: list[Manner]) -> Manner | None:
    """Return the manner a draft is meant for; a name we do not know takes the next one that is waiting."""
    wanted = next((manner for manner in Manner if named.strip() in (manner.label, manner.value)), None)
    if wanted in waiting:
        return wanted
    return waiting[0] if waiting and wanted is None else None


def _usable(one: ModelDraft, brief: Brief, mask: Mask) -> tuple[Sentence, ...]:
    known = {evidence.id for evidence in brief.evidence}
    address = Ground(brief).address
    said = {bare(sentence, address) for sentence in brief.desk.said}
    kept = []
    for sentence in one.sentences[:MOST_SENTENCES]:
        ids = tuple(dict.fromkeys(name for name in sentence.evidence if name in known))
        # one that is no good does not take its neighbours along, where a model puts several into one
        for piece in sentences(" ".join(sentence.text.split())):
            text = closed(mask.speak(piece))
            if (
                _is_usable(text)
                and not _leads_elsewhere(text, brief)
                and not _gives_unearned(text, brief.offer)
                and bare(text, address) not in said
            ):
                kept.append(Sentence(text=text, evidence=ids))
    return (*kept, *_conditions(kept, brief)) if kept else ()


def _is_usable(text: str) -> bool:
    """Say whether a sentence is plain Chinese without links."""
    if not text or len(text) > LONGEST_SENTENCE or (_FOREIGN_WORD.search(text) and not _CHINESE.search(text)):
        return False
    if len(_FOREIGN_WORD.findall(text)) >= _MOST_FOREIGN or len(_FOREIGN_LETTER.findall(text)) >= _MOST_FOREIGN:
        return False
    return not any(pattern.search(text) for pattern in (_MARKUP, _DOMAIN, _OF_A_MACHINE, HOLDER))


def _leads_elsewhere(text: str, brief: Brief) -> bool:
    """Say whether the text sends the customer to an account that stands in no record of the shop's."""
    accounts = [found["account"] for found in _ELSEWHERE.finditer(text)]
    return any(not any(account in one.text for one in brief.evidence) for account in accounts)


def _gives_unearned(text: str, offer: Offer | None) -> bool:
    """Say whether the text promises a coupon that was looked at and not used, as if this bill had earned it.

    The guard knows these coupons too: they may be named with what is missing (再买 32 元可用).
    """
    if offer is None:
        return False
    rest = text
    for applied in offer.applied:
        rest = rest.replace(applied.name, "")
    named = [other for other in offer.alternatives if other.name in rest]
    for other in named:
        rest = rest.replace(other.name, "")
    if not named or any(other.distance in text for other in named):
        return False
    return bool(_GRANTS.search(rest)) and not _RESERVES.search(rest)


def _conditions(kept: list[Sentence], brief: Brief) -> list[Sentence]:
    """Add the full conditions of every coupon a draft names and does not spell out (safety K3)."""
    text = "".join(sentence.text for sentence in kept)
    offer = brief.offer
    ids = {one.subject: one.id for one in brief.evidence if one.kind is EvidenceKind.COUPON}
    return [
        Sentence(
            text=f"「{one.name}」使用条件：{terms}。", evidence=(ids[one.coupon_id],) if one.coupon_id in ids else ()
        )
        for one in (offer.applied if offer is not None else ())
        for terms in [one.terms.rstrip("。")]
        if one.name in text and terms not in text
    ]
