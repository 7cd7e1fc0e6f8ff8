"""What the record keeps of a customer: what was known and used, without name, phone, day of birth or address."""

from assistant.shop import Customer


def snapshot(customer: Customer | None) -> dict[str, str]:
    """Return the facts a draft could have used at that moment, as plain words."""
    if customer is None:
        return {}
    known = {
        "tier": customer.tier,
        "points": str(customer.points),
        "birthday_month": str(customer.birthday.month) if customer.birthday else "",
        "tags": "、".join(customer.tags),
        "consents": "、".join(purpose.value for purpose in customer.consents),
        "orders": str(customer.order_count),
        **{f"fact:{fact.name}": fact.value for fact in customer.facts},
    }
    return {name: value for name, value in known.items() if value}
