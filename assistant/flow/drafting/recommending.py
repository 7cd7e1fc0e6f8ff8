"""What to say when she asks which to look at, and when nothing on the shelf is for that."""

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.limits import see_a_doctor
from assistant.flow.drafting.lines import Line, answer, closing, fact
from assistant.flow.drafting.telling import made_of, point
from assistant.flow.finding.fitting import Fit
from assistant.flow.words.wording import listed, money
from assistant.shop import Manner, Product


def recommend(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Name one or two products with a reason tied to what was said or is known."""
    if ground.ailment:
        return see_a_doctor(ground, manner)
    fitting = [one for one in ground.brief.products if ground.fit(one).fit is not Fit.DOES_NOT]
    if not fitting:
        return _nothing_for_that(ground, manner)
    first, *rest = fitting
    lines = [_pick(ground, first, manner)]
    if manner is not Manner.BRIEF:
        # a product without skin types was just introduced by its first point
        skip = 0 if first.suitable_for else 1
        lines += made_of(ground, first) if manner is Manner.EXPERT else point(ground, first, skip)
    if rest and manner is not Manner.BRIEF:
        lines.append(_second(ground, rest[0]))
    if manner is Manner.WARM:
        lines.append(_which_next(ground, bool(rest)))
    return tuple(lines)


def _nothing_for_that(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """No record serves the worry: an honest no, and nothing else put in its place."""
    worry = listed(ground.concerns, 2)
    if not worry or ground.need.product_words or ground.brief.products:
        return ()
    core = {
        Manner.WARM: (
            f"跟您说实话，店里现在没有写明针对{worry}的产品，我不拿别的来凑。",
            f"我翻了一遍资料，没有写明针对{worry}的，不想随便推一款给您。",
            f"这方面我得跟您说实话，店里没有针对{worry}的产品，就不乱给您推了。",
        ),
        Manner.EXPERT: (
            f"目前店里没有写明针对{worry}的产品，不做勉强推荐。",
            f"查了在售产品，没有写明针对{worry}的。",
            f"店里在售的产品，资料里没有写{worry}这一项。",
        ),
        Manner.BRIEF: (
            f"店里没有针对{worry}的，不乱给您推。",
            f"目前没有针对{worry}的。",
            f"查了，没有写明针对{worry}的。",
        ),
    }[manner]
    ask = (
        closing(
            "日常基础护肤想看看的话，您说一声。",
            "想看基础护肤的，我再帮您挑。",
            "别的方面想了解的，您接着问我。",
        )
        if ground.speaks_of_skin
        else closing("别的方面想了解的，您接着问我。", "想看看别的，您说一声。", "您换个要求，我再帮您挑。")
    )
    return (answer((), *core), *(() if manner is Manner.BRIEF else (ask,)))


def _which_next(ground: Ground, several: bool) -> Line:
    if not ground.speaks_of_skin:
        if several:
            return closing("您想先了解哪一款？", "您看哪款合眼缘，我再细说。", "有空来店里，两款都可以看看实物。")
        return closing("您想了解哪方面，我再细说。", "有空来店里，我拿实物给您看。", "您看合不合适，有想问的尽管说。")
    if several:
        return closing("您想先了解哪一款？", "您看哪款合眼缘，我再细说。", "有空来店里，两款都可以试试质地。")
    return closing("您想了解哪方面，我再细说。", "有空来店里，我拿给您试试质地。", "您看合不合适，有想问的尽管说。")


def _pick(ground: Ground, product: Product, manner: Manner) -> Line:
    name, price = product.name, money(product.price_fen)
    tag = f"{product.spec}，{price}" if product.spec else price
    you, it = _about_you(ground, product), _about_it(ground, product)
    lead = f"{you}，" if you else ""
    asked = f"{you}的话，" if you else ""
    wordings = {
        Manner.WARM: (
            f"{lead}可以看看{name}，{it}，{tag}。",
            f"{asked}我先想到的是{name}，它{it}，{tag}。",
            f"给您挑了{name}（{tag}），{it}。",
        ),
        Manner.EXPERT: (
            f"{lead}建议看{name}（{tag}），{it}。",
            f"推荐{name}，{tag}，{it}。",
            f"{asked}{name}（{tag}）比较对应，它{it}。",
        ),
        Manner.BRIEF: (
            f"可以看{name}，{it}，{price}。",
            f"推荐{name}（{price}），{it}。",
            f"{name}就行，{it}，{price}。",
        ),
    }[manner]
    ids = ground.product_ids(product.sku)
    return answer((*ids, *ground.customer_ids()) if _uses_profile(ground) else ids, *wordings)


def _about_you(ground: Ground, product: Product) -> str:
    met = listed(_met(ground, product), 2)
    if ground.skin and met:
        return f"您是{ground.skin}，又在意{met}"
    if ground.skin:
        return f"您是{ground.skin}"
    return f"您在意{met}" if met else ""


def _about_it(ground: Ground, product: Product) -> str:
    met = listed(_met(ground, product), 2)
    if product.suitable_for:
        return f"适合{listed(product.suitable_for)}" + (f"，{ground.what_for}里就有{met}" if met else "")
    return f"特点是{listed(product.selling_points, 1)}" if product.selling_points else "您可以了解一下"


def _met(ground: Ground, product: Product) -> list[str]:
    return [mine for mine in ground.concerns if any(mine in theirs or theirs in mine for theirs in product.concerns)]


def _uses_profile(ground: Ground) -> bool:
    return bool(ground.skin) and not ground.need.slots.skin_type


def _second(ground: Ground, product: Product) -> Line:
    name, price, suit = product.name, money(product.price_fen), listed(product.suitable_for)
    fits = f"，适合{suit}" if suit else ""
    return fact(
        ground.product_ids(product.sku),
        f"另外{name}也可以看看{fits}，{price}。",
        f"还有一款{name}{fits}，{price}，可以一起比比。",
        f"想多个选择的话，{name}{price}{fits}。",
    )
