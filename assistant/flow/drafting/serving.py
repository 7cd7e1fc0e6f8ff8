"""What to say when somebody wants service: stock, the shop's rules, a complaint. Nothing is sold here."""

import re

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import Line, answer, closing, fact, opening
from assistant.flow.finding.quoting import Quote
from assistant.flow.finding.stocking import is_stale
from assistant.flow.understanding.grievance import asks_for_damages, harms
from assistant.flow.understanding.intents import opts_out
from assistant.flow.words.wording import quoted, reading_time
from assistant.flow.words.writing import fold
from assistant.shop import Manner, Product, Stock

PURCHASE_WORDS = ("退", "换", "质量", "坏", "破", "漏", "保价", "差价", "拆")
"""Questions whose answer depends on when and where something was bought."""

HARM_TOPICS = ("过敏", "不适", "停用", "不舒服", "停止", "就医", "受伤", "断电", "120")
HANDLING_TOPICS = ("处理", "客服", "联系", "就诊", "退货", "登记")

# ---- stock -------------------------------------------------------------------------------------


def stock(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Say whether this store has it, with the time of the reading; if not, who does. The count stays with the guide."""
    product = ground.main
    here = ground.own_stock(product.sku) if product is not None else None
    if product is None or here is None:
        return ()
    if here.quantity > 0:
        rules, moment = ground.brief.desk.shop.rules, ground.brief.moment
        look = _look_again() if is_stale(here, moment, rules.stock_good_for_hours) else _come_by(manner)
        return (_in_stock(ground, product, here, manner), *look)
    return _sold_out(ground, product, here)


def _in_stock(ground: Ground, product: Product, here: Stock, manner: Manner) -> Line:
    when, name = reading_time(here.read_at, ground.brief.moment), product.name
    ids = ground.stock_ids(product.sku, here.store_id)
    if manner is Manner.BRIEF:
        return answer(
            ids,
            f"{name}店里目前有货（{when}的库存）。",
            f"有货，{name}（{when}查的）。",
            f"{name}有现货，{when}的记录。",
        )
    return answer(
        ids,
        f"{name}店里目前有货，这是{when}的库存记录。",
        f"查了一下，{name}有货，按{when}的库存。",
        f"有的，{name}我们店{when}盘点时有货。",
    )


def _look_again() -> tuple[Line, ...]:
    """Promise a look at the shelf where the count is older than the shop relies on."""
    return (
        closing(
            "这个记录有一阵子了，我先去货架核对一眼再回您。",
            "盘点有些日子了，我去看一眼实物再跟您确认。",
            "库存记录不是最新的，我先帮您核对一下再定。",
        ),
    )


def _come_by(manner: Manner) -> tuple[Line, ...]:
    if manner is Manner.BRIEF:
        return ()
    return (
        closing(
            "您大概什么时候过来？出门前跟我说一声，我再帮您看一眼。",
            "您要的话先告诉我数量，过来前我再核对一遍。",
            "方便的话说个时间，我提前帮您确认。",
        ),
    )


def _sold_out(ground: Ground, product: Product, here: Stock) -> tuple[Line, ...]:
    when, name = reading_time(here.read_at, ground.brief.moment), product.name
    ids = ground.stock_ids(product.sku, here.store_id)
    none = answer(
        ids,
        f"{name}我们店暂时没货了（{when}的库存）。",
        f"不好意思，{name}店里{when}的记录是没货。",
        f"{name}目前店里缺货，按{when}的库存。",
    )
    there = ground.other_stock(product.sku)
    if not there:
        end = closing(
            "到货情况我跟店长问一下再告诉您。", "什么时候补货我去问问，再回您。", "我先去问补货时间，问到了跟您说。"
        )
        return (none, end)
    other = there[0]
    store = ground.brief.desk.shop.stores[other.store_id]
    where = f"（{store.address}）" if store.address else ""
    seen = reading_time(other.read_at, ground.brief.moment)
    leaned = (*ground.stock_ids(product.sku, other.store_id), *ground.store_ids(other.store_id))
    elsewhere = answer(
        leaned,
        f"{store.name}{where}还有，{seen}的库存记录。",
        f"可以去{store.name}{where}，那边{seen}显示有货。",
        f"{store.name}{where}{seen}查到有货。",
    )
    return (none, elsewhere, closing("要我先跟那边同事确认一下吗？", "需要的话我联系那边问一声。", "您看方便去吗？"))


# ---- the shop's rules --------------------------------------------------------------------------


def policy(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Answer from the policy that fits, word for word, naming it and its version; nothing where there is none."""
    if opts_out(ground.need.question):
        return _no_more_of_it(manner)
    quote = ground.policy_quote()
    if quote is None:
        return ()
    ids = ground.quote_ids()
    said = quote.briefly if manner is Manner.BRIEF and len(quote.lead) > 30 else quote.statements
    words, name, exact = quoted(said), quote.name, quote.source
    core = {
        Manner.WARM: (
            f"帮您查了，店里的{name}是这么写的：{words}",
            f"这个有规定的，{name}里写着：{words}",
            f"我对着{name}跟您说：{words}",
        ),
        Manner.EXPERT: (f"按{exact}，{words}", f"依据{exact}：{words}", f"{exact}的规定是：{words}"),
        Manner.BRIEF: (f"按{name}，{words}", f"{name}写的是：{words}", f"{name}：{words}"),
    }[manner]
    return (answer(ids, *core), *_policy_close(ground, manner))


def _no_more_of_it(manner: Manner) -> tuple[Line, ...]:
    """Somebody wants no more advertising: it stops, nothing is asked back and nothing sold (广告法 Art. 43)."""
    core = {
        Manner.WARM: (
            "不好意思打扰到您了，我这就停，不再给您发这类消息。",
            "抱歉让您烦心了，推广消息我马上停掉，不再发了。",
            "真对不起打扰您了，这类消息从现在起不再给您发。",
        ),
        Manner.EXPERT: (
            "已经记下您的意思，推广消息停止发送，不再打扰您。",
            "收到，这边给您登记退订，营销类消息不再发送。",
            "好的，按您的意思停发推广消息。",
        ),
        Manner.BRIEF: ("好的，这就停，不再给您发了。", "抱歉打扰，不再发了。", "收到，已停，不再打扰您。"),
    }[manner]
    later = closing("您有需要的时候再找我就好。", "有事随时找我，平时不打扰您。", "售后上的事您照样可以找我。")
    return (answer((), *core), *(() if manner is Manner.BRIEF else (later,)))


def _policy_close(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    if manner is Manner.BRIEF:
        return ()
    if not any(word in ground.need.question for word in PURCHASE_WORDS):
        return (closing("有不清楚的地方我再给您细讲。", "还有想问的，您接着说。", "您看这样说清楚了吗？"),)
    if manner is Manner.EXPERT:
        return (
            closing(
                "您是门店买的还是线上下的单？两种情况办法不一样，我对着您的单子再看。",
                "方便把购买时间和渠道告诉我，我按您的情况核对。",
                "您说下是哪天、在哪儿买的，我帮您对照。",
            ),
        )
    return (
        closing(
            "您这边具体是什么情况，跟我说说，我帮您看怎么办。",
            "您告诉我什么时候买的，我帮您看看符不符合。",
            "您把购买的时间和渠道说下，我对一对。",
        ),
    )


# ---- a complaint -------------------------------------------------------------------------------


def complaint(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Care first: stop, rinse, see a doctor if it goes on; then what the shop does about it. No product is praised."""
    troubled = harms(fold(ground.need.question))
    if asks_for_damages(fold(ground.need.question)) or _WANTS_A_SAY.search(ground.need.question):
        return (*(_first_aid(ground, manner)[1:3] if troubled else ()), *_to_the_manager(manner))
    care = _first_aid(ground, manner) if troubled else _sorry(manner)
    return (*care, *_handling(ground, manner, troubled), *_ask_for_details(ground, manner, troubled))


_WANTS_A_SAY = re.compile("说法")


def _to_the_manager(manner: Manner) -> tuple[Line, ...]:
    """Damages are not a guide's to promise or to refuse; that somebody with a say calls back is."""
    if manner is Manner.BRIEF:
        return (
            answer(
                (),
                "您的要求我记下了，这就报给店长，请店长来联系您。",
                "这事我马上报给店长，由店长跟您谈。",
                "我做不了主，这就请店长来跟您联系。",
            ),
        )
    return (
        opening("您的心情我理解，换成是我也着急。", "实在抱歉让您遇上这种事。", "您别急，这事我不会推。"),
        answer(
            (),
            "您提的要求我一字不差地报给店长，这不是我能答应的，由店长来跟您谈。",
            "赔付我做不了主，不能随口应您，我现在就报给店长，请店长直接联系您。",
            "我先把情况和您的要求报给店长，由店长给您答复，不让您自己去找人。",
        ),
        closing(
            "就诊的病历和票据麻烦您先收好，到时候用得上。",
            "买的小票、看病的单据您先留着，处理的时候要看。",
            "方便的话，单据先拍照留一份。",
        ),
    )


def _skin_care(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    it = ground.main.name if ground.main is not None else "这个产品"
    ids = ground.product_ids(ground.main.sku) if ground.main is not None else ()
    if manner is Manner.BRIEF:
        return (
            answer(
                ids,
                f"先停用{it}，用清水洗净；一直不缓解请尽快去医院看看。",
                f"请先别再用{it}，清水冲洗干净，不见好就去看医生。",
                f"{it}先停一停，清水冲净，要是加重请及时就医。",
                told=("就医", "医院"),
            ),
        )
    return (
        opening(
            "听您这么说我很着急，先照顾好皮肤要紧。", "真不好意思让您难受了，先别慌。", "您受罪了，咱们先把皮肤安顿好。"
        ),
        answer(
            ids,
            f"{it}您先停用，用清水把脸冲洗干净，这几天别再叠其他护肤品。",
            f"请先停用{it}，拿清水轻轻洗净，暂时也别上别的产品。",
            f"现在先把{it}停了，清水冲一冲，不要揉搓，护肤先从简。",
            told=("清水",),
        ),
        answer(
            (),
            "要是一直不缓解或者加重，请尽快去医院皮肤科看看，听医生的。",
            "如果症状没退，别拖，去医院让医生看一下。",
            "过一阵还不见好，请及时就医，以医生的判断为准。",
            told=("医院", "就医", "医生"),
        ),
    )


def _first_aid(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Say what to do first where somebody was harmed: rinse only what was put on the skin, stop and keep the rest.

    What the shop's own paper says for the case comes behind it, word for word; no guide judges an injury.
    """
    if ground.touches_the_body:
        return _skin_care(ground, manner)
    it = ground.main.name if ground.main is not None else "这件东西"
    ids = ground.product_ids(ground.main.sku) if ground.main is not None else ()
    use, keep = ("吃", "剩下的和包装") if ground.is_eaten else ("用", "东西和小票")
    if manner is Manner.BRIEF:
        return (
            answer(
                ids,
                f"让您受罪了，{it}请马上停{use}，{keep}留着别扔；不舒服请尽快就医。",
                f"真对不起，先别再{use}{it}了，{keep}留好；人不舒服请先去看医生。",
                f"先顾人要紧，{it}停{use}，{keep}先留着，不见好请尽快去医院。",
                told=("就医", "医院", "医生"),
            ),
        )
    return (
        opening(
            "听您这么说我很着急，人要紧。",
            "您别慌，先看看人怎么样。",
            "咱们先顾人，别的往后放。",
        ),
        answer(
            ids,
            f"让您受罪了，请马上停{use}{it}，先别再{use}，{keep}留着别扔。",
            f"真对不起，{it}先不要再{use}了，{keep}请留好。",
            f"让您难受了，请停止{'食用' if ground.is_eaten else '使用'}{it}，{keep}麻烦您留着。",
        ),
        answer(
            (),
            "疼得厉害、肿起来或者不见好的，请尽快就医，听医生的。",
            "有伤或者不舒服没缓过来，别拖，请去医院让医生看一下。",
            "情况重的请马上就医，以医生的判断为准。",
            told=("医院", "就医", "医生"),
        ),
    )


def _sorry(manner: Manner) -> tuple[Line, ...]:
    if manner is Manner.BRIEF:
        return (
            answer((), "抱歉给您添麻烦了，这件事我来跟进。", "不好意思，这事我负责跟到底。", "很抱歉，我来帮您处理。"),
        )
    return (
        answer(
            (),
            "实在抱歉，让您碰上这样的事，换谁都会不高兴。",
            "真对不起，给您添麻烦了，这事我来跟进。",
            "很抱歉让您有这样的体验，我先跟您把情况弄清楚。",
            told=("抱歉", "不好意思", "道个歉", "对不起"),
        ),
    )


_ASKS = re.compile(
    "吗|多久|多长|多少|几(?:天|小时|个)|谁|哪|要不要|需不需要|算不算|是否|([能可会])(?:以)?不\\1|怎么(?:验|办理|登记|算)"
)
"""She asks about a rule beside her trouble (发红了拆封还能退吗). 这什么质量 and 怎么搞的 ask nothing."""


def _handling(ground: Ground, manner: Manner, troubled: bool) -> tuple[Line, ...]:
    asked = ground.policy_quote(at_most=1) if _ASKS.search(ground.need.question) else None
    if asked is not None:
        return (*_what_was_asked(ground, asked), *(() if manner is Manner.BRIEF else _reported()))
    topics = (*HARM_TOPICS, *HANDLING_TOPICS) if troubled else HANDLING_TOPICS
    quote = ground.policy_quote(topics, at_most=1) if manner is not Manner.BRIEF else None
    if quote is not None and troubled and not any(word in f"{quote.name}{quote.statements}" for word in HARM_TOPICS):
        # a rule about something else is no help to a sore face
        quote = None
    if quote is None:
        return (
            fact(
                (),
                "情况我会如实报给店长，处理办法问清楚了再跟您说。",
                "我这就报给店长，怎么处理问准了再回您。",
                "我把情况记下来报给店长，有结果再告诉您。",
            ),
        )
    name = quote.name
    words = quoted(quote.statements)
    lead = "后面的处理" if troubled else "处理办法"
    return (
        answer(
            ground.passage_ids(quote),
            f"{lead}按{name}来：{words}",
            f"{lead}有章可循，{name}写明：{words}",
            f"{name}里写明，{lead}是这样：{words}",
        ),
        *(_reported() if troubled and not ground.touches_the_body else ()),
    )


def _reported() -> tuple[Line, ...]:
    return (
        answer(
            (),
            "我现在就报给店长，由店长联系您。",
            "这事我马上报店长，店长会跟您联系。",
            "店长那边我这就去报，让店长联系您。",
            told=("店长",),
        ),
    )


def _what_was_asked(ground: Ground, quote: Quote) -> tuple[Line, ...]:
    words, name = quoted(quote.statements), quote.name
    return (
        answer(
            ground.passage_ids(quote),
            f"您问的这一点，{name}里写着：{words}",
            f"这个店里有规定，{name}写明：{words}",
            f"我查了{name}，是这么写的：{words}",
        ),
    )


def _ask_for_details(ground: Ground, manner: Manner, troubled: bool) -> tuple[Line, ...]:
    if troubled and not ground.touches_the_body:
        return (
            closing(
                "方便的话拍张照片给我，说下是什么时候的事。",
                "您把现在的情况拍给我看看，我一并报上去。",
                "麻烦发张照片，说下哪天开始的。",
            ),
        )
    if troubled:
        return (
            closing(
                "方便的话拍张照片给我，再说说用了几天。",
                "您把现在的样子拍给我看看，再告诉我怎么用的。",
                "麻烦发张照片，说下哪天开始的。",
            ),
        )
    return (
        closing(
            "方便的话把照片和购买时间发我。", "您拍张照片、说下是哪天买的，我去核对。", "麻烦把单子和照片发我看看。"
        ),
    )
