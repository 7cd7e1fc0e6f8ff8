"""The same figures twice: from the full records and from the narrow rows beside them, for whoever wants to be sure."""

from dataclasses import dataclass
from datetime import date

from assistant.clock import SHOP_TIME, Clock
from assistant.scoring.counting import EVERY_COUPON, CouponSteps, Figures, differing, summed
from assistant.scoring.rates import Rate, percentile
from assistant.store.console import figures
from assistant.store.console.figures import Span
from assistant.store.database import Database
from assistant.turn import RefusalReason

FIRST_DAY = date(2020, 1, 1)
"""Before any turn there can be."""


@dataclass(frozen=True)
class Recounting:
    """One corp's figures, worked out anew."""

    database: Database
    corp_id: str
    clock: Clock

    def from_records(self, since: date | None, until: date | None) -> Figures:
        """Count the full records of these Shanghai days, both included; all there are where none are named.

        Turns whose words were cleared are not among them.
        """
        with self.database.read() as tx:
            return figures.from_records(tx, self.corp_id, self._span(since, until))

    def differences(self, since: date | None, until: date | None, records: Figures) -> tuple[str, ...]:
        """What the console's rows say otherwise, in words; nothing when both agree."""
        with self.database.read() as tx:
            return differing(records, figures.from_rows(tx, self.corp_id, self._span(since, until)))

    def skipped(self, since: date | None, until: date | None) -> int:
        """How many turns of these days lost their words, so that neither side counts them."""
        with self.database.read() as tx:
            return figures.skipped(tx, self.corp_id, self._span(since, until))

    def _span(self, since: date | None, until: date | None) -> Span:
        return Span(since or FIRST_DAY, until or self.clock().astimezone(SHOP_TIME).date())


def in_words(found: Figures) -> tuple[str, ...]:
    """The figures as lines to be printed; every number with what it is of."""
    whole = summed(found.cells.values())
    half, most = percentile(found.waits, 0.5), percentile(found.waits, 0.95)
    coupons = found.coupons.get(EVERY_COUPON, CouponSteps())
    reasons = "，".join(
        f"{RefusalReason(one).label if one else '没说原因'} {times}"
        for one, times in sorted(found.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    edits = whole.mean_edit_characters
    return (
        f"对话 {whole.turns} 轮，给出草稿 {whole.drafted} 轮",
        f"采用 {whole.accepted}，改后采用 {whole.edited}，不采用 {whole.refused}，没有反馈 {whole.silent}",
        f"采用率 {_share(whole.adoption)}",
        f"改稿比例 {_share(whole.editing)}"
        + (f"，每次改 {edits:.1f} 个字，占全文 {whole.mean_edit_share:.0%}" if edits is not None else ""),
        f"不采用的原因：{reasons or '没有'}",
        f"等第一条草稿：一半不超过 {half} 毫秒，95% 不超过 {most} 毫秒" if found.waits else "等第一条草稿：没有数据",
        f"整轮拦下 {whole.held} 轮，删过或拦过 {whole.guarded} 轮，共 {whole.cut_claims} 处",
        f"资料答上率 {_share(whole.coverage)}",
        f"券：推荐 {coupons.suggested} 轮，发给客户 {coupons.sent}，发放 {coupons.granted}，核销 {coupons.redeemed}；"
        f"订单 {coupons.orders} 笔，实付 {coupons.order_fen / 100:.2f} 元，优惠 {coupons.saved_fen / 100:.2f} 元",
        f"用到话术 {len(found.scripts)} 条，用到优惠券 {len(found.coupons) - (EVERY_COUPON in found.coupons)} 张",
    )


def _share(rate: Rate) -> str:
    interval = rate.interval
    if interval is None:
        return "没有数据"
    return f"{rate.hits / rate.of:.1%}（{rate.hits} / {rate.of}，95% 区间 {interval.low:.1%}–{interval.high:.1%}）"
