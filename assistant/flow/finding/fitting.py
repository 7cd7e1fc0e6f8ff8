"""Does a product suit this skin: read from its own record, never guessed."""

import re
from dataclasses import dataclass

from assistant.flow.finding.aging import age_said, ages_of
from assistant.flow.finding.trade import for_skin
from assistant.shop import Customer, Product
from knowledge.noun import Labelled

_SKIN_KEYS = "干油敏混"
_EVERYBODY = re.compile(r"(?:全|所有|各类|各种|任何|多种)\s*(?:肤质|肌肤|皮肤|肌肤类型|发质)")
_GROUPS = (
    "孕",
    "哺乳",
    "备孕",
    "婴",
    "宝宝",
    "儿童",
    "小孩",
    "孩子",
    "青少年",
    "老人",
    "医美",
    "术后",
    "刷酸",
    "破损",
    "激素",
    # whoever takes medicine is told by whoever prescribed it
    "吃药",
    "服药",
    "用药",
    "处方",
    "异维",
    "维a酸",
)


ALLERGY = "过敏史"
"""What a shop's file calls it, as a fact of the customer."""
_NONE_KNOWN = frozenset(("无", "没有", "暂无", "无过敏史", "未知", "-", "否"))


def listed_fact(value: str) -> tuple[str, ...]:
    """Split a profile's value; 无 is no allergy."""
    pieces = (piece.strip().removesuffix("过敏") for piece in re.split(r"[、,，;；/\s]+", value))
    return tuple(piece for piece in pieces if piece and piece not in _NONE_KNOWN)


def known_allergen(product: Product, customer: Customer | None) -> str:
    """The ingredient of a product that stands in this customer's allergies, or nothing.

    Used to keep her from harm whatever she agreed to; it is never said in a draft that it is she who is allergic
    (个人信息保护法 Art. 28: health is sensitive), only that the ingredient is in there.
    """
    allergies = listed_fact(customer.fact(ALLERGY)) if customer is not None else ()
    return next((one for one in allergies if holds(product, one)), "")


_ALLERGEN_COLUMN = re.compile("过敏原|致敏")
_FREE = re.compile(r"(?:不含|无|未添加|不添加)[^,，;；。]{1,12}")


def holds(product: Product, what: str) -> bool:
    """Say whether something is in a product by its ingredients, its label of allergens, or for whom it is not."""
    labelled = (value for label, value in product.attributes.items() if _ALLERGEN_COLUMN.search(label))
    told = "、".join((*product.ingredients, *(_FREE.sub("", value) for value in labelled)))
    return what in told or any(what in words and "过敏" in words for words in product.not_for)


class Fit(Labelled):
    """What the record says."""

    SUITS = "suits", "适合"
    DOES_NOT = "does-not", "不适合"
    UNKNOWN = "unknown", "没有写明"


@dataclass(frozen=True)
class Fitting:
    """The answer, and the words of the record it rests on."""

    fit: Fit
    words: str = ""


def skin_keys(text: str) -> frozenset[str]:
    """Return the skin types a text names: 干 油 敏 混 or 中; 混油 is both."""
    keys = {key for key in _SKIN_KEYS if key in text}
    if "中性" in text:
        keys.add("中")
    return frozenset(keys)


def fit_of(product: Product, skin: str, question: str = "") -> Fitting:
    """Compare a product with a skin type or a group named in the question (孕期, 儿童); 不适合 wins."""
    wanted = skin_keys(skin)
    age, ages = age_said(question), ages_of(product)
    if age is not None and ages is not None and not ages.low <= age <= ages.high:
        return Fitting(Fit.DOES_NOT, _of_age(age, ages.words))
    of_age = age is not None and ages is not None
    for words in product.not_for:
        grouped = any(group in question and group in words for group in _GROUPS)
        if wanted & skin_keys(words) or (grouped and not (of_age and _AGED.search(words))):
            return Fitting(Fit.DOES_NOT, words)
    if of_age and not for_skin(product):
        return Fitting(Fit.SUITS, ages.words if ages is not None else "")
    if asked_group(question):
        spoken = next((words for words in product.suitable_for if _names_group(words, question)), "")
        return Fitting(Fit.SUITS, spoken) if spoken else Fitting(Fit.UNKNOWN)
    everybody = next((words for words in product.suitable_for if _EVERYBODY.search(words)), "")
    if everybody:
        return Fitting(Fit.SUITS, everybody)
    meant = [words for words in product.suitable_for if wanted & skin_keys(words)]
    if wanted and meant:
        return Fitting(Fit.SUITS, "、".join(meant))
    return Fitting(Fit.UNKNOWN)


_AGED = re.compile(r"\d\s?(?:个?月|岁)")


def _of_age(months: int, words: str) -> str:
    said = f"{months // 12}岁" if months >= 24 and months % 12 == 0 else f"{months}个月"
    return f"{said}的宝宝（写明的是{words}）"


_AILMENTS = re.compile(
    "湿疹|皮炎|荨麻疹|银屑病|牛皮癣|玫瑰痤疮|酒糟鼻|带状疱疹|疱疹|真菌感染|灰指甲|脚气|[体手足股花]癣|白癜风|毛囊炎|毛周角化|激素脸|螨虫感染|"
    "红屁股|尿布疹|膝盖疼|膝盖痛|腰疼|腰痛|腰突|关节疼|关节痛|关节炎|痛风|心脏病|失眠|发烧|甲沟炎|扁平疣|寻常疣|鱼鳞病|红斑狼疮|化脓|伤口感染|冻疮|褥疮|糖尿病|高血压|甲亢|甲状腺结节|乳腺癌|癌症|化疗|放疗"
)
_TAKEN_AS_KNOWN = re.compile("没有|不是|无|排除|好了|痊愈|治好|以前|曾经")
"""What takes an illness back: 不是湿疹, 湿疹好了."""


def named_ailment(question: str) -> str:
    """Return the illness that a question tells of, or nothing; one denied or long over is none."""
    for match in _AILMENTS.finditer(question):
        around = question[max(0, match.start() - 4) : match.end() + 3]
        if not _TAKEN_AS_KNOWN.search(around):
            return match.group()
    return ""


def asked_group(question: str) -> str:
    """Return the group of people a question is about that takes more than a skin type to answer, or nothing."""
    return next((group for group in _GROUPS if group in question), "")


def _names_group(words: str, question: str) -> bool:
    return any(group in question and group in words for group in _GROUPS)
