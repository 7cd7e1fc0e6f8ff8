"""What a guide reads about her own way of writing: what was learned from how many edits, an example, how to be rid of it."""

from collections.abc import Callable

from assistant.flow.voice.anatomy import CUSTOMER, SURNAME
from assistant.flow.voice.learning import MAJORITY_WORDS, SEEN
from assistant.flow.voice.speaking import example
from assistant.shop import Manner, StyleCard, Trait

_SOMEBODY = "陈女士"
_EXAMPLE = (
    f"{_SOMEBODY}，您好，您要的我帮您留意着。",
    "过来之前告诉我一声就行。",
    "我们到时候见。",
)
_HOW_TO_TEACH = f"您把草稿改成自己的话，直接发给我，我就跟着学：同一个习惯见到 {SEEN} 次以上、而且占到{MAJORITY_WORDS}，才算您的口吻。"
_HOW_TO_ERASE = (
    f"想换口吻，照新的习惯改草稿就行，连着 {SEEN} 次不这样写，我就不这样写了；"
    "全都不要了，回「清除我的口吻」，以前改过的也不再拿来学。"
)
_WHERE = "口吻只改说话的样子，产品、价格、优惠、规定一个字都不动；投诉和群里的文案不用口吻。"


FORGOTTEN = "好的，您的口吻清掉了，草稿恢复原来的写法，之前改过的也不再拿来学。以后您再改，我从头学起。"


def told(card: StyleCard) -> str:
    """Return the whole card in plain Chinese."""
    if not card.habits:
        looked = f"看了您最近改过的 {card.edits} 条草稿，还没看出固定的习惯。" if card.edits else "您还没有改过草稿。"
        return f"您的口吻我还没学到。{looked}\n{_HOW_TO_TEACH}"
    lines = [f"这是从您最近改过的 {card.edits} 条草稿里学到的口吻，给您的草稿照着写："]
    lines += [f"· {line}" for trait in Trait if (line := _line(trait, card))]
    plain, hers = "".join(_EXAMPLE), example(_EXAMPLE, _SOMEBODY, card)
    if plain != hers:
        lines += [f"比如对{_SOMEBODY}说：", f"原来：{plain}", f"您的：{hers}"]
    return "\n".join([*lines, _WHERE, _HOW_TO_ERASE])


def _line(trait: Trait, card: StyleCard) -> str:
    habits = [habit for habit in card.habits if habit.trait is trait]
    if not habits:
        return ""
    words = "、".join(_WORDS.get(trait, _quoted)(habit.value) for habit in habits)
    times = sum(habit.times for habit in habits) if trait is not Trait.WORD else habits[0].times
    return f"{trait.label}：{words}（{habits[0].of} 次里有 {times} 次）"


def _quoted(value: str) -> str:
    return f"「{value.strip()}」"


def _opening(value: str) -> str:
    return _quoted(value.replace(CUSTOMER, "（称呼）")) if value else "不写，直接说事"


def _end(value: str) -> str:
    shown = value.rstrip("\n")
    breaks = "换行" if value.endswith("\n") else ""
    if not shown:
        return breaks or "不加标点"
    return f"「{shown}」{f'再{breaks}' if breaks else ''}"


_WORDS: dict[Trait, Callable[[str], str]] = {
    Trait.OPENING_NAMED: _opening,
    Trait.OPENING_NAMED_BARE: _opening,
    Trait.OPENING_UNNAMED: _opening,
    Trait.OPENING_UNNAMED_BARE: _opening,
    Trait.CALLS_HER: lambda value: _quoted(value.replace(SURNAME, "姓＋")),
    Trait.CALLS_HIM: lambda value: _quoted(value.replace(SURNAME, "姓＋")),
    Trait.END: _end,
    Trait.LAST_END: _end,
    Trait.WAVE_END: _end,
    Trait.FIRST_EMOJI: str,
    Trait.LAST_EMOJI: str,
    Trait.NO_EMOJI: str,
    Trait.WORD: lambda value: "换成".join(_quoted(word) for word in value.split("→")),
    Trait.MANNER: lambda value: f"{Manner(value).label}，排在第一条",
    Trait.LENGTH: lambda value: f"{value} 字上下",
}
