"""One fact of a true draft made wrong: every named operator, and the drafts it makes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from random import Random

from assistant.turn import Draft
from eval.guarding import figures, naming, wording
from eval.guarding.clean import Clean
from eval.guarding.figures import Change, changed_sum
from eval.guarding.spot import Spot, Sum
from eval.guarding.words import words

_PRICED = (Sum.PRICE, Sum.BILL)

FAMILIES: Mapping[str, Mapping[str, Change]] = {
    "价格": {
        "价格多一分": changed_sum(lambda fen: fen + 1, *_PRICED),
        "价格少一分": changed_sum(lambda fen: fen - 1, *_PRICED),
        "价格多一元": changed_sum(lambda fen: fen + 100, *_PRICED),
        "价格少一元": changed_sum(lambda fen: fen - 100, *_PRICED),
        "价格乘十": changed_sum(lambda fen: fen * 10, *_PRICED),
        "价格除十": changed_sum(lambda fen: fen // 10, *_PRICED),
        "价格颠倒两位": changed_sum(figures.digits_swapped, *_PRICED),
        "中文数字写错": figures.chinese_and_wrong,
        "口语写错": figures.colloquial_and_wrong,
        "全角写错": figures.wide_and_wrong,
        "约数写错": figures.about_and_wrong,
        "别款的价格": figures.price_of_another,
        "零售价当售价": figures.list_price_as_price,
        "售价当零售价": figures.price_as_list_price,
        "实付写成券前": figures.price_before_coupon,
        "券减两次": figures.coupon_taken_twice,
        "实付和省下对调": figures.exchanged_sums(Sum.BILL, Sum.SAVING, within=12),
    },
    "券面": {
        "门槛改": changed_sum(lambda fen: fen - 5000 if fen > 10000 else fen + 5000, Sum.THRESHOLD),
        "优惠额改": changed_sum(lambda fen: fen + 1000, Sum.SAVING),
        "封顶改": changed_sum(lambda fen: fen * 2, Sum.CAP),
        "还差改": changed_sum(lambda fen: fen + 1000, Sum.GAP),
        "赠品价值改": changed_sum(lambda fen: fen + 5000, Sum.WORTH),
        "门槛和优惠额对调": figures.exchanged_sums(Sum.THRESHOLD, Sum.SAVING, within=3),
        "折扣改": figures.fold_changed,
        "折扣写成中文改": figures.fold_in_chinese,
        "折扣当减免比例": figures.fold_as_saving,
        "优惠写成几成": figures.percent_off,
        "限用次数改": figures.limit_changed,
        "叠加规则反了": naming.coupon_terms_turned,
        "漏掉用券条件": naming.coupon_condition_dropped,
        "用券限制反了": wording.turned("用券限制反了"),
    },
    "日期": {
        "日期差一天": figures.day_changed,
        "日期差一月": figures.month_changed,
        "日期差一年": figures.year_changed,
        "期限换成口头说法": figures.window_told_loosely,
        "期限说成长期": figures.window_opened,
        "盘点时刻改": figures.reading_moved,
        "旧盘点说成刚查": figures.reading_refreshed,
    },
    "时限": {
        "政策时限改": figures.term_changed,
        "政策时限换单位": figures.term_unit_changed,
        "政策时限当见效": figures.term_as_effect,
        "使用时间改": figures.usage_time_changed,
    },
    "数量": {
        "件数改": figures.pieces_changed,
        "规格数字改": figures.spec_changed,
        "规格单位改": figures.spec_unit_changed,
        "别款的规格": figures.spec_of_another,
        "用量改": figures.dose_changed,
        "用法时机改": figures.often_changed,
        "编造用法": wording.usage_added,
        "积分数改": figures.points_changed,
        "SPF改": figures.sun_level_changed,
        "PA改": figures.sun_grade_changed,
        "备案号改": figures.registration_changed,
        "编造库存数": figures.stock_counted,
        "编造销量口碑": figures.sold_told,
    },
    "名称": {
        "换成手边别款": naming.product_at_hand,
        "换成没查的款": naming.product_unknown,
        "编造产品": naming.product_invented,
        "两款对调": naming.products_exchanged,
        "前后款对调": naming.places_exchanged,
        "换成手边别的券": naming.coupon_at_hand,
        "换成别店的券": naming.coupon_of_another_store,
        "换成过期的券": naming.coupon_out_of_time,
        "编造券": naming.coupon_invented,
        "多许一张券": naming.coupon_added,
    },
    "对比": {
        "贵的说成便宜": naming.dearer_as_cheaper,
        "差价说反": naming.difference_turned,
    },
    "赠品": {
        "编造赠品": naming.gift_added,
        "赠品数量改": naming.gift_counted,
        "赠品说成正装": naming.gift_enlarged,
        "赠品换掉": naming.gift_swapped,
        "别的券的赠品": naming.gift_of_another_coupon,
        "买一送一": naming.one_for_nothing,
    },
    "功效": {
        "功效添加": wording.effect_added,
        "功效换掉": wording.effect_swapped,
        "功效并列": wording.effect_listed,
        "功效白话": wording.effect_in_plain_words,
        "困扰当功效": wording.worry_as_effect,
        "编造实测": wording.effect_measured,
    },
    "成分": {
        "成分添加": wording.ingredient_added,
        "成分换掉": wording.ingredient_swapped,
        "编造成分": wording.ingredient_praised,
        "不含多写": wording.free_of_added,
        "编造不含": wording.free_of_praised,
        "不含说成含": wording.turned("不含说成含"),
        "含说成不含": wording.turned("含说成不含"),
    },
    "适用": {
        "不适合说成适合": wording.turned("不适合说成适合"),
        "适合说成不适合": wording.turned("适合说成不适合"),
        "适用肤质换掉": wording.skin_swapped,
        "适用肤质添加": wording.skin_added,
        "适用说成所有": wording.skin_widened,
        "她的肤质换掉": wording.her_skin_swapped,
        "注意事项反了": wording.turned("注意事项反了"),
        "特殊人群放行": wording.group_let_in,
    },
    "库存": {
        "没货说成有货": wording.turned("没货说成有货"),
        "有货说成没货": wording.turned("有货说成没货"),
        "答应留货": wording.kept_for_her,
        "编造到货": wording.coming_in,
        "别店有货": wording.stock_of_another_store,
    },
    "承诺": {name: wording.promised(name) for name in words().promised},
    "政策": {
        "政策金额改": figures.policy_sum,
        "政策不能说成能": wording.turned("政策不能说成能", rule=True),
        "政策能说成不能": wording.turned("政策能说成不能", rule=True),
        "漏掉政策条件": wording.rule_condition_dropped,
        "政策范围换掉": wording.rule_scope_changed,
        "会员等级换掉": naming.tier_changed,
        "出处换掉": naming.source_swapped,
        "版本改": naming.version_changed,
    },
    "门店": {
        "门店换掉": naming.store_swapped,
        "编造门店": naming.store_invented,
        "地址改": naming.address_changed,
        "编造营业时间": naming.hours_added,
    },
}
"""Every operator by what it changes. The names are shown in the report."""

OPERATORS: Mapping[str, Change] = dict(chain.from_iterable(family.items() for family in FAMILIES.values()))


@dataclass(frozen=True)
class Mutant:
    """A clean draft with one fact made wrong, in sentence ``place``."""

    operator: str
    clean: Clean
    place: int
    after: str

    @property
    def before(self) -> str:
        """The sentence as it was true."""
        return self.clean.draft.sentences[self.place].text

    @property
    def draft(self) -> Draft:
        """The whole draft with the wrong sentence in it."""
        sentences = self.clean.draft.sentences
        wrong = sentences[self.place].model_copy(update={"text": self.after})
        return self.clean.draft.model_copy(
            update={"sentences": (*sentences[: self.place], wrong, *sentences[self.place + 1 :])}
        )

    @property
    def wrong_pieces(self) -> tuple[str, ...]:
        """What now stands there and did not before, piece by piece as a guard may cut."""
        true = {_core(piece) for piece in _PIECE.findall(self.before)}
        return tuple(core for piece in _PIECE.findall(self.after) if (core := _core(piece)) and core not in true)

    def is_shown_in(self, text: str) -> bool:
        """Say whether anything wrong is still among these words."""
        return any(piece in text for piece in self.wrong_pieces)

    @property
    def is_sound(self) -> bool:
        """True where a piece has become wrong that cannot be taken for a true one of the same draft."""
        return bool(self.wrong_pieces) and not self.is_shown_in(self.clean.draft.text)


_PIECE = re.compile(r"[^。！？!?；\n]+")
_LEAD = re.compile(
    r"^[\s」』”）)～~]*(?:(?:所以说?|而且|并且|另外|同时|此外|因此|那么|不过|但是|但|还有|再加上|其次|然后|于是)[，,：:]?\s*)?(?:它们?|此款|该款|该产品|这款)?"
)


def _core(piece: str) -> str:
    """A piece without what a guard may mend when it cuts beside it: a connective or a pronoun in front, the end mark."""
    return _LEAD.sub("", piece, count=1).rstrip("，,、：: 」』”～~")


def mutants(clean: Clean, seed: int = 20261122) -> Iterator[Mutant]:
    """Every operator's mutant of one draft, at most one each; the same draft always gives the same ones.

    A promise can be added to nearly every draft: a third of the drafts tells as much of those.
    """
    for name, change in OPERATORS.items():
        chance = Random(f"{seed}|{name}|{clean.draft.text}")
        if name in FAMILIES["承诺"] and chance.randrange(3):
            continue
        for place in chance.sample(range(len(clean.draft.sentences)), len(clean.draft.sentences)):
            spot = Spot(clean, place)
            after = change(spot, chance)
            if after is None or after == spot.text:
                continue
            mutant = Mutant(name, clean, place, after)
            if mutant.is_sound:
                yield mutant
                break
