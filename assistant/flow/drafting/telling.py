"""What to say of one product: what is in it, what its record and its papers say, how to use it."""

import re

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.limits import see_a_doctor, when_it_works
from assistant.flow.drafting.lines import Line, answer, closing, fact
from assistant.flow.finding.recorded import recorded
from assistant.flow.words.wording import closed, joined, listed, money, sentences
from assistant.shop import Manner, Product

_ASKED_CONTENT = re.compile(
    r"(?:含不含|有没有含|有没有加|有没有添加|有没有|不含|含有|含|加了|添加了?|有)"
    r"(?P<what>酒精|香精|色素|防腐剂|激素|重金属|皂基|硅油|[A-Za-z\u4e00-\u9fff]{1,8}?(?:酸|醇|胺|酯|油|素|肽|精|酮|草|茶|醛|粉|因子|提取物))"
)
_ASKED_LIST = ("成分", "配方", "含什么", "里面有什么")
_ASKED_SCENT = re.compile("香味|气味|香气|味道|味儿|好闻|难闻")
_ASKED_SPEC = ("规格", "多大", "多少毫升", "多少ml", "容量", "几克", "多少克", "净含量", "几片")
_SPEC_FORMS = (("是", "的。"), ("的规格是", "。"), ("一件是", "。"))
_ASKED_NUMBER = ("备案", "注册", "批号", "国妆", "正规", "文号", "证")
_ASKED_CURE = re.compile("治|医|管用|有用|能用|好转|缓解|消")
_ASKED_WHEN = re.compile(
    r"(?:多久|几天|几周|多长时间|什么时候|啥时候|几次)[^，。？?]{0,8}(?:见效|起效|有效|出效果|看到效果|看得到|变白|变好|改善|淡|有变化)"
    r"|见效(?:快|慢|吗|时间)|(?:保证|一定|肯定|真的?)(?:能|会|有)?(?:有效|见效|有用|管用|效果)"
)
_ASKED_EFFECT = ("功效", "作用", "效果", "干嘛用", "管什么", "有什么用")


