"""What the guide is told, and nobody else, when a turn touches what takes care: one line each, with the article."""

from collections.abc import Iterable, Iterator

from assistant.flow.understanding.signals import EARLIER, injections_in
from assistant.shop import Customer
from assistant.turn import Hit, Noticed, Signal

ONLY_YOU = "只给您看："
_TOLD_AT_MOST = 3
_PERSONAL = (Signal.PREGNANCY, Signal.HEALTH, Signal.RELIGION, Signal.FINANCE, Signal.IDENTITY)


def noticed_around(customer: Customer | None, hits: tuple[Hit, ...]) -> tuple[Noticed, ...]:
    """Return what speaks to a model in the customer's names, tags and notes, and in the passages found."""
    around: list[tuple[str, str]] = []
    if customer is not None:
        around += [("客户昵称", customer.name), ("客户称呼", customer.address_as)]
        around += [("客户标签", tag) for tag in customer.tags]
        around += [(f"档案里的{fact.name}", fact.value) for fact in customer.facts]
    around += [(f"资料《{hit.passage.title}》", told_by(hit)) for hit in hits]
    return injections_in(around)


def without_orders(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Leave out passages that speak to a model, alone or two of a document together: they back and word nothing."""
    clean = tuple(hit for hit in hits if not injections_in([("", told_by(hit))]))
    halves = {
        hit.passage.id
        for place, one in enumerate(clean)
        for other in clean[place + 1 :]
        if one.passage.document_id == other.passage.document_id
        and (
            injections_in([("", f"{one.passage.text} {other.passage.text}")])
            or injections_in([("", f"{other.passage.text} {one.passage.text}")])
        )
        for hit in (one, other)
    }
    return tuple(hit for hit in clean if hit.passage.id not in halves)


def told_by(hit: Hit) -> str:
    """Everything of a passage that a model would read: the document's name, the headings, the words."""
    passage = hit.passage
    return "\n".join((passage.title, *passage.heading, passage.text))


def notices(noticed: Iterable[Noticed]) -> tuple[str, ...]:
    """Return the lines for the guide, the more pressing first."""
    found = tuple(noticed)
    return tuple(line for lines in (_minor(found), _sensitive(found), _orders(found)) for line in lines)


def _minor(noticed: tuple[Noticed, ...]) -> Iterator[str]:
    minor = next((one for one in noticed if one.signal is Signal.MINOR), None)
    if minor is not None:
        said = "前面说到她可能未成年" if minor.where == EARLIER else f"她说到「{minor.words}」，可能未成年"
        yield (
            f"{ONLY_YOU}{said}。这次不推优惠，也不按档案推荐，要买请家长来定"
            "（未成年人网络保护条例第二十四条、个人信息保护法第三十一条）。换了客户请说一声称呼。"
        )
    child = next((one for one in noticed if one.signal is Signal.CHILD), None)
    if child is not None:
        yield (
            f"{ONLY_YOU}说到了孩子（「{child.words}」）。不满十四周岁孩子的信息要家长同意才能记，"
            "别写进标签和档案（个人信息保护法第三十一条）。"
        )


def _sensitive(noticed: tuple[Noticed, ...]) -> Iterator[str]:
    found = [one for one in noticed if one.signal in _PERSONAL]
    if not found:
        return
    words = "".join(f"「{one.words}」" for one in found[:_TOLD_AT_MOST])
    of_body = any(one.signal in (Signal.HEALTH, Signal.PREGNANCY) for one in found)
    careful = "；草稿不作医疗承诺，拿不准请她问医生" if of_body else ""
    yield (
        f"{ONLY_YOU}{words}是敏感个人信息，只用来答这一句，别记进标签和档案"
        f"（个人信息保护法第二十八条、第二十九条）{careful}。"
    )


def _orders(noticed: tuple[Noticed, ...]) -> Iterator[str]:
    for one in [one for one in noticed if one.signal is Signal.INJECTION][:_TOLD_AT_MOST]:
        if one.where.startswith("资料"):
            yield f"{ONLY_YOU}{one.where}里有一句像是写给AI的指令「{one.words}」，这一段没有拿来用，请店长核对。"
        else:
            where = one.where or "这段话"
            yield (
                f"{ONLY_YOU}{where}里有一句像是写给AI的指令「{one.words}」，只当普通文字看，"
                "优惠、价格和发给谁都没有变，回之前请您自己看一眼。"
            )
