"""Whether drafts come nearer to what a guide sends once her own way of writing is learned, and no fact moves with it.

Guides with invented habits rework drafts that the product really wrote. Of two thirds of them her style card is learned;
on the last third the distance between what she was shown and what she sent is measured with the card and without.
The habits are written down here a second time, by other means than the product's, so that one mistake cannot hide another.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import fmean
from tempfile import TemporaryDirectory

from rapidfuzz.distance import Levenshtein

from assistant.flow.answer import answer
from assistant.flow.brief import Brief
from assistant.flow.desk import Inquiry
from assistant.flow.drafting.draft import Drafted
from assistant.flow.drafting.masking import Mask
from assistant.flow.guard.check import check
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.voice.learning import REMEMBERED, Edit, Pick, harmless, learn, stays_neutral
from assistant.flow.voice.speaking import in_her_order, speak
from assistant.flow.words.wording import length
from assistant.service import Service
from assistant.shop import Manner, StyleCard
from assistant.turn import Draft, Intent, Message
from eval.replaying.house import SAMPLE_CORP, sample_house
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP

MOMENT = datetime.fromisoformat(SAMPLE_DAY)
GUIDE = "linxiaoyun"
SEED = 20261122
RESAMPLED = 2000
HELD_OUT = 3
"""One turn in so many is only measured on, never learned from."""
STEADY = 0.9
"""How often a guide keeps to a habit of hers."""


@dataclass(frozen=True)
class Turn:
    """One question as the product answered it: everything the drafts stand on, and those that may be shown, plain."""

    brief: Brief
    drafts: tuple[Draft, ...]

    @property
    def address(self) -> str:
        """How the customer is called by her record; empty where nobody was named."""
        customer = self.brief.customer
        return "" if customer is None else customer.address_as or customer.name

    @property
    def is_neutral(self) -> bool:
        """True for complaints and group posts, which nobody's habits touch."""
        return stays_neutral(self.brief.need)


@dataclass(frozen=True)
class Guide:
    """An invented guide: which draft she likes, and what she does to it. ``has_style`` is what the measure must show."""

    name: str
    rework: Callable[["Sheet", Random], None]
    manner: Manner | None = None
    has_style: bool = True


_IN_BRACKETS = re.compile(r"(「.*?」|《.*?》|（.*?）+|“.*?”)")


@dataclass
class Sheet:
    """A draft under her hands: sentences, and whom it is for."""

    sentences: list[str]
    address: str
    ending: str = ""

    def take_head(self) -> None:
        """Take name and greeting off the first sentence."""
        named, greeted = f"{self.address}，?(?:您好呀?，)?", "您好呀?，"
        self.sentences[0] = re.sub(f"^(?:{named if self.address else greeted})", "", self.sentences[0])

    def ends(self, mark: str, new: str, *, only_last: bool = False) -> None:
        """Write another mark at the end of sentences."""
        for place in range(len(self.sentences)):
            if self.sentences[place].endswith(mark) and (not only_last or place == len(self.sentences) - 1):
                self.sentences[place] = self.sentences[place][: -len(mark)] + new

    def words(self, old: str, new: str) -> None:
        """Use another word, but not inside brackets, where rules and names stand."""
        for place, sentence in enumerate(self.sentences):
            pieces = _IN_BRACKETS.split(sentence)
            self.sentences[place] = "".join(
                piece if number % 2 else piece.replace(old, new) for number, piece in enumerate(pieces)
            )

    @property
    def text(self) -> str:
        """What she sends."""
        return ("".join(self.sentences) + self.ending).strip()


# ---- the guides --------------------------------------------------------------------------------


def _keeps(chance: Random) -> bool:
    return chance.random() < STEADY


def _sister(sheet: Sheet, chance: Random) -> None:
    """林姐～ for every woman, and ～ everywhere."""
    woman = re.fullmatch(r"(.{1,2}?)(?:女士|小姐|太太|姐)", sheet.address)
    if sheet.address and _keeps(chance) and sheet.sentences[0].startswith(sheet.address):
        sheet.take_head()
        sheet.sentences[0] = (f"{woman[1]}姐" if woman else sheet.address) + "～" + sheet.sentences[0]
    if _keeps(chance):
        sheet.ends("。", "～")


