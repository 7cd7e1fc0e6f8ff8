"""What to say when she asks whether a product suits her, or somebody of hers: what is written for whom, and what to do first."""

import re

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.limits import see_a_doctor
from assistant.flow.drafting.lines import Line, answer, closing, fact
from assistant.flow.drafting.telling import made_of, point
from assistant.flow.finding.aging import ages_of
from assistant.flow.finding.fitting import Fit, asked_group, holds, known_allergen
from assistant.flow.finding.recorded import recorded
from assistant.flow.words.wording import joined, listed, money
from assistant.shop import Manner, Product

PATCH_WORDS = ("测试", "试用", "耳后", "耳根", "手臂内侧", "首次", "第一次", "敏感")


def suitability(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Answer whether the main product suits; an honest no comes with a fitting product where there is one."""
    if ground.ailment:
        return see_a_doctor(ground, manner)
    product = ground.main
    if product is None:
        return () if ground.touches_the_body else _by_the_rules(ground)
    allergen = known_allergen(product, ground.brief.customer) or _allergen_said(ground, product)
    fitting = ground.fit(product)
    written = any(allergen in words for words in product.not_for)
    if allergen and written and not any(allergen in made for made in product.ingredients):
        words = next(words for words in product.not_for if allergen in words)
        return _does_not_suit(ground, product, words, manner)
    if allergen:
        return _holds_allergen(ground, product, allergen, manner)
    if fitting.fit is Fit.DOES_NOT:
        return _does_not_suit(ground, product, fitting.words, manner)
    if not ground.touches_the_body:
        return _by_its_columns(ground, product, manner)
    if fitting.fit is Fit.SUITS:
        return _suits(ground, product, manner)
    if asked_group(ground.need.question) or not product.suitable_for:
        return ()
    if ground.skin:
        return _not_written_for(ground, product, manner)
    return _suits_whom(ground, product, manner)


def _allergen_said(ground: Ground, product: Product) -> str:
    """Return what the customer said she does not stand and this product holds."""
    return next((one for one in ground.need.slots.avoid if holds(product, one)), "")


_SENSITIVE = re.compile(
    r"孕|哺乳|喂奶|备孕|月子|[\d一二两三四五六七八九十半]个?(?:月|岁)|宝宝|孩子|小孩|儿童|娃|婴|老人|糖尿|血糖|血压|三高|痛风|胃|心脏|"
    r"药|病|手术|开车|司机|跑车|货车|代驾|过敏|疼|痛|受伤|失眠|睡不"
)
"""Whoever asks for somebody like that is told the record, and that a doctor knows better than a guide."""
_BODY = re.compile(r"孕|哺乳|喂奶|备孕|月子|糖尿|血糖|血压|三高|痛风|胃|心脏|药|病|手术|过敏|疼|痛|受伤|破皮|失眠|睡不")
_KIN = (
    (re.compile(r"孕|哺乳|喂奶|备孕|月子"), re.compile(r"孕|哺乳")),
    (
        re.compile(r"[\d一二两三四五六七八九十半]个?(?:月|岁)|宝宝|孩子|小孩|儿童|娃|婴"),
        re.compile(r"\d\s?(?:个月|岁)|婴|幼儿|儿童"),
    ),
    (re.compile(r"糖尿|血糖|血压|三高|痛风|胃|心脏|病"), re.compile(r"慢性病|病人|糖尿|血压")),
    (re.compile(r"开车|司机|货车|代驾"), re.compile(r"驾|开车")),
    (re.compile(r"疼|痛|伤|不舒服|酸"), re.compile(r"疼|就医|医生")),
    (re.compile(r"过敏"), re.compile(r"过敏")),
)
"""How a state is asked about, and how rules write of it."""
_TOLD_ANYWAY = ("适合", "不适合", "注意", "特点")


def _by_its_columns(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    """Tell what the record says for whom a product is, for whom not and what to mind; more than that is not judged."""
    ids, name, asked = ground.product_ids(product.sku), product.name, ground.asked_of_whom
    suit = listed(product.suitable_for)
    told = [
        piece for piece in recorded(product, asked) if piece.label not in _TOLD_ANYWAY and "过敏原" not in piece.label
    ]
    ages = ages_of(product)
    parts = [
        f"适合{suit}" if suit else "",
        f"不适合{listed(product.not_for)}" if product.not_for else "",
        f"适用{ages.words}" if ages is not None and ages.words not in (*product.suitable_for, *product.not_for) else "",
        *(
            f"{label}：{value}"
            for label, value in product.attributes.items()
            if "过敏原" in label and value and _SENSITIVE.search(asked)
        ),
        *(f"{piece.label}：{piece.words}" for piece in told[: 1 if manner is Manner.BRIEF else 2]),
    ]
    said = "，".join(part for part in parts if part)
    care = "；".join(one.rstrip("。") for one in product.cautions)
    body = _BODY.search(asked) is not None
    if not said and not care:
        return _by_the_rules(ground)
    lines = [
        answer(ids, f"{name}的资料写明{said}。", f"{name}{said}。", f"按资料，{name}{said}。", told=(said,))
        if said
        else answer(ids, f"{name}的资料里写明要留意：{care}。", f"{name}要留意：{care}。", told=(care,))
    ]
    if care and said:
        lines.append(answer(ids, f"要留意：{care}。", f"另外写明：{care}。", f"注意事项是：{care}。", told=(care,)))
    rules = _by_the_rules(ground)
    if manner is not Manner.BRIEF:
        lines += rules
    if body:
        lines.append(_not_ours_to_judge())
    elif manner is Manner.WARM:
        lines.append(
            closing("您的情况跟我说说，我对着资料看。", "还有想确认的，您接着说。", "您自己用还是给家里人用？")
        )
    return tuple(lines)


def _not_ours_to_judge() -> Line:
    return answer(
        (),
        "您这种情况我不替您判断，请先问问医生。",
        "能不能用还得听医生的，我不敢打包票。",
        "身体上的事请以医生的意见为准。",
    )


def _by_the_rules(ground: Ground) -> tuple[Line, ...]:
    """Quote a rule of the shop for people in the state asked about, where it speaks of these goods too."""
    asked = ground.asked_of_whom
    kin = [told for sign, told in _KIN if sign.search(asked)]
    quote = ground.rule_quote()
    if quote is None or not kin:
        return ()
    said = tuple(one for one in quote.statements if any(told.search(one) for told in kin))
    of_goods = any(word in one for one in said for word in ground.words_for_the_goods())
    if not said or not of_goods:
        return ()
    words = joined(said)
    return (answer(ground.passage_ids(quote), f"店里的规定写明：{words}", f"我查了规定，{words}", words),)


def _suits(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    ids, name, suit = ground.product_ids(product.sku), product.name, listed(product.suitable_for)
    skin = ground.skin
    if manner is Manner.BRIEF:
        short = answer(
            ids,
            f"可以的，{name}适合{suit}。",
            f"{name}适合{suit}，您可以用。",
            f"能用，{name}写明的{ground.whom}就有{suit}。",
        )
        return (short, *_first_try(ground, product, skin))
    whose = f"您是{skin}的话" if skin else "您的情况"
    core = {
        Manner.WARM: (
            f"{name}您可以看看，它适合{suit}，{whose}是对得上的。",
            f"可以的，{name}适合{suit}，{whose}用得上。",
            f"{whose}，选{name}是合适的，它适合{suit}。",
        ),
        Manner.EXPERT: (
            f"从产品资料看，{name}适用{suit}，{whose}是在范围内的。",
            f"{name}的{ground.whom}是{suit}，与您的情况相符。",
            f"{whose}，在{name}的适用范围里，它写明适合{suit}。",
        ),
    }[manner]
    facts = _reasons(ground, product, manner)
    return (answer(ids, *core), *facts, *_first_try(ground, product, skin), *_ask_back(ground, manner))


def _holds_allergen(ground: Ground, product: Product, allergen: str, manner: Manner) -> tuple[Line, ...]:
    """Keep a customer from what she is allergic to, in words that would be true for anybody."""
    ids, name = ground.product_ids(product.sku), product.name
    where = "的主要成分里" if any(allergen in made for made in product.ingredients) else "的过敏原提示里"
    core = {
        Manner.WARM: (
            f"先跟您说清楚，{name}{where}有{allergen}，对它过敏或敏感的话就先别用这款了。",
            f"{name}里含{allergen}，对{allergen}过敏的话不建议用，您先别买。",
        ),
        Manner.EXPERT: (
            f"{name}{where}含{allergen}，对它有过敏史的话不建议使用。",
            f"按资料，{name}含有{allergen}；曾对{allergen}过敏的，请先不要使用，拿不准先问医生。",
        ),
        Manner.BRIEF: (f"{name}含{allergen}，对它过敏的话不建议用。", f"对{allergen}过敏的话，{name}先别用。"),
    }[manner]
    free = [other for other in ground.others if not known_allergen(other, ground.brief.customer)]
    better = next((other for other in free if ground.fit(other).fit is Fit.SUITS), None)
    if better is not None:
        return (answer(ids, *core), _instead(ground, better))
    return (answer(ids, *core), closing("您想解决什么告诉我，我换一款帮您对成分。", "我再帮您挑一款成分里没有它的。"))


def _suits_whom(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    ids, name, suit = ground.product_ids(product.sku), product.name, listed(product.suitable_for)
    without = f"，{listed(product.not_for)}不建议用" if product.not_for else ""
    core = answer(
        ids,
        f"{name}适合{suit}{without}。",
        f"{name}主要是给{suit}用的{without}。",
        f"适合{name}的是{suit}{without}。",
    )
    ask = (
        closing("您平时皮肤偏干还是偏油呢？", "您自己是哪种肤质，我帮您对一下。", "您脸上容易泛红或者出油吗？")
        if ground.speaks_of_skin
        else closing(
            "您说说是谁用、什么场合用，我帮您对一下。", "您的情况跟我说说，我对着资料看。", "您是自己用还是送人？"
        )
    )
    return (core, *(() if manner is Manner.BRIEF else _reasons(ground, product, manner)), ask)


def _not_written_for(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    """Her skin was said and the record does not name it: say so, and name one that is written for it."""
    ids, name, suit, skin = ground.product_ids(product.sku), product.name, listed(product.suitable_for), ground.skin
    core = {
        Manner.WARM: (
            f"{name}写明适合的是{suit}，{skin}没有写到，能不能用我不敢随口答应您。",
            f"我看了下，{name}写的是给{suit}用的，没有提{skin}，我不好替您打包票。",
            f"{name}上写的{ground.whom}是{suit}，{skin}它没写，咱们稳妥一点。",
        ),
        Manner.EXPERT: (
            f"{name}标注的{ground.whom}是{suit}，未标注{skin}。",
            f"从资料看，{name}适用{suit}，资料里没有写{skin}。",
            f"{name}写明适用{suit}，{skin}不在写明的范围里。",
        ),
        Manner.BRIEF: (
            f"{name}写明适合{suit}，没写{skin}。",
            f"{name}适合{suit}，{skin}没有写到。",
            f"{skin}它没写，{name}写的是{suit}。",
        ),
    }[manner]
    better = next((other for other in ground.others if ground.fit(other).fit is Fit.SUITS), None)
    if better is not None:
        return (answer(ids, *core), _instead(ground, better))
    return (answer(ids, *core), *_first_try(ground, product, "敏" if ground.speaks_of_skin else ""))


def _does_not_suit(ground: Ground, product: Product, words: str, manner: Manner) -> tuple[Line, ...]:
    ids, name = ground.product_ids(product.sku), product.name
    core = {
        Manner.WARM: (
            f"跟您说实话，{name}不适合{words}，我就不建议您选它了。",
            f"这款我得跟您讲清楚：{name}写明了不适合{words}，您先别买。",
            f"{name}不太适合您，它标注了{words}不建议用。",
        ),
        Manner.EXPERT: (
            f"{name}的资料里写明不适合{words}，所以不建议您用这款。",
            f"按产品说明，{words}不在{name}的适用范围内，建议换一款。",
            f"从{ground.whom}看，{name}不适合{words}，不推荐您选它。",
        ),
        Manner.BRIEF: (
            f"{name}不适合{words}，不建议您选。",
            f"这款不建议，{name}写明不适合{words}。",
            f"{words}不建议用{name}。",
        ),
    }[manner]
    better = next((other for other in ground.others if ground.fit(other).fit is Fit.SUITS), None)
    if better is None and asked_group(ground.need.question):
        ask = (
            closing(
                "这段时间护肤用什么，建议先问问医生，稳妥些。",
                "特殊时期选护肤品，先听医生的意见比较好。",
                "您可以先问过医生，再来挑，我帮您对资料。",
            )
            if ground.speaks_of_skin
            else closing(
                "拿不准的话，建议先问问医生，稳妥些。",
                "您可以先问过医生，再来挑，我帮您对资料。",
                "有医生的意见，跟我说一声，我照着帮您挑。",
            )
        )
        return (answer(ids, *core), ask)
    if better is None:
        ask = (
            closing(
                "您说说平时用着舒服的质地，我再帮您找合适的。",
                "您现在用的是哪种质地，我照着帮您挑。",
                "想解决什么您告诉我，我换一款给您看。",
            )
            if ground.speaks_of_skin
            else closing(
                "您更看重什么告诉我，我换一款给您看。",
                "您说说要求，我再帮您找合适的。",
                "想要什么样的跟我说，我照着帮您挑。",
            )
        )
        return (answer(ids, *core), ask)
    return (answer(ids, *core), _instead(ground, better))


def _instead(ground: Ground, better: Product) -> Line:
    suit, price = listed(better.suitable_for), money(better.price_fen)
    return answer(
        ground.product_ids(better.sku),
        f"可以看看{better.name}，适合{suit}，{price}。",
        f"换成{better.name}会合适些，它适合{suit}，{price}一件。",
        f"更对得上的是{better.name}（{price}），适合{suit}。",
    )


def _reasons(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    ids = ground.product_ids(product.sku)
    met = listed(ground.concerns_met(), 2)
    lines = []
    if met:
        lines.append(
            fact(
                ids,
                f"您说的{met}，也在它对应的{ground.what_for}里。",
                f"它对应的{ground.what_for}里就有{met}，跟您说的一致。",
                f"资料的{ground.what_for}一栏也写到了{met}。",
            )
        )
    avoided = listed((mine for mine in ground.need.slots.avoid if any(mine in free for free in product.free_of)), 2)
    if avoided:
        lines.append(
            fact(ids, f"您介意的{avoided}，它没有添加。", f"它不含{avoided}。", f"{ground.inside}没有{avoided}。")
        )
    if manner is Manner.EXPERT:
        return (*lines, *made_of(ground, product))
    return (*lines, *point(ground, product))


def _first_try(ground: Ground, product: Product, skin: str) -> tuple[Line, ...]:
    """Advise a careful first try, in the record's own words where it has any."""
    caution = next((one for one in product.cautions if any(word in one for word in PATCH_WORDS)), "")
    if caution:
        said = caution.rstrip("。")
        return (
            fact(
                ground.product_ids(product.sku),
                f"提醒您一点：{said}。",
                f"另外要注意，{said}。",
                f"用之前留意一下：{said}。",
                told=(said,),
            ),
        )
    if not ground.speaks_of_skin or ("敏" not in skin and not ground.concerns):
        return ()
    return (
        fact(
            (),
            "第一次用，先在耳后小范围试一下，没有不舒服再上脸。",
            "刚开始先在耳后试一小块，皮肤没有反应再用到全脸。",
            "建议先做局部测试，适应了再全脸用。",
        ),
    )


def _ask_back(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    if manner is not Manner.WARM:
        return ()
    if not ground.speaks_of_skin:
        return (closing("您还有什么担心的，尽管问我。", "还想了解哪方面，您接着说。", "想看实物的话，有空来店里。"),)
    return (
        closing(
            "您现在日常是怎么护肤的，我帮您看看怎么搭。",
            "您还有什么担心的，尽管问我。",
            "想了解质地的话，有空来店里我拿给您试试。",
        ),
    )
