"""Where selling ends: somebody is ill, or wants to be told when it works. No product is pushed and no effect promised."""

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import Line, answer, closing, fact
from assistant.flow.words.wording import listed
from assistant.shop import Manner, Product


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
