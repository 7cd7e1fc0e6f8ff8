"""What the coupon rules may know about a customer, and nothing more."""

from knowledge.noun import Noun


class Standing(Noun):
    """The only facts about a customer that may decide which coupon she gets.

    个人信息保护法 Art. 24(1) and 互联网信息服务算法推荐管理规定 Art. 21 forbid prices and offers that depend on
    spending power, loyalty, device or inferred willingness to pay. So the rules see the published tier,
    whether she is new (no order yet), the month of her birthday and the tags a coupon names, and have no
    field for what she spent, how often she came or what she paid last time: two customers who differ only
    in those get the same offer by construction.

    ``tiers`` are the shop's tiers from low to high. ``is_new_customer`` None and nothing else set means that
    nobody is known yet: ``Standing()``.
    """

    tier: str = ""
    tiers: tuple[str, ...] = ()
    is_new_customer: bool | None = None
    birthday_month: int | None = None
    tags: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Say whether any customer stands behind this."""
        return bool(self.tier or self.tags) or self.is_new_customer is not None or self.birthday_month is not None
