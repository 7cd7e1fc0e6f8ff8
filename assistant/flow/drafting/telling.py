"""What to say about products: does it suit, what is in it, how to use it, how two differ, which to look at."""

import re
from dataclasses import replace

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import Line, Part, answer, closing, fact
from assistant.flow.finding.aging import ages_of
from assistant.flow.finding.comparing import UNSAID, Comparison
from assistant.flow.finding.comparing import compare as set_side_by_side
from assistant.flow.finding.fitting import Fit, asked_group, holds, known_allergen
from assistant.flow.finding.recorded import recorded
from assistant.flow.words.wording import closed, joined, listed, money, sentences
from assistant.shop import Manner, Product

PATCH_WORDS = ("测试", "试用", "耳后", "耳根", "手臂内侧", "首次", "第一次", "敏感")
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


# ---- is it a matter for us at all --------------------------------------------------------------


def see_a_doctor(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Somebody is ill and asks for a product: nothing is sold, for no cosmetic treats anything (广告法 Art. 17)."""
    ill = ground.ailment
    if not ground.touches_the_body:
        return (*_ask_the_doctor(ill, manner), *_warnings(ground))
    core = {
        Manner.WARM: (
            f"{ill}这种情况我不敢给您推产品，护肤品不是药，先去医院皮肤科让医生看看，心里也踏实。",
            f"跟您说实话，{ill}得听医生的，护肤品解决不了，我就不给您推东西了。",
            f"您别着急，{ill}先让医生看一下要紧，这时候随便换护肤品反而容易添乱。",
        ),
        Manner.EXPERT: (
            f"护肤品不能代替药品，{ill}请先到皮肤科就诊，用什么、停什么以医生的意见为准。",
            f"{ill}属于医生看的范围，建议先就诊，现在不推荐您换新的护肤品。",
            f"{ill}请以医生的诊断为准，护肤品没有治疗作用，这里不做推荐。",
        ),
        Manner.BRIEF: (
            f"{ill}先看医生要紧，护肤品不是药，我先不给您推。",
            f"{ill}请先去医院看看，听医生的。",
            f"护肤品管不了{ill}，先让医生看一下。",
        ),
    }[manner]
    later = closing(
        "等医生说可以用护肤品了，您把要避开的成分告诉我，我帮您一样样对。",
        "医生说能用哪类，您告诉我一声，我再照着帮您挑。",
        "看过医生有什么要注意的，跟我说说，后面选护肤品我帮您把关。",
    )
    return (answer((), *core), *(() if manner is Manner.BRIEF else (later,)))


def _warnings(ground: Ground) -> tuple[Line, ...]:
    """Add what the record of the goods asked about tells to mind, though they are not put forward."""
    products = ground.brief.desk.shop.products
    named = next((products[sku] for sku in ground.need.skus if sku in products), None)
    told = "；".join((*named.cautions, *(f"不适合{one}" for one in named.not_for))) if named is not None else ""
    if named is None or not told:
        return ()
    ids = ground.product_ids(named.sku)
    return (fact(ids, f"{named.name}的资料写明：{told}。", f"{named.name}上写着：{told}。", told=(told,)),)


def _ask_the_doctor(ill: str, manner: Manner) -> tuple[Line, ...]:
    """The same where nothing for the skin is sold: food, clothes and gear treat nothing either."""
    core = {
        Manner.WARM: (
            f"{ill}这种情况我不敢给您推东西，店里的商品都不是药，先听医生的，心里也踏实。",
            f"跟您说实话，{ill}得听医生的，店里的东西解决不了，我就不给您推了。",
            f"您别着急，{ill}先让医生看一下要紧，买东西不急这一时。",
        ),
        Manner.EXPERT: (
            f"店里的商品不能代替药品和治疗，{ill}能不能用请以医生的意见为准。",
            f"{ill}属于医生看的范围，建议先问医生，现在不做推荐。",
            f"{ill}请以医生的诊断为准，我们的商品没有治疗作用，这里不做推荐。",
        ),
        Manner.BRIEF: (
            f"{ill}先问医生要紧，店里的东西不是药，我先不给您推。",
            f"{ill}请先问问医生，听医生的。",
            f"我们的东西管不了{ill}，先让医生看一下。",
        ),
    }[manner]
    later = closing(
        "医生说有什么要避开的，您告诉我，我照着资料帮您一样样对。",
        "医生说可以的话，您告诉我一声，我再照着帮您挑。",
        "问过医生有什么要注意的，跟我说说，后面我帮您把关。",
    )
    return (answer((), *core), *(() if manner is Manner.BRIEF else (later,)))


def when_it_works(ground: Ground, product: Product, manner: Manner) -> tuple[Line, ...]:
    """Asked how soon it works: no time is promised to anybody (化妆品监督管理条例 Art. 43), the use is told instead."""
    core = {
        Manner.WARM: (
            "多久能看到变化真不好说，每个人皮肤底子不一样，我不想拿个日子哄您。",
            "这个我不敢跟您打包票，护肤是慢功夫，各人感受也不一样。",
            "跟您说实话，快慢因人而异，我没法给您一个准日子。",
        ),
        Manner.EXPERT: (
            "使用感受因人而异，没有统一的时间可以给您。",
            "各人肤质和用法不同，资料里也没有写多长时间，我不能给您一个数。",
            "时间上没有可以引用的记录，我不能随口说一个。",
        ),
        Manner.BRIEF: (
            "快慢因人而异，不好给您打包票。",
            "这个没有准日子，各人不一样。",
            "各人皮肤不同，时间我不敢乱说。",
        ),
    }[manner]
    if not ground.speaks_of_skin:
        core = (
            "这个没有准日子，各人情况不一样，我不敢跟您打包票。",
            "时间上没有可以引用的记录，我不能随口说一个。",
            "跟您说实话，效果因人而异，我没法给您一个准数。",
        )
    ids, effect = ground.product_ids(product.sku), listed(product.efficacy)
    lines = [answer((), *core)]
    if effect:
        lines.append(
            fact(
                ids,
                f"{product.name}备案的功效是{effect}。",
                f"能跟您说准的是，{product.name}备案的功效是{effect}。",
                f"{product.name}写明的功效是{effect}。",
            )
        )
    if product.usage and manner is not Manner.BRIEF:
        use = product.usage.rstrip("。")
        lines.append(fact(ids, f"用法上，{use}。", f"平时这样用：{use}。", f"按说明来：{use}。"))
    return tuple(lines)


# ---- does it suit ------------------------------------------------------------------------------


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
            fact(ids, f"您介意的{avoided}，它没有添加。", f"它不含{avoided}。", f"{_made(ground)}没有{avoided}。")
        )
    if manner is Manner.EXPERT:
        return (*lines, *_made_of(ground, product))
    return (*lines, *_point(ground, product))


def _made_of(ground: Ground, product: Product) -> tuple[Line, ...]:
    ids = ground.product_ids(product.sku)
    made, effect = listed(product.ingredients), listed(product.efficacy)
    inside = _made(ground)
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
        lines.append(fact(ids, f"主要成分有{made}。", f"{inside}用到{made}。"))
    if product.free_of:
        free = listed(product.free_of)
        lines.append(fact(ids, f"{inside.removesuffix('里')}不含{free}。", f"没有添加{free}。"))
    return tuple(lines)


def _made(ground: Ground) -> str:
    """Say what things are made of in the words of their trade: a cream has a 配方, a coat has not."""
    return "配方里" if ground.touches_the_body else "配料里" if ground.is_eaten else "用料里"


def _point(ground: Ground, product: Product, skip: int = 0) -> tuple[Line, ...]:
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


# ---- what is in it -----------------------------------------------------------------------------


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
        more = {Manner.WARM: _point(ground, product), Manner.EXPERT: _made_of(ground, product), Manner.BRIEF: ()}
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
            answer(ids, f"{it()}主要成分有{made}。", f"{it()}里主要是{made}。", f"{it()}的{_made(ground)}有{made}。")
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
    more = _made_of(ground, product) if manner is Manner.EXPERT else _point(ground, product)
    return (core, *(() if manner is Manner.BRIEF else more))


def _is_pointed(question: str) -> bool:
    """Say whether a question wants one thing we may not know, rather than an introduction."""
    return bool(
        re.search(
            r"能不能|可不可以|会不会|(.)不\1|[不没卜](?=$|[\s,。?!啊呀])|咋|哪|啥|什么|有没有|是不是|多久|多少|几|保质期|产地|哪里产|怎么样才|吗|么？|么$",
            question,
        )
    )


# ---- how to use it -----------------------------------------------------------------------------


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


# ---- two side by side --------------------------------------------------------------------------


def compare(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Set two products side by side: what differs, and whom each suits."""
    if ground.main is None or not ground.others:
        return ()
    one, other = ground.main, ground.others[0]
    ids = ground.product_ids(one.sku, other.sku)
    whom = answer(ids, *_whom(one, other))
    choice = _choice(ground, one, other, ids)
    sides = set_side_by_side((one, other))
    asked = _asked_rows(sides, one, other, ids, ground.need.question)
    if manner is Manner.BRIEF:
        return (whom, *asked, *choice)
    more = tuple(_sheet(ground, further) for further in ground.others[1:])
    if manner is Manner.EXPERT:
        return (_sheet(ground, one), _sheet(ground, other), *more, *asked, *choice)
    differ = asked or _row(sides, "备案功效", one, other, ids)
    return (whom, *differ, _prices(one, other, ids), *more, *choice)


def _whom(one: Product, other: Product) -> tuple[str, ...]:
    mine, theirs = listed(one.suitable_for), listed(other.suitable_for)
    if mine and theirs and mine != theirs:
        return (
            f"{one.name}适合{mine}，{other.name}适合{theirs}。",
            f"{mine}看{one.name}，{theirs}看{other.name}。",
            f"简单说，{one.name}适合的是{mine}，{other.name}适合的是{theirs}。",
        )
    return (
        f"{one.name}{_gist(one)}，{other.name}{_gist(other)}。",
        f"一个是{one.name}{_gist(one)}，一个是{other.name}{_gist(other)}。",
    )


def _gist(product: Product) -> str:
    point = listed(product.selling_points, 1) or listed(product.efficacy, 2) or product.category
    return f"（{point}）"


_ASKED_ROWS = (
    ("主要成分", re.compile(r"成分|配方|含什么|里面有")),
    ("不含", re.compile(r"酒精|香精|色素|防腐剂|矿物油|硅油|不含|添加")),
)
"""What two products are compared by where the question names it; filed effects otherwise."""


def _asked_rows(
    sides: Comparison, one: Product, other: Product, ids: tuple[str, ...], question: str
) -> tuple[Line, ...]:
    asked = (label for label, words in _ASKED_ROWS if words.search(question))
    return tuple(replace(line, part=Part.ANSWER) for label in asked for line in _row(sides, label, one, other, ids))


def _row(sides: Comparison, label: str, one: Product, other: Product, ids: tuple[str, ...]) -> tuple[Line, ...]:
    """Tell how two products stand in one matter; where a record does not speak of it, that is what is said."""
    row = sides.row(label)
    if row is not None and row.differs and row.is_whole:
        return (_differing(label, one, other, ids),)
    if label != "不含":
        return ()
    if row is None:
        return (
            closing(
                "这一项两款的资料里都没写，我核对包装再回您。",
                "资料里没写到这一项，我看过包装再告诉您。",
                "这个我先去核对包装，看清楚再回您。",
            ),
        )
    if not row.differs:
        free = listed(one.free_of)
        return (fact(ids, f"这两款都不含{free}。", f"两款都没有添加{free}。", f"{free}这两款都没加。"),)
    written, silent = (one, other) if row.values[0] != UNSAID else (other, one)
    free = listed(written.free_of)
    return (
        fact(
            ids,
            f"{written.name}写明不含{free}，{silent.name}的资料里没写，我再帮您核对包装。",
            f"不含{free}的是{written.name}，{silent.name}资料没写，我核对了再告诉您。",
            f"{silent.name}的资料没写这一项，{written.name}是写明不含{free}的。",
        ),
    )


def _prices(one: Product, other: Product, ids: tuple[str, ...]) -> Line:
    sizes = [f"（{product.spec}）" if product.spec else "" for product in (one, other)]
    prices = [money(product.price_fen) for product in (one, other)]
    return fact(
        ids,
        f"价格是{one.name}{prices[0]}{sizes[0]}，{other.name}{prices[1]}{sizes[1]}。",
        f"{one.name}{sizes[0]}{prices[0]}，{other.name}{sizes[1]}{prices[1]}。",
    )


def _differing(label: str, one: Product, other: Product, ids: tuple[str, ...]) -> Line:
    if label == "主要成分":
        mine, theirs = listed(one.ingredients), listed(other.ingredients)
        return fact(
            ids,
            f"成分上，{one.name}主要是{mine}，{other.name}主要是{theirs}。",
            f"{one.name}用的是{mine}，{other.name}用的是{theirs}。",
            f"主要成分不一样：{one.name}有{mine}，{other.name}有{theirs}。",
        )
    if label == "不含":
        mine, theirs = listed(one.free_of), listed(other.free_of)
        return fact(
            ids,
            f"{one.name}不含{mine}，{other.name}不含{theirs}。",
            f"按资料，{one.name}没有添加{mine}，{other.name}没有添加{theirs}。",
            f"{one.name}写明不含{mine}，{other.name}写明不含{theirs}。",
        )
    mine, theirs = listed(one.efficacy), listed(other.efficacy)
    return fact(
        ids,
        f"备案功效上，前一款是{mine}，后一款是{theirs}。",
        f"一个侧重{mine}，一个侧重{theirs}，都是备案写明的。",
    )


def _sheet(ground: Ground, product: Product) -> Line:
    """One product in one sentence, for a reader who wants it side by side."""
    parts = [
        f"适合{listed(product.suitable_for)}" if product.suitable_for else "",
        f"主要成分{listed(product.ingredients)}" if product.ingredients else "",
        f"备案功效{listed(product.efficacy)}" if product.efficacy else "",
        f"{product.spec}，{money(product.price_fen)}" if product.spec else money(product.price_fen),
    ]
    said = "，".join(part for part in parts if part)
    return answer(ground.product_ids(product.sku), f"{product.name}：{said}。", f"{product.name}，{said}。")


def _choice(ground: Ground, one: Product, other: Product, ids: tuple[str, ...]) -> tuple[Line, ...]:
    fits = [product for product in (one, other) if ground.skin and ground.fit(product).fit is Fit.SUITS]
    if len(fits) == 1:
        best, skin = fits[0], ground.skin
        return (
            fact(
                ids,
                f"您是{skin}，我会先看{best.name}。",
                f"按您{skin}来选，{best.name}更对得上。",
                f"{skin}的话，选{best.name}就好。",
            ),
        )
    if not ground.speaks_of_skin:
        return (closing("您更看重哪一点？我帮您定一款。", "您主要什么时候用，我帮您选。", "说说您的要求，我帮您选。"),)
    return (closing("您更在意清爽还是滋润？", "您平时皮肤是什么状态，我帮您定一款。", "说说您的肤质，我帮您选。"),)


# ---- which to look at --------------------------------------------------------------------------


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
        lines += _made_of(ground, first) if manner is Manner.EXPERT else _point(ground, first, skip)
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