def _hearty(sheet: Sheet, chance: Random) -> None:
    """亲爱的 before the name, a picture and a friendly word at the end."""
    if sheet.address and _keeps(chance) and sheet.sentences[0].startswith(sheet.address):
        sheet.take_head()
        sheet.sentences[0] = f"亲爱的{sheet.address}，{sheet.sentences[0]}"
    if _keeps(chance):
        sheet.ending += "有需要随时叫我哈～"
    if _keeps(chance):
        sheet.ending += chance.choice("😊😊🌹")


def _brisk(sheet: Sheet, chance: Random) -> None:
    """No greeting, no mark at the end."""
    if _keeps(chance):
        sheet.take_head()
    if _keeps(chance):
        sheet.ends("。", "", only_last=True)


def _familiar(sheet: Sheet, chance: Random) -> None:
    """你 for 您, 咱们 for 我们."""
    if _keeps(chance):
        sheet.words("您", "你")
        sheet.words("我们", "咱们")


def _formal(sheet: Sheet, chance: Random) -> None:
    """X，您好！ and plain marks, no pictures."""
    if _keeps(chance):
        sheet.take_head()
        sheet.sentences[0] = (f"{sheet.address}，您好！" if sheet.address else "您好！") + sheet.sentences[0]
    if _keeps(chance):
        sheet.ends("～", "。")
        for picture in "🌿🌱🎁🎂":
            sheet.words(picture, "")


def _soft(sheet: Sheet, chance: Random) -> None:
    """The last sentence ends softly, then WeChat's rose."""
    if _keeps(chance):
        sheet.ends("。", "哦～", only_last=True)
    if _keeps(chance):
        sheet.ending += "[玫瑰]"


def _by_lines(sheet: Sheet, chance: Random) -> None:
    """Every sentence on a line of its own."""
    if _keeps(chance):
        for place in range(len(sheet.sentences) - 1):
            sheet.sentences[place] = sheet.sentences[place].rstrip() + "\n"


def _hello(sheet: Sheet, chance: Random) -> None:
    """哈喽 to everybody, also where the draft begins at once, and a leaf behind the first sentence."""
    if _keeps(chance):
        sheet.take_head()
        sheet.sentences[0] = f"哈喽{sheet.address}，{sheet.sentences[0]}"
    if _keeps(chance) and len(sheet.sentences) > 1:
        sheet.sentences[0] += "🌿"


def _none(sheet: Sheet, chance: Random) -> None:
    """Only what is said changes, never how."""


def _moody(sheet: Sheet, chance: Random) -> None:
    """Something else every day, nothing of it usually."""
    if chance.random() < 0.35:
        sheet.ends("。", chance.choice(("～", "！", "哦。")), only_last=chance.random() < 0.5)
    if chance.random() < 0.35:
        sheet.ending += chance.choice(("有事叫我", "辛苦啦", "么么哒～"))
    if chance.random() < 0.35:
        sheet.ending += chance.choice("😊🌹🥰😄")
    if chance.random() < 0.35:
        sheet.take_head()
        sheet.sentences[0] = chance.choice(("嗨，", "在的～", "")) + sheet.sentences[0]
    if chance.random() < 0.35:
        sheet.words("您", "你")


GUIDES = (
    Guide("姐～", _sister),
    Guide("亲爱的＋表情＋结尾", _hearty),
    Guide("简短不寒暄", _brisk, Manner.BRIEF),
    Guide("你和咱们", _familiar),
    Guide("正式", _formal, Manner.EXPERT),
    Guide("哦～[玫瑰]", _soft),
    Guide("一句一行", _by_lines),
    Guide("哈喽🌿", _hello, Manner.WARM),
    Guide("没有习惯", _none, has_style=False),
    Guide("随心情", _moody, has_style=False),
)


def reworked(guide: Guide, draft: Draft, address: str, chance: Random) -> str:
    """What this guide makes of a draft: her habits, and now and then a change of what is said."""
    sheet = Sheet([sentence.plain for sentence in draft.sentences], address)
    if len(sheet.sentences) > 2 and chance.random() < 0.25:
        del sheet.sentences[chance.randrange(1, len(sheet.sentences) - 1)]
    if chance.random() < 0.15:
        sheet.sentences[-1] += chance.choice(("我今天都在店里。", "明天我休息，后天在。", "您先忙，空了再回我。"))
    guide.rework(sheet, chance)
    return sheet.text


