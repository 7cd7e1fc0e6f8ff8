"""What to say about money: prices, coupons with all their conditions, a worry about the price, closing, group posts."""

from dataclasses import replace

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import Line, Part, answer, closing, fact, opening
from assistant.flow.finding.offering import asks_for_a_fancied_coupon, names_coupon, speaks_of_coupons
from assistant.flow.finding.quoting import Quote
from assistant.flow.understanding.grievance import gives_notice
from assistant.flow.words.wording import listed, money, quoted, with_conditions
from assistant.flow.words.writing import fold
from assistant.shop import Manner, Scene
from assistant.turn import CouponRule, Intent, Offer

TOLD_COUPONS = 2
_HESITATING = ("考虑", "再看看", "想想", "不着急", "下次", "等")


# ---- price and coupons -------------------------------------------------------------------------


def price(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Tell the price of what is meant, then what a coupon makes of it."""
    if ground.main is None:
        return ()
    asked = Intent.COUPON in ground.need.also
    offer = ground.brief.offer
    if asked and offer is not None and not offer.applied:
        return (_tag(ground, manner), *(replace(one, part=Part.BESIDES) for one in _no_coupon(ground)))
    told = deal(ground, manner) or _with_shipping(ground)
    return (_tag(ground, manner), *(_as_answer(told) if asked else told), *_price_close(manner))


def coupon(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Answer which coupon can be used: the chosen one, or an honest none with the nearest one's distance."""
    offer = ground.brief.offer
    if offer is None:
        return ()
    no_such = _no_such_coupon(ground, manner)
    if not offer.lines:
        return (*no_such, *_coupons_to_have(ground, manner))
    if offer.applied:
        # what is to pay means nothing before it is said for what
        return (*no_such, _tag(ground, manner), *_as_answer(deal(ground, manner)), *_price_close(manner))
    # a sum was asked about: what the goods come to stands before that no coupon lessens it
    return (*no_such, *_unless_excluded(ground, manner), *(_asked_by_name(ground) or _no_coupon(ground)))


def _unless_excluded(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    offer, product = ground.brief.offer, ground.main
    told_below = product is not None and product.coupon_excluded
    several = offer is not None and _pieces(offer) > 1
    return (_tag(ground, manner),) if product is not None and (several or not told_below) else ()


def _asked_by_name(ground: Ground) -> tuple[Line, ...]:
    """Say why the very coupon that was asked about does not count: 「双十一满200减50」11月12日已结束."""
    offer = ground.brief.offer
    question = ground.need.question
    named = [one for one in ground.brief.desk.shop.coupons if names_coupon(question, one)]
    # 社群满199减20 is not 彩妆满199减20, though the figures are the same
    asked = max(named, key=lambda one: sum(character in question for character in one.name), default=None)
    left_out = () if offer is None or asked is None else offer.alternatives
    one = next((one for one in left_out if asked is not None and one.coupon_id == asked.coupon_id), None)
    ids = ground.coupon_ids(one.coupon_id) if one is not None else ()
    if one is None or not ids or one.rule is CouponRule.THRESHOLD:
        return ()
    why = one.distance.replace(" ", "")
    told = answer(
        ids,
        f"「{one.name}」{why}，这单用不上。",
        f"您说的「{one.name}」这单用不了：{why}。",
        f"「{one.name}」现在用不上，{why}。",
    )
    return (told, *_no_coupon(ground)[1:])


def _no_such_coupon(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Say plainly that what was asked for by name does not exist, so that silence is not taken for a promise."""
    if not asks_for_a_fancied_coupon(ground.need.question, ground.brief.desk.shop.coupons):
        return ()
    if manner is Manner.BRIEF:
        return (answer((), "您说的这种店里没有。", "这种券我们没有。", "没有您说的这种券。"),)
    return (
        answer(
            (),
            "您说的这种券店里没有，我不能给您发，只能按系统里有的来。",
            "跟您说清楚，您提到的那种优惠我们店没有，没法给您申请。",
            "我查了系统，没有您说的这种优惠，就不跟您含糊了。",
        ),
    )


def deal(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Say which coupons this order gets, each with every condition, and what is then to pay: in one sentence.

    Of several coupons the sum comes first: behind all their conditions nobody would find it.
    """
    offer = ground.brief.offer
    if offer is None or not offer.applied:
        return ()
    used = with_conditions(offer)
    if len(offer.applied) > 1 and offer.saving_fen:
        wordings = tuple(f"{paid}，{by}※。" for paid, by in zip(_paid(offer, manner), _BY[manner], strict=True))
    else:
        leads = _GROUP_LEADS if ground.is_group else _LEADS[manner]
        ends = (f"，{paid}" if paid else "" for paid in _paid(offer, manner))
        wordings = tuple(f"{lead}{end}。" for lead, end in zip(leads, ends, strict=True))
    return (Line(Part.DEAL, wordings, ground.offer_ids(), aside=used),)


_BY = {
    Manner.WARM: ("用的是", "用到的券是", "能用的有", "用上了"),
    Manner.EXPERT: ("适用", "使用的是", "适用的有", "用到"),
    Manner.BRIEF: ("用", "用的是", "可用", "券是"),
}
"""Before the coupons, where the sum was said first."""


_LEADS = {
    Manner.WARM: ("这单可以帮您用上※", "优惠也帮您看好了，能用※", "您这单用得上※", "跟您说个好消息，这单能用※"),
    Manner.EXPERT: ("本单适用※", "优惠方面，可使用※", "这一单符合条件的有※", "按现行活动，可用※"),
    Manner.BRIEF: ("可用※", "能用※", "有※可用", "这单能用※"),
}
_GROUP_LEADS = ("符合条件的朋友可以用※", "到店可用※", "买单时可用※", "现在可以用※")


def _paid(offer: Offer, manner: Manner) -> tuple[str, ...]:
    """Return the end of the sentence: what is to pay and what that saves; nothing where only a gift comes on top."""
    if not offer.saving_fen:
        return ("",) * 4
    pay, saved = money(offer.pay_fen), money(offer.saving_fen)
    goods = f"{_pieces(offer)}件合计" if _pieces(offer) > 1 else ""
    shipping = f"（含运费{money(offer.shipping_fen)}）" if offer.shipping_fen else ""
    return {
        Manner.WARM: (
            f"用完券{goods}实付{pay}{shipping}，省{saved}",
            f"这样{goods}付{pay}{shipping}就行，省{saved}",
            f"算下来{goods}实付{pay}{shipping}，省了{saved}",
            f"{goods}到手{pay}{shipping}，比不用券省{saved}",
        ),
        Manner.EXPERT: (
            f"券后{goods}实付{pay}{shipping}，共省{saved}",
            f"用券后{goods}实付{pay}{shipping}，省{saved}",
            f"核算下来{goods}实付{pay}{shipping}，优惠{saved}",
            f"{goods}实付{pay}{shipping}，合计省{saved}",
        ),
        Manner.BRIEF: (
            f"{goods}券后{pay}{shipping}，省{saved}",
            f"{goods}实付{pay}{shipping}，省{saved}",
            f"{goods}用券后付{pay}{shipping}，少付{saved}",
            f"{goods}付{pay}{shipping}，省{saved}",
        ),
    }[manner]


def _pieces(offer: Offer) -> int:
    return sum(line.quantity for line in offer.lines)


def _tag(ground: Ground, manner: Manner) -> Line:
    offer = ground.brief.offer
    if offer is not None and _pieces(offer) > 1:
        goods = "、".join(
            f"{line.name}{money(line.unit_fen)}{f'×{line.quantity}' if line.quantity > 1 else ''}"
            for line in offer.lines
        )
        total = money(offer.total_fen - offer.shipping_fen)
        ids = (*ground.offer_ids()[:1], *ground.product_ids(*(line.sku for line in offer.lines)))
        names = tuple(line.name for line in offer.lines)
        return answer(
            ids, f"{goods}，一共{total}。", f"{goods}，加起来是{total}。", f"这样合计{total}：{goods}。", told=names
        )
    product = ground.main
    if product is None:
        raise ValueError("a price needs a product")
    tag, name = money(product.price_fen), product.name
    spec = f"（{product.spec}）" if product.spec else ""
    suggested = ""
    if manner is Manner.EXPERT and product.list_price_fen and product.list_price_fen > product.price_fen:
        suggested = f"，厂商建议零售价是{money(product.list_price_fen)}"
    return answer(
        ground.product_ids(product.sku),
        f"{name}{spec}现在是{tag}{suggested}。",
        f"{name}{spec}店里卖{tag}{suggested}。",
        f"{name}的价格是{tag}{spec}{suggested}。",
        told=(name,),
    )


def _with_shipping(ground: Ground) -> tuple[Line, ...]:
    """Say what it comes to by post, where no coupon told the sum already."""
    offer = ground.brief.offer
    if offer is None or not offer.lines or not offer.shipping_fen:
        return ()
    fee, total = money(offer.shipping_fen), money(offer.pay_fen)
    return (
        answer(
            ground.offer_ids()[:1],
            f"寄到家另收运费{fee}，连运费一共{total}。",
            f"加上运费{fee}，一共{total}。",
            f"运费{fee}，合计{total}。",
        ),
    )


def _price_close(manner: Manner) -> tuple[Line, ...]:
    if manner is not Manner.WARM:
        return ()
    return (closing("您要几件，我按件数再帮您算一遍。", "您看合适吗？", "有想一起带的也告诉我，我合在一起算。"),)


def _as_answer(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(replace(line, part=Part.ANSWER) for line in lines)


def _coupons_to_have(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Nothing chosen yet: which coupons this customer may have, each with its conditions."""
    near = ground.near_coupons()[: 1 if manner is Manner.BRIEF else TOLD_COUPONS]
    if not near:
        return (answer((), *NO_COUPON_NOW),)
    held = "，还有".join(f"「{one.name}」（{ground.terms_of(one.coupon_id)}）" for one in near)
    ids = tuple(name for one in near for name in ground.coupon_ids(one.coupon_id))
    mine = ("现在您能用的有※。", "目前您可以用※。", "我查了，您现在可用的是※。")
    anybodys = ("现在店里有※。", "目前能用的有※。", "这会儿可用的是※。")
    ask = closing(
        "您想看哪款，我按款帮您算券后价。", "告诉我您要的款，我把实付算给您。", "您先选，选好我帮您算最后付多少。"
    )
    return (Line(Part.ANSWER, mine if ground.customer is not None else anybodys, ids, aside=held), ask)


NO_COUPON_NOW = (
    "跟您确认过了，目前没有可用的券。",
    "我查了一下，这会儿没有可用的券。",
    "目前没有可用的券，有新的我再跟您说。",
)


def _no_coupon(ground: Ground) -> tuple[Line, ...]:
    """Say honestly that there is none for this order, and what the nearest one is short of."""
    product = ground.main
    offer = ground.brief.offer
    left_out = [] if offer is None else [one for one in offer.alternatives if one.rule is CouponRule.EXCLUSION]
    if product is not None and product.coupon_excluded and left_out:
        ids = (*ground.product_ids(product.sku), *ground.coupon_ids(left_out[0].coupon_id))
        name, tag = product.name, money(product.price_fen)
        return (
            answer(
                ids,
                f"{name}不参加优惠活动，目前没有可用的券，价格是{tag}。",
                f"跟您说明一下，{name}不参加用券，现在是{tag}。",
                f"这款用不了券，{name}不参加优惠，{tag}。",
            ),
        )
    coupons = {one.coupon_id: one for one in ground.brief.desk.shop.coupons}
    # the one asked about before the nearest
    near = sorted(ground.near_coupons(), key=lambda one: not names_coupon(ground.need.question, coupons[one.coupon_id]))
    none = answer(ids_of_bill(ground), *NO_COUPON_NOW)
    if not near:
        return (none,)
    one = near[0]
    distance = one.distance.replace(" ", "")
    return (
        none,
        Line(
            Part.FACT,
            (f"还有一张※，{distance}。", f"另外有※，{distance}。", f"想用※的话，{distance}。"),
            ground.coupon_ids(one.coupon_id),
            aside=f"「{one.name}」（{ground.terms_of(one.coupon_id)}）",
        ),
    )


def ids_of_bill(ground: Ground) -> tuple[str, ...]:
    """Return the id of the bill alone."""
    return ground.offer_ids()[:1]


# ---- a worry -----------------------------------------------------------------------------------


def objection(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Acknowledge, say what it is worth, then a lawful offer or a smaller size. Nobody else's goods are judged."""
    asked = ground.need.question
    if ground.main is None and not deal(ground, manner):
        return (_acknowledge(ground, asked, manner), _ask_which_goods(asked, manner))
    lines = [_acknowledge(ground, asked, manner), *_worth(ground, manner), *deal(ground, manner)]
    offer = ground.brief.offer
    if (offer is None or not offer.applied) and ground.smaller is None and manner is not Manner.BRIEF:
        lines += [replace(one, part=Part.FACT) for one in _no_coupon(ground)[1:]]
    lines += _smaller_size(ground)
    if manner is Manner.WARM:
        lines.append(
            closing("您慢慢考虑，不着急。", "您先看着，有想问的随时找我。", "合不合适您说了算，我帮您把信息理清楚。")
        )
    return tuple(lines)


def _ask_which_goods(asked: str, manner: Manner) -> Line:
    """A worry about goods nobody named yet is met by asking which: what they are worth can be told only then."""
    if any(word in asked for word in _HESITATING):
        return {
            Manner.WARM: answer(
                (),
                "是哪一点还没拿定主意？跟我说说，我帮您参谋参谋～",
                "您在哪几款之间犹豫呀？发我看看，我帮您理一理～",
            ),
            Manner.EXPERT: answer(
                (),
                "请问您主要在考虑规格、用法，还是价格？我针对这一点给您整理。",
                "您把在看的款式发我，我把规格和用法列出来，您对照着想。",
            ),
            Manner.BRIEF: answer((), "主要是哪一点还没放心？", "在看哪几款？我帮您比。"),
        }[manner]
    return {
        Manner.WARM: answer(
            (),
            "您看中的是哪一款呀？告诉我，我把规格和用法给您说清楚，合适再买～",
            "您说的是哪一款？发我看看，我把它的资料一条条跟您讲明白～",
            "您心里比较的是哪几款？跟我说说，我照着您的预算帮您理一理～",
        ),
        Manner.EXPERT: answer(
            (),
            "请问您说的是哪一款？我把规格、用法和价格列出来，您对照着看。",
            "您告诉我是哪一款，我按规格和用量给您说清楚。",
            "您在看哪一款、预算大概多少？我照着给您整理。",
        ),
        Manner.BRIEF: answer((), "您看的是哪一款？", "您指的是哪款呢？", "哪款、预算多少？我来理。"),
    }[manner]


def _acknowledge(ground: Ground, asked: str, manner: Manner) -> Line:
    if any(word in asked for word in ("别家", "网上", "别的店", "直播", "代购", "比你们便宜")):
        return opening(
            "您多比比是应该的，各渠道活动不一样，我把店里的情况跟您说清楚。",
            "明白，买东西比一比很正常，我只跟您说我们店的实际情况。",
            "理解，价格您可以多看看，店里这边是这样的。",
        )
    if any(word in asked for word in _HESITATING):
        return opening("没问题，您慢慢考虑。", "好的，不急着定。", "应该的，想清楚再买。")
    if any(word in asked for word in ("没效果", "没用", "有用吗", "管用", "怕不")):
        return opening(
            "您有这个顾虑很正常，我把资料上写明的跟您说说。",
            f"理解您的担心，{'护肤要' if ground.speaks_of_skin else '这个要'}看个人情况，我只说有记录的。",
            "这个顾虑我明白，先看看它写明的内容。",
        )
    return {
        Manner.WARM: opening(
            "理解您的想法，价格确实要掂量一下。", "明白，谁买东西都想花得值。", "您的顾虑我懂，钱要花在合适的地方。"
        ),
        Manner.EXPERT: opening(
            "理解您对价格的考虑。", "您关注价格很合理，我把内容摊开说。", "价格这一点，我跟您具体说说。"
        ),
        Manner.BRIEF: opening("理解您的考虑。", "明白您的意思。", "懂您的顾虑。"),
    }[manner]


def _worth(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    product = ground.main
    if product is None:
        return ()
    ids, name = ground.product_ids(product.sku), product.name
    points = "，".join(product.selling_points[: 1 if manner is Manner.BRIEF else 2])
    if manner is Manner.EXPERT and product.ingredients:
        made = listed(product.ingredients)
        spec = f"{product.spec}，" if product.spec else ""
        filed = "备案功效" if ground.touches_the_body else "功效"
        inside = "配方里是" if ground.touches_the_body else "用到的是"
        effect = f"，{filed}{listed(product.efficacy)}" if product.efficacy else ""
        return (
            answer(
                ids,
                f"{name}是{spec}主要成分有{made}{effect}。",
                f"{name}{spec}用的是{made}{effect}。",
                f"这款{name}，{spec}{inside}{made}{effect}。",
            ),
        )
    if not points:
        return (answer(ids, f"{name}是{money(product.price_fen)}。", f"{name}店里是{money(product.price_fen)}。"),)
    if manner is Manner.BRIEF:
        return (
            answer(
                ids,
                f"{name}的特点是{points}。",
                f"说说{name}：{points}。",
                f"{name}，{points}，您看是不是您要的。",
                f"{name}这点您参考：{points}。",
            ),
        )
    return (
        answer(
            ids,
            f"{name}的特点是{points}，这个价您可以放在一起看。",
            f"说说{name}，它的特点是{points}，您看是不是您要的。",
            f"{name}的好处是{points}，合不合适，结合您自己的情况来定。",
            f"您看重的要是{points}，{name}可以留着考虑。",
        ),
    )


def _smaller_size(ground: Ground) -> tuple[Line, ...]:
    small = ground.smaller
    if small is None:
        return ()
    spec = f"（{small.spec}）" if small.spec else ""
    tag = money(small.price_fen)
    return (
        fact(
            ground.product_ids(small.sku),
            f"想先试试的话，有{small.name}{spec}，{tag}。",
            f"也可以先从{small.name}{spec}用起，{tag}。",
            f"不想一次买大的，{small.name}{spec}是{tag}。",
        ),
    )


# ---- closing and group -------------------------------------------------------------------------


def close_sale(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Help a customer who is about to decide: what it comes to, and the easy next step."""
    if ground.main is None:
        return ()
    step = {
        Manner.WARM: answer(
            (),
            "您要是定了，跟我说一声，我来安排。",
            "看中了告诉我数量，我帮您下单。",
            "合适的话回我一句，我这边帮您弄好。",
        ),
        Manner.EXPERT: answer(
            (),
            "确认的话，请告诉我数量和取货方式。",
            "需要的话，回复我数量，我来开单。",
            "您确认款式和数量，我就帮您登记。",
        ),
        Manner.BRIEF: answer((), "要的话告诉我数量。", "定了回我一声。", "需要几件？我来开单。"),
    }[manner]
    tag = _tag(ground, manner)
    return (replace(tag, part=Part.FACT), *deal(ground, manner), step)


def _group_notice(ground: Ground, quote: Quote, manner: Manner) -> tuple[Line, ...]:
    """Tell a group how something is done: the rule itself, with its name; nothing is sold."""
    store = ground.brief.desk.store.name
    hello = opening("大家好，跟各位说一下。", f"{store}的朋友们好，统一说明一下。", "各位好，说个常问到的事。")
    words = quoted(quote.briefly if manner is Manner.BRIEF else quote.statements)
    core = answer(ground.quote_ids(), f"{quote.name}里写明：{words}", f"按{quote.name}，{words}")
    end = closing("有特殊情况的私聊我，我单独帮您看。", "不清楚的在群里问我就行。", "具体的可以私信我。")
    return (hello, core, end)


def group_post(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Write to a group: nobody by name, nothing personal, a product's own points and open coupons only."""
    product = ground.main
    store = ground.brief.desk.store.name
    notice = gives_notice(fold(ground.need.question)) and not speaks_of_coupons(ground.need)
    quote = ground.policy_quote() if (product is None or notice) and not speaks_of_coupons(ground.need) else None
    if quote is not None:
        return _group_notice(ground, quote, manner)
    if notice:
        # a notice is told from the rules or not at all: an advert in its place answers nobody
        return ()
    hello = opening(
        f"大家好，{store}跟各位分享一款店里的产品。" if manner is Manner.EXPERT else "来跟大家聊聊店里的一款产品。",
        f"{store}的朋友们好，今天说说这款。",
        "跟群里的朋友说个事儿。",
    )
    end = closing(
        f"想了解的可以私聊我，按您的{'肤质' if ground.speaks_of_skin else '情况'}单独说。",
        "有问题直接在群里问，我看到就回。",
        "需要的朋友私信我就行。",
    )
    if product is None:
        lines = _coupons_to_have(ground, manner) if speaks_of_coupons(ground.need) or ground.near_coupons() else ()
        return (hello, *lines[:-1], end) if len(lines) > 1 else ()
    ids, name, suit = ground.product_ids(product.sku), product.name, listed(product.suitable_for)
    spec = f"（{product.spec}）" if product.spec else ""
    fits = f"，适合{suit}" if suit else ""
    core = answer(
        ids,
        f"{name}{spec}{fits}，店里{money(product.price_fen)}。",
        f"这款是{name}{spec}，{money(product.price_fen)}{fits}。",
        f"{name}{fits}，{money(product.price_fen)}{spec}。",
    )
    points = "，".join(product.selling_points[:2])
    more = (
        (
            fact(
                ids,
                f"它的特点是{points}。",
                f"特点是{points}。",
                f"说说特点：{points}。",
                told=product.selling_points[:2],
            ),
        )
        if points
        else ()
    )
    # a group that came to learn is not sold to, unless that was asked for
    sells = ground.need.scene is not Scene.GROUP_CONTENT or speaks_of_coupons(ground.need)
    told = deal(ground, manner) if sells else ()
    return (hello, core, *(() if manner is Manner.BRIEF else more), *told, end)


def asked_besides(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Answer price and coupons that were asked beside something else."""
    need = ground.need
    wants_price = need.intent is not Intent.PRICE and Intent.PRICE in need.also
    # beside a price, the price's own answer tells of coupons
    wants_coupon = need.intent not in (Intent.COUPON, Intent.PRICE) and Intent.COUPON in need.also
    lines: list[Line] = []
    if wants_price and ground.main is not None:
        lines.append(_tag(ground, manner))
    if wants_coupon:
        lines += [line for line in coupon(ground, manner) if line.part is not Part.CLOSE]
    elif wants_price:
        lines += deal(ground, manner)
    return tuple(lines)