def product_fact(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Answer a question about content, size, registration or filed effect; nothing where the records are silent."""
    if ground.ailment and _ASKED_CURE.search(ground.need.question):
        return see_a_doctor(ground, manner)
    product = ground.main
    if product is None:
        return _from_papers(ground)
    asked = ground.need.question
    if _ASKED_WHEN.search(asked):
        return when_it_works(ground, product, manner)
    named = _ASKED_CONTENT.search(asked)
    if named is not None:
        own = () if ground.speaks_of_skin else _recorded(ground, product, asked)
        return _contains(ground, product, named["what"]) or own or _from_papers(ground)
    chosen = _asked_facts(ground, product, asked)
    if not ground.speaks_of_skin:
        found = _recorded(ground, product, asked)
        if found or chosen:
            return (*found, *chosen) if not chosen else (*chosen, *found[:1])
    if chosen:
        more = {Manner.WARM: point(ground, product), Manner.EXPERT: made_of(ground, product), Manner.BRIEF: ()}
        return (*chosen, *more[manner])
    return _from_papers(ground) or _introduction(ground, product, manner)


def _recorded(ground: Ground, product: Product, asked: str) -> tuple[Line, ...]:
    """Tell what the shop's own columns say about the thing asked, under their own headings."""
    ids = ground.product_ids(product.sku)
    lines: list[Line] = []
    for piece in recorded(product, asked):
        it = "它" if lines else product.name
        lines.append(
            answer(
                ids,
                f"{it}的资料写明{piece.label}：{piece.words}。",
                f"{it}，{piece.label}：{piece.words}。",
                f"查了资料，{it}{piece.label}是{piece.words}。",
                told=(piece.words,),
            )
        )
    return tuple(lines)


def _contains(ground: Ground, product: Product, what: str) -> tuple[Line, ...]:
    ids, name = ground.product_ids(product.sku), product.name
    if any(what in free for free in product.free_of):
        free = listed(product.free_of)
        return (
            answer(
                ids,
                f"{name}不含{what}，资料上写着的。",
                f"没有的，{name}的资料写明不含{free}。",
                f"{name}没有添加{what}。",
            ),
        )
    if any(what in made for made in product.ingredients):
        made = listed(product.ingredients, 4)
        return (
            answer(
                ids,
                f"有的，{name}的主要成分里有{what}。",
                f"{name}里含{what}，主要成分是{made}。",
                f"含的，{what}是{name}的主要成分之一。",
            ),
        )
    return ()


_ASKED_SUN = ("spf", "防晒指数", "防晒值", "防晒倍数", "pa")
# the level stands in the registered name of a sunscreen
_SUN = re.compile(r"SPF\s*\d+\+?(?:\s*PA\++)?", re.IGNORECASE)


def _asked_facts(ground: Ground, product: Product, asked: str) -> tuple[Line, ...]:
    """Answer each thing that was asked; the product is named once and is 它 after that."""
    ids = ground.product_ids(product.sku)
    lines: list[Line] = []

    def it() -> str:
        return "它" if lines else product.name

    if _ASKED_SCENT.search(asked) and any("香精" in free for free in product.free_of):
        lines.append(answer(ids, f"{it()}没有添加香精。", f"{it()}不含香精。", f"{it()}的资料写明不含香精。"))
    if any(word in asked for word in _ASKED_SPEC) and product.spec:
        lines.append(answer(ids, *(f"{it()}{says}{product.spec}{end}" for says, end in _SPEC_FORMS)))
    if any(word in asked for word in _ASKED_LIST) and product.ingredients:
        made = listed(product.ingredients, 5)
        lines.append(
            answer(ids, f"{it()}主要成分有{made}。", f"{it()}里主要是{made}。", f"{it()}的{ground.inside}有{made}。")
        )
    if any(word in asked for word in _ASKED_EFFECT) and product.efficacy:
        effect = listed(product.efficacy)
        lines.append(
            answer(
                ids,
                f"{it()}备案的功效是{effect}。",
                f"按备案，{it()}的功效是{effect}。",
                f"{it()}主打{effect}，这是备案写明的。",
            )
        )
    if any(word in asked for word in _ASKED_NUMBER) and (product.registration or product.special_registration):
        lines.append(_registered(ids, product, it()))
    if any(word in asked.lower() for word in _ASKED_SUN) and (shown := _SUN.search(product.name)):
        level = shown.group().strip()
        lines.append(answer(ids, f"{it()}标的是{level}。", f"{it()}是{level}的。", f"{it()}的防晒标识是{level}。"))
    for label, value in product.attributes.items():
        if label and label in asked and value:
            lines.append(
                answer(
                    ids, f"{it()}的{label}是{value}。", f"{it()}，{label}是{value}。", f"资料上写的{label}是{value}。"
                )
            )
    return tuple(lines)


def _registered(ids: tuple[str, ...], product: Product, name: str) -> Line:
    numbers = "，".join(
        part
        for part in (
            f"备案/注册编号是{product.registration}" if product.registration else "",
            f"特殊化妆品注册证号是{product.special_registration}" if product.special_registration else "",
        )
        if part
    )
    return answer(
        ids,
        f"{name}的{numbers}。",
        f"查到了，{name}的{numbers}。",
        f"可以查的，{name}的{numbers}。",
    )


def _from_papers(ground: Ground) -> tuple[Line, ...]:
    quote = ground.plain_quote()
    if quote is None:
        return ()
    said = joined(quote.statements)
    return (
        answer(
            ground.passage_ids(quote),
            said,
            f"我查了资料，{said}",
            f"资料上是这样写的：{said}",
        ),
    )


def _introduction(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    """Introduce the product where the question was not about any one thing."""
    if _is_pointed(ground.need.question):
        return ()
    ids, name, suit = ground.product_ids(product.sku), product.name, listed(product.suitable_for)
    spec = f"（{product.spec}）" if product.spec else ""
    fits = f"，适合{suit}" if suit else ""
    core = answer(
        ids,
        f"跟您说说{name}{spec}{fits}。",
        f"给您介绍一下{name}{spec}{fits}。",
        f"{name}{spec}{fits}，{money(product.price_fen)}。",
    )
    more = made_of(ground, product) if manner is Manner.EXPERT else point(ground, product)
    return (core, *(() if manner is Manner.BRIEF else more))


def _is_pointed(question: str) -> bool:
    """Say whether a question wants one thing we may not know, rather than an introduction."""
    return bool(
        re.search(
            r"能不能|可不可以|会不会|(.)不\1|[不没卜](?=$|[\s,。?!啊呀])|咋|哪|啥|什么|有没有|是不是|多久|多少|几|保质期|产地|哪里产|怎么样才|吗|么？|么$",
            question,
        )
    )


def usage(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Tell how the main product is used, in the record's words, with what to mind."""
    product = ground.main
    if product is None or not product.usage:
        found = _recorded(ground, product, ground.need.question) if product is not None else ()
        return found or _from_papers(ground)
    ids, name = ground.product_ids(product.sku), product.name
    steps = sentences(closed(product.usage))
    first = joined(steps[:1] if manner is Manner.BRIEF else steps).rstrip("。")
    core = {
        Manner.WARM: (
            f"{name}用起来不复杂：{first}。",
            f"{name}您这样用就好：{first}。",
            f"跟您说下{name}怎么用：{first}。",
        ),
        Manner.EXPERT: (f"{name}的用法：{first}。", f"按说明，{name}这样用：{first}。", f"{name}建议这样用，{first}。"),
        Manner.BRIEF: (f"{first}。", f"{name}：{first}。", f"这样用：{first}。"),
    }[manner]
    care = "；".join(one.rstrip("。") for one in product.cautions[:2])
    more = () if ground.speaks_of_skin else _besides_the_use(ground, product)
    mind = (
        (fact(ids, f"留意一下：{care}。", f"注意：{care}。", f"还有一点，{care}。", told=product.cautions[:2]),)
        if care
        else ()
    )
    ask = (
        closing("您一般早上用还是晚上用？", "用的时候有不清楚的随时问我。", "您现在前后还搭了什么，我帮您排下顺序。")
        if ground.speaks_of_skin
        else closing("有不清楚的随时问我。", "哪一步拿不准，跟我说。", "还有想问的，您接着说。")
    )
    return (answer(ids, *core), *more, *mind, *((ask,) if manner is Manner.WARM else ()))


def _besides_the_use(ground: Ground, product: Product) -> tuple[Line, ...]:
    """Add what another column tells about the use asked for: an assembly, a power, an age."""
    pieces = [one for one in recorded(product, ground.need.question) if one.label in product.attributes]
    ids = ground.product_ids(product.sku)
    return tuple(
        fact(ids, f"{one.label}：{one.words}。", f"资料上{one.label}写的是{one.words}。", told=(one.words,))
        for one in pieces[:1]
    )


# ---- told beside other answers ------------------------------------------------------------------


def made_of(ground: Ground, product: Product) -> tuple[Line, ...]:
    """Say what it is made of and, of a cosmetic, what effect is registered."""
    ids = ground.product_ids(product.sku)
    made, effect = listed(product.ingredients), listed(product.efficacy)
    lines = []
    if made and effect and ground.touches_the_body:
        lines.append(
            fact(
                ids,
                f"主要成分有{made}，备案功效是{effect}。",
                f"配方里是{made}，备案的功效为{effect}。",
                f"备案功效是{effect}，主要用到{made}。",
                told=(made,),
            )
        )
    elif made:
        lines.append(fact(ids, f"主要成分有{made}。", f"{ground.inside}用到{made}。"))
    if product.free_of:
        free = listed(product.free_of)
        lines.append(fact(ids, f"{ground.inside.removesuffix('里')}不含{free}。", f"没有添加{free}。"))
    return tuple(lines)


def point(ground: Ground, product: Product, skip: int = 0) -> tuple[Line, ...]:
    """Name two of its selling points; ``skip`` so many were named before."""
    points = product.selling_points[skip : skip + 2]
    if not points:
        return ()
    said = "，".join(points)
    return (
        fact(
            ground.product_ids(product.sku),
            f"它的特点是{said}。",
            f"这款的特点是{said}。",
            f"说说它的特点：{said}。",
            told=points,
        ),
    )
