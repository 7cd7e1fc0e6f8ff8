"""Who a guide may write to today, and why. Consent and opt-out are read at the moment of use (广告法 Art. 43)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from assistant.clock import SHOP_TIME
from assistant.shop import Customer, Purpose
from assistant.turn import TaskGoal
from knowledge.noun import Labelled, Noun

BIRTHDAY_AHEAD_DAYS = 7
CARE_AFTER_DAYS = (7, 14)


class ContactReason(Labelled):
    """Why today; in the order in which a guide should see them."""

    TASK = "task", "任务"
    BIRTHDAY = "birthday", "生日将近"
    CARE = "care", "购买后回访"
    LAPSED = "lapsed", "许久未到店"


class OpenTask(Noun):
    """A customer's open item of a running task; ``ends_on`` is its last Shanghai day."""

    goal: TaskGoal
    ends_on: date


class Contact(Noun):
    """One customer worth a message today; ``detail`` says why in words a guide reads. ``task`` is set for a task's."""

    customer_id: str
    name: str
    reason: ContactReason
    detail: str
    days: int
    """To the birthday or the task's last day, or since the last purchase: the smaller is the more pressing."""
    task: TaskGoal | None = None


def due_contacts(
    customers: tuple[Customer, ...],
    moment: datetime,
    lapsed_after_days: int,
    tasks: Mapping[str, OpenTask] | None = None,
) -> tuple[Contact, ...]:
    """List whom to contact, tasks first, then birthdays; customers without marketing consent are left out.

    ``tasks`` are open items by customer id.
    """
    given = tasks or {}
    today = moment.astimezone(SHOP_TIME).date()
    found = [
        contact
        for customer in customers
        if Purpose.MARKETING in customer.consents
        for contact in [
            _task(customer, given.get(customer.customer_id), today)
            or _birthday(customer, today)
            or _care(customer, today)
            or _lapsed(customer, today, lapsed_after_days)
        ]
        if contact is not None
    ]
    order = list(ContactReason)
    return tuple(sorted(found, key=lambda contact: (order.index(contact.reason), contact.days, contact.customer_id)))


def days_to_birthday(birthday: date, today: date) -> int:
    """Count the days to the next birthday, 0 on the day; 29 February is kept on the 28th in common years."""

    def in_year(year: int) -> date:
        try:
            return birthday.replace(year=year)
        except ValueError:
            return date(year, 2, 28)

    this_year = in_year(today.year)
    upcoming = this_year if this_year >= today else in_year(today.year + 1)
    return (upcoming - today).days


def last_bought(customer: Customer) -> date | None:
    """Return the day of the newest purchase, in Shanghai."""
    moments = [purchase.bought_at for purchase in customer.purchases]
    return max(moments).astimezone(SHOP_TIME).date() if moments else None


def _task(customer: Customer, found: OpenTask | None, today: date) -> Contact | None:
    if found is None:
        return None
    days = (found.ends_on - today).days
    ends = "今天截止" if days <= 0 else "明天截止" if days == 1 else f"{found.ends_on.month}月{found.ends_on.day}日截止"
    made = _contact(customer, ContactReason.TASK, f"{found.goal.title}，{ends}", days)
    return made.model_copy(update={"task": found.goal})


def _birthday(customer: Customer, today: date) -> Contact | None:
    if customer.birthday is None:
        return None
    days = days_to_birthday(customer.birthday, today)
    if days > BIRTHDAY_AHEAD_DAYS:
        return None
    on = f"{customer.birthday.month}月{customer.birthday.day}日"
    when = "今天生日" if days == 0 else f"{days}天后生日（{on}）"
    return _contact(customer, ContactReason.BIRTHDAY, when, days)


def _care(customer: Customer, today: date) -> Contact | None:
    day = last_bought(customer)
    if day is None or not timedelta(CARE_AFTER_DAYS[0]) <= today - day <= timedelta(CARE_AFTER_DAYS[1]):
        return None
    days = (today - day).days
    newest = max(customer.purchases, key=lambda purchase: purchase.bought_at)
    detail = f"{days}天前买了{newest.product_name}，可以问问用得怎么样"
    return _contact(customer, ContactReason.CARE, detail, days)


def _lapsed(customer: Customer, today: date, lapsed_after_days: int) -> Contact | None:
    day = last_bought(customer)
    if day is None or (today - day).days <= lapsed_after_days:
        return None
    days = (today - day).days
    detail = f"上次购买是{day.year}年{day.month}月{day.day}日，已有{days}天没来"
    return _contact(customer, ContactReason.LAPSED, detail, days)


def _contact(customer: Customer, reason: ContactReason, detail: str, days: int) -> Contact:
    return Contact(customer_id=customer.customer_id, name=customer.name, reason=reason, detail=detail, days=days)
