"""What to say when nothing was asked: a greeting, a birthday, a word after a purchase, a word after a long silence."""

from dataclasses import replace

from assistant.clock import SHOP_TIME
from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import Line, Part, answer, closing, fact
from assistant.flow.words.wording import listed
from assistant.outreach.contacts import days_to_birthday
from assistant.shop import Coupon, Manner
from assistant.turn import CouponRule, Intent

BIRTHDAY_NEAR_DAYS = 31


def greeting(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Say hello and open a door; nothing is offered."""
    guide, store = ground.brief.desk.guide.name, ground.brief.desk.store.name
    of_skin = ground.speaks_of_skin
    hello = {
        Manner.WARM: (
            f"我是{store}的{guide}，很高兴认识您。",
            f"我是{guide}，在{store}上班，{'护肤上的事' if of_skin else '有想问的'}都可以找我。",
            f"{store}{guide}给您问个好。",
        ),
        Manner.EXPERT: (
            f"我是{store}的{guide}，可以帮您{'做护肤搭配' if of_skin else '挑选和搭配'}。",
            f"这里是{store}，我是{guide}。",
            f"我是{guide}，{store}的{'美容顾问' if of_skin else '导购'}。",
        ),
        Manner.BRIEF: (f"我是{store}的{guide}。", f"{store}{guide}，为您服务。", f"我是{guide}，有事您说。"),
    }[manner]
    skin = ("最近皮肤状态怎么样？",) if ground.speaks_of_skin else ()
    ask = closing("您今天想了解哪方面？", "有什么能帮到您的？", *skin, "想看点什么，跟我说就行。")
    return (answer(ground.store_ids(), *hello), ask)


def birthday(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Wish well; the birthday coupon only where she agreed to marketing. The day itself is never written."""
    known = ground.known_customer
    near = known.birthday if known is not None else None
    today = ground.brief.moment.astimezone(SHOP_TIME).date()
    days = days_to_birthday(near, today) if near is not None else None
    if days is not None and 0 < days <= BIRTHDAY_NEAR_DAYS:
        wishes = {
            Manner.WARM: (
                "您的生日快到了，先跟您说声生日快乐，愿您天天舒心。",
                "过几天就是您的好日子，提前祝您生日快乐，事事顺意。",
                "记着您生日近了，祝您生日快乐，吃好睡好心情好。",
            ),
            Manner.EXPERT: ("您的生日将近，提前祝您生日快乐、一切顺意。", "生日快到了，祝您生日快乐。"),
            Manner.BRIEF: (
                "提前祝您生日快乐，愿您天天开心。",
                "生日快到啦，祝您快乐顺心。",
                "预祝生日快乐，万事顺意。",
            ),
        }
    else:
        wishes = {
            Manner.WARM: (
                "祝您生日快乐，愿您新的一岁平安喜乐。",
                "生日快乐，愿您常有好心情、好气色。",
                "今天是好日子，祝您生日快乐，万事顺心。",
            ),
            Manner.EXPERT: ("祝您生日快乐，愿新的一岁从容自在。", "生日快乐，感谢您一直以来的信任。"),
            Manner.BRIEF: ("生日快乐，愿您天天开心。", "祝您生日快乐，顺顺利利。", "生日快乐呀，万事顺意。"),
        }
    offered = (*_birthday_gift(ground), *_new_thing(ground))
    return (
        answer(ground.customer_ids() if days is not None else (), *wishes[manner]),
        *offered,
        *(replace(one, beside=(Part.DEAL, Part.FACT)) for one in _way_out() if offered),
    )


def _birthday_gift(ground: Ground) -> tuple[Line, ...]:
    if not ground.may_market or ground.known_customer is None or ground.brief.offer is None:
        return ()
    coupons = {one.coupon_id: one for one in ground.brief.desk.shop.coupons}
    within_reach = [one.coupon_id for one in ground.brief.offer.applied]
    within_reach += [one.coupon_id for one in ground.near_coupons()]
    mine = [coupons[name] for name in within_reach if name in coupons and coupons[name].audience.birthday_month]
    return (_gift_line(ground, mine[0]),) if mine else ()


def _gift_line(ground: Ground, coupon: Coupon) -> Line:
    return Line(
        Part.DEAL,
        ("生日月里有张※给您。", "这个月您可以用※。", "店里给生日的会员备了※。"),
        ground.coupon_ids(coupon.coupon_id),
        aside=f"「{coupon.name}」（{ground.terms_of(coupon.coupon_id)}）",
    )


def _new_thing(ground: Ground) -> tuple[Line, ...]:
    """Name a product the guide asked to mention; a wish alone stays a wish."""
    product = ground.main
    meant = product is not None and (product.sku in ground.need.skus or Intent.RECOMMEND in ground.need.also)
    if product is None or not meant or not ground.may_market:
        return ()
    suit = listed(product.suitable_for)
    fits = f"，适合{suit}" if suit else ""
    return (
        fact(
            ground.product_ids(product.sku),
            f"顺便跟您说一声，{product.name}{fits}，{'有空来试试质地' if ground.speaks_of_skin else '有空来店里看看'}。",
            f"另外{product.name}也可以了解一下{fits}，您得空来看看。",
            f"想给自己添点什么的话，可以看看{product.name}{fits}。",
        ),
    )


def care(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Ask how the last purchase does, with its own usage or caution; a plain word where nothing may be used."""
    last = ground.last_purchase
    if last is None:
        if not ground.speaks_of_skin:
            plain = answer(
                (), "好一阵没联系您了，最近都好吗？", "最近换季，您多留意冷暖。", "这阵子忙不忙，一切都好吧？"
            )
            return (plain, closing("有什么想问的随时找我。", "有拿不准的，跟我说就行。", "需要搭配建议您说一声。"))
        plain = answer(
            (),
            "最近换季，皮肤感觉怎么样？",
            "这阵子皮肤还舒服吗？",
            "好一阵没联系您了，最近都好吗？",
        )
        return (plain, closing("有什么想问的随时找我。", "护肤上有拿不准的，跟我说就行。", "需要搭配建议您说一声。"))
    name, ids = last.product_name, ground.customer_ids()
    ask = {
        Manner.WARM: (
            f"上次您带走的{name}，用着还习惯吗？",
            f"想问问您，{name}这阵子用得怎么样？",
            f"{name}用了一段时间了，皮肤感觉还好吗？"
            if ground.speaks_of_skin
            else f"{name}买回去有一阵了，您还满意吗？",
        ),
        Manner.EXPERT: (
            f"来做个回访：{name}目前使用感受如何？",
            f"想了解一下您使用{name}的情况。",
            f"{name}使用中有没有遇到问题？",
        ),
        Manner.BRIEF: (f"{name}用得还好吗？", f"{name}还习惯吗？", f"问问您，{name}用着怎么样？"),
    }[manner]
    return (answer(ids, *ask), *_reminder(ground, last.sku, manner), *_stay(manner))


def _reminder(ground: Ground, sku: str, manner: Manner) -> tuple[Line, ...]:
    product = next((one for one in ground.brief.products if one.sku == sku), None)
    if product is None or manner is Manner.BRIEF:
        return ()
    ids = ground.product_ids(sku)
    if product.usage:
        said = product.usage.rstrip("。")
        if ground.is_eaten:
            return (fact(ids, f"吃法再跟您说一遍：{said}。", f"记得：{said}。", f"平时{said}就好。"),)
        return (fact(ids, f"用法再跟您说一遍：{said}。", f"记得这样用：{said}。", f"平时{said}就好。"),)
    return ()


def _stay(manner: Manner) -> tuple[Line, ...]:
    if manner is Manner.EXPERT:
        return (
            closing("如有不适请先停用并告诉我。", "有任何不舒服，先停一停，跟我说。", "哪里用得不顺，我帮您调整用法。"),
        )
    return (closing("有不舒服的地方跟我说，我帮您看看。", "哪里不清楚直接问我。", "您有空回我一句就好。"),)


def reactivation(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Write again after a long silence, without reproach; only to somebody who agreed to hear from the shop."""
    if not ground.may_market:
        return ()
    last = ground.last_purchase
    if last is not None:
        if not ground.speaks_of_skin:
            hello = answer(
                ground.customer_ids(),
                f"好久没见您了，之前的{last.product_name}您还满意吗？",
                f"有段日子没联系，想起您之前买过{last.product_name}，最近都好吗？",
                f"最近还好吗？上回的{last.product_name}怎么样，一直想问问您。",
            )
            return (hello, *_open_coupon(ground), *_new_thing(ground), *_way_out())
        hello = answer(
            ground.customer_ids(),
            f"好久没见您了，之前那瓶{last.product_name}应该用得差不多了吧？"
            if last.product_name.endswith(("乳", "水", "液", "露"))
            else f"好久没见您了，之前的{last.product_name}还在用吗？",
            f"有段日子没联系，想起您之前买过{last.product_name}，最近皮肤状态还好吗？",
            f"最近还好吗？上回的{last.product_name}用下来怎么样，一直想问问您。",
        )
    else:
        hello = answer(
            (), "好久没见您了，最近还好吗？", "有段日子没联系了，想问问您近况。", "最近忙不忙？好久没和您聊了。"
        )
    return (hello, *_open_coupon(ground), *_new_thing(ground), *_way_out())


_JUST_HELLO = {
    Manner.WARM: (
        "好一阵没联系您了，最近都好吗？有空来店里坐坐。",
        "这阵子忙不忙？想起您了，来问候一声，路过就来店里歇歇。",
        "最近还好吗？好久没跟您聊了，您得空过来坐坐。",
    ),
    Manner.EXPERT: (
        "有段时间没联系您了，来做个回访，您最近有什么想了解的，我帮您查清楚。",
        "来跟您问个好，之前买的用着有什么问题，随时告诉我。",
        "做个例行回访，您这边有需要的话，我按店里的资料给您说明。",
    ),
    Manner.BRIEF: ("好久没联系您了，最近都好吗？", "来问候您一声，最近还好吗？", "有阵子没见您了，一切都好吧？"),
}
"""Where a task has nothing to offer this customer, no news is promised."""


def of_task(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Write for a task from headquarters: a word of greeting, its coupon where she may have it, and the way out."""
    if not ground.may_market:
        return ()
    deal = _open_coupon(ground)
    if not deal:
        return (answer((), *_JUST_HELLO[manner]), *_new_thing(ground), *_way_out())
    hello = {
        Manner.WARM: (
            "最近还好吗？店里有点好消息，想着跟您说一声。",
            "好久没跟您打招呼了，店里最近有新安排，跟您说说。",
            "这阵子忙不忙？店里最近的活动，我先跟您说一声。",
        ),
        Manner.EXPERT: (
            "店里最近的活动，跟您同步一下。",
            "近期店里有新的安排，跟您说明一下。",
            "有一项店里的活动，想请您了解。",
        ),
        Manner.BRIEF: ("店里最近有活动，跟您说一声。", "跟您说个店里的活动。", "店里有新活动，您看看。"),
    }[manner]
    return (
        answer((), *hello),
        *deal,
        *_new_thing(ground),
        closing("您方便的时候来店里坐坐。", "有想了解的，直接问我就行。", "您有空回我一句就好。"),
        *_way_out(),
    )


def _open_coupon(ground: Ground) -> tuple[Line, ...]:
    offer = ground.brief.offer
    if offer is None:
        return ()
    near = [one for one in offer.alternatives if one.rule is CouponRule.THRESHOLD]
    if not near and not offer.applied:
        return ()
    if offer.applied:
        coupon_id, name = offer.applied[0].coupon_id, offer.applied[0].name
    else:
        coupon_id, name = near[0].coupon_id, near[0].name
    wordings = ("现在有张※您用得上。", "店里最近有※可以用。", "您现在可以用※。")
    if offer.lines and not offer.applied:
        # what is spoken of does not reach the sum: it is not hers to use yet
        wordings = ("店里最近有※，买够了就能用。", "现在有张※，够了门槛就能用。", "店里有※，凑够了可以用。")
    return (
        Line(Part.DEAL, wordings, ground.coupon_ids(coupon_id), aside=f"「{name}」（{ground.terms_of(coupon_id)}）"),
    )


def _way_out() -> tuple[Line, ...]:
    """Tell how to hear no more: every marketing message carries a way to refuse (广告法 Art. 43)."""
    return (
        Line(
            Part.DUTY,
            (
                "不想收到这类消息，回我一声就不再打扰。",
                "要是觉得打扰，跟我说一声我就不发了。",
                "不需要这类消息的话，告诉我一声就好。",
            ),
        ),
    )