# ---- the measure -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interval:
    """A mean with the 95 % interval of its bootstrap."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """One guide. Distances are Levenshtein's over the longer text, 0..1, on turns nothing was learned from.

    ``nearer`` is the paired difference without minus with her card: above zero the drafts came nearer. ``same_facts`` of
    ``turns`` assert exactly what they did before. ``first_plain`` and ``first_voiced`` are the shares of turns in which
    the draft she takes was the first one.
    """

    name: str
    has_style: bool
    learned: int
    turns: int
    plain: float
    voiced: float
    nearer: Interval
    same_facts: int
    first_plain: float
    first_voiced: float


@dataclass(frozen=True)
class Measure:
    """All guides, and how many drafts of complaints and group posts stayed as they were with every card."""

    guides: tuple[Measured, ...]
    neutral: int
    neutral_untouched: int


def measure(turns: Sequence[Turn], guides: Sequence[Guide] = GUIDES, *, seed: int = SEED) -> Measure:
    """Let every guide rework every turn, learn from two thirds and measure on the rest; the same seed, the same figures."""
    plain = [turn for turn in turns if not turn.is_neutral]
    neutral = [turn for turn in turns if turn.is_neutral]
    measured, cards = [], []
    for guide in guides:
        chance = Random(f"{seed}|{guide.name}")
        worked = [_Worked.by(guide, turn, chance) for turn in plain]
        card = _learned([one for number, one in enumerate(worked) if number % HELD_OUT])
        cards.append(card)
        held_out = [one for number, one in enumerate(worked) if not number % HELD_OUT]
        measured.append(_measured(guide, card, held_out, chance))
    left = [(draft, speak(draft, card, turn.brief)) for turn in neutral for draft in turn.drafts for card in cards]
    return Measure(tuple(measured), len(left), sum(before == after for before, after in left))


@dataclass(frozen=True)
class _Worked:
    turn: Turn
    draft: Draft
    sent: str

    @classmethod
    def by(cls, guide: Guide, turn: Turn, chance: Random) -> "_Worked":
        liked = [draft for draft in turn.drafts if draft.manner is guide.manner]
        draft = chance.choice(liked or turn.drafts)
        return cls(turn, draft, reworked(guide, draft, turn.address, chance))


def _learned(worked: Sequence[_Worked]) -> StyleCard:
    latest = worked[: -REMEMBERED - 1 : -1]
    edits = [Edit(tuple(one.plain for one in work.draft.sentences), work.sent, work.turn.address) for work in latest]
    picks = [
        Pick(work.draft.manner, length(work.sent))
        for work in latest
        if len({draft.manner for draft in work.turn.drafts}) > 1
    ]
    desk = latest[0].turn.brief.desk
    names = KnownNames.of(desk.shop.products.values(), desk.shop.coupons, desk.shop.brand)
    persons = [name for card in desk.customers for name in (card.name, card.address_as)]
    return learn(edits, picks, harmless(names, Mask.of_names([*persons, desk.guide.name])))


def _measured(guide: Guide, card: StyleCard, held_out: Sequence[_Worked], chance: Random) -> Measured:
    voiced = [speak(one.draft, card, one.turn.brief) for one in held_out]
    before = [Levenshtein.normalized_distance(one.draft.text, one.sent) for one in held_out]
    after = [Levenshtein.normalized_distance(draft.text, one.sent) for draft, one in zip(voiced, held_out, strict=True)]
    same = sum(
        _asserts(one.draft, one.turn) == _asserts(draft, one.turn) for draft, one in zip(voiced, held_out, strict=True)
    )
    return Measured(
        name=guide.name,
        has_style=guide.has_style,
        learned=len(card.habits),
        turns=len(held_out),
        plain=fmean(before),
        voiced=fmean(after),
        nearer=_interval([one - other for one, other in zip(before, after, strict=True)], chance),
        same_facts=same,
        first_plain=fmean(one.turn.drafts[0] is one.draft for one in held_out),
        first_voiced=fmean(_first(one.turn, card) is one.draft for one in held_out),
    )


def _first(turn: Turn, card: StyleCard) -> Draft:
    brief = replace(turn.brief, desk=replace(turn.brief.desk, style=card))
    return in_her_order(replace(Drafted.nothing(), drafts=turn.drafts), brief).drafts[0]


_FIGURES = re.compile(r"[\d零一二三四五六七八九十百千万半两]+(?:[.,:：]\d+)*[折元件支瓶年月日天%％]?")
_BRACKETS = re.compile(r"「.*?」|《.*?》|（.*?）+")


def _asserts(draft: Draft, turn: Turn) -> tuple[object, ...]:
    """What a draft says that could be true or false: by the guard, and by a blunt second reading of figures and names."""
    verdict, text = check(draft, turn.brief), draft.text
    goods = [one.name for one in turn.brief.desk.shop.products.values() if one.name in text]
    return (
        verdict.outcome,
        verdict.draft.claims,
        verdict.findings,
        [sentence.evidence for sentence in draft.sentences],
        # a name may hold a figure (初七)
        _FIGURES.findall(text.replace(turn.address, "") if turn.address else text),
        _BRACKETS.findall(text),
        goods,
    )


def _interval(values: Sequence[float], chance: Random) -> Interval:
    """The mean of paired differences with its percentile bootstrap."""
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(RESAMPLED))
    return Interval(fmean(values), means[int(0.025 * RESAMPLED)], means[int(0.975 * RESAMPLED) - 1])


# ---- what is reworked --------------------------------------------------------------------------

ASKED = (
    "{who}问敏感肌能不能用{p}",
    "{who}问{p}多少钱 有券吗",
    "{who}问{p}怎么用",
    "{who}嫌{p}贵",
    "{who}想买{p}还在犹豫 怎么促成",
    "给{who}推荐个{kind}",
    "{who}问{p}还有货吗",
    "{who}好久没来了 发点什么",
    "降温了 给{who}发条关心",
    "{p}多少钱",
    "{p}适合什么肤质",
    "{p}怎么用",
    "{p}有货吗",
    "{p}和{q}有什么区别",
    "油皮推荐个{kind}",
    "开封了还能退不",
    "{who}问积分怎么用",
    "福利群发一条{p}",
    "{who}用了{p}脸红发痒",
)
KINDS = ("精华", "面霜", "防晒", "洗发水", "身体乳", "面膜")
ROUNDS = 14


def sample_turns(rounds: int = ROUNDS) -> tuple[Turn, ...]:
    """Ask the product on the sample shop, each form ``rounds`` times; in a mixed order that is always the same."""
    with TemporaryDirectory(prefix="daogou-voice-") as folder, sample_house(SAMPLE_SHOP, Path(folder)) as service:
        made = [turn for text in _asked(service, rounds) for turn in _answered(text, service)]
    return tuple(made)


def _asked(service: Service, rounds: int) -> Iterable[str]:
    desk = service.handling.desks.lay(SAMPLE_CORP, GUIDE, "voice", "", MOMENT)
    products, chance = list(desk.shop.products.values()), Random(SEED)
    called = [card.address_as or card.name for card in desk.customers]
    # a name that two customers share would be asked about, not answered
    single = [name for name in called if called.count(name) == 1]
    asked = {
        form.format(
            who=chance.choice(single),
            p=chance.choice(products).name,
            q=chance.choice(products).name,
            kind=chance.choice(KINDS),
        )
        for form in ASKED
        for _ in range(rounds)
    }
    return sorted(asked, key=lambda text: sha256(text.encode()).hexdigest())


def _answered(text: str, service: Service) -> Iterator[Turn]:
    """Nothing is stored: the desk is laid anew for every question."""
    desk = service.handling.desks.lay(SAMPLE_CORP, GUIDE, "voice", "", MOMENT)
    message = Message(message_id="voice", text=text, received_at=MOMENT)
    answered = answer(Inquiry((message,), MOMENT), desk, service.handling.search, None)
    drafts = tuple(verdict.draft for verdict in answered.verdicts if verdict.draft.sentences)
    if answered.brief is not None and drafts and answered.need.intent is not Intent.UNCLEAR:
        yield Turn(answered.brief, drafts)
