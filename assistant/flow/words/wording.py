"""How figures, days and sentences are written for a customer, and how one wording of several is picked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from assistant.clock import SHOP_TIME
from assistant.offers.wording import near_date, yuan
from assistant.turn import Offer

_ENDS = "。！？～"
_SENTENCE = re.compile(r"[^。！？～\n]*(?:[。！？～]+[”」』）]?|\n|$)")
_SILENT = re.compile(r"[\s，。！？～、：；“”「」（）,.!?~:;()…—-]+")


def money(fen: int) -> str:
    """Return 分 the way a price tag writes it: ``¥268``, ``¥9.9``."""
    return f"¥{yuan(fen)}"


def reading_time(read_at: datetime, moment: datetime) -> str:
    """Return when a stock was read, in Shanghai: ``今天10:05`` or ``11月20日18:30``."""
    local = read_at.astimezone(SHOP_TIME)
    clock = f"{local.hour}:{local.minute:02d}"
    if local.date() == moment.astimezone(SHOP_TIME).date():
        return f"今天{clock}"
    return f"{near_date(local.date(), seen_from=moment)}{clock}"


def day(moment: datetime) -> str:
    """Return ``2026年11月22日`` in Shanghai."""
    local = moment.astimezone(SHOP_TIME)
    return f"{local.year}年{local.month}月{local.day}日"


def listed(words: Iterable[str], at_most: int = 3) -> str:
    """Join the first few words with 、, each once."""
    return "、".join(list(dict.fromkeys(word.strip("。；;，, ") for word in words if word.strip()))[:at_most])


def closed(text: str) -> str:
    """Return the text with an end mark, adding 。 where it has none."""
    text = text.strip().rstrip("，、；：,;")
    return text if not text or text[-1] in _ENDS or text[-2:-1] in _ENDS and text[-1] in "”」）" else f"{text}。"


def joined(statements: Iterable[str]) -> str:
    """Join whole statements into one sentence, so that it is quoted, checked and cut as one."""
    parts = [statement.strip().rstrip("。；;") for statement in statements]
    return closed("；".join(part for part in parts if part))


_BESIDE_FIGURES = re.compile(r"(?<=[\u4e00-\u9fff，、；（]) +(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff])")
# 9:30 is no label
_YES_OR_NO = re.compile("^(不?能|不?可以|不?会|不?是|不?要|没?有)。")
_LABEL = re.compile(r"^([^，。；：:、\s]{2,12})(?:(?<!\d)[：:]|[：:](?!\d))")


def quoted(statements: Iterable[str]) -> str:
    """Join statements of the shop's rules the way one reads them out in a chat: word for word, without the printer's gaps."""
    closer = (_BESIDE_FIGURES.sub("", statement.strip().rstrip("。")) for statement in statements)
    return joined(_row(one) or _YES_OR_NO.sub(r"\1，", _LABEL.sub(r"\1，", one)) for one in closer)


_CELL = re.compile(r"([^：；]{1,16})：([^：；]+)")
_REMARKS = ("说明", "备注")


def _row(statement: str) -> str:
    """A row of a table (收货地区：西南；几天到：4天；说明：…) as one says it; empty for anything else."""
    cells = [_CELL.fullmatch(cell.strip()) for cell in statement.split("；")]
    if len(cells) < 2 or not all(cells):
        return ""
    pairs = [(cell[1], cell[2]) for cell in cells if cell is not None]
    told = "，".join(f"{name}：{value}" for name, value in pairs[1:] if name not in _REMARKS)
    remarks = "，".join(value for name, value in pairs[1:] if name in _REMARKS)
    return f"{pairs[0][1]}，{told}" + (f"（{remarks}）" if remarks else "")


def sentences(text: str) -> tuple[str, ...]:
    """Cut a text into sentences, each with its end mark."""
    return tuple(piece.strip() for piece in _SENTENCE.findall(text) if piece.strip())


def bare(text: str, address: str = "") -> str:
    """Return what a sentence says without address, greeting and punctuation, to tell whether it was said before."""
    stripped = _SILENT.sub("", text)
    for opening in (address, "您好"):
        stripped = stripped.removeprefix(opening) if opening else stripped
    return stripped


def length(text: str) -> int:
    """Count the characters a reader sees; white space is free."""
    return len(re.sub(r"\s", "", text))


@dataclass
class Pen:
    """Picks wordings for one turn: never one said before in this conversation, never one twice in this turn.

    ``seed`` turns the starting point, so that not every conversation opens with the same words; the same
    turn always comes out the same.
    """

    said: frozenset[str]
    seed: str
    address: str = ""
    _written: set[str] = field(default_factory=set)
    _spoken: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        pieces = {piece for text in self.said for piece in (text, *sentences(text))}
        self._spoken = frozenset(bare(piece, self.address) for piece in pieces)

    def fresh(self, text: str) -> bool:
        """Say whether no sentence of the text was said before or written in this turn."""
        return all(self._is_fresh(sentence) for sentence in sentences(text))

    def pick(self, wordings: tuple[str, ...]) -> str:
        """Return the first unused wording counting from the seed, or the empty string when all are used."""
        if not wordings:
            return ""
        start = crc32(self.seed.encode()) % len(wordings)
        turned = (*wordings[start:], *wordings[:start])
        return next((wording for wording in turned if self.fresh(wording)), "")

    def wrote(self, text: str) -> None:
        """Remember what now stands in a draft."""
        self._written.update(bare(sentence, self.address) for sentence in sentences(text))

    def _is_fresh(self, sentence: str) -> bool:
        words = bare(sentence, self.address)
        return not words or (words not in self._spoken and words not in self._written)


def conditions(offer: Offer) -> str:
    """Every condition of the coupons used, each under its name where there are several."""
    if len(offer.applied) == 1:
        return offer.applied[0].terms.rstrip("。")
    told, shared = _own_and_shared(offer)
    own = "；".join(f"「{one.name}」{words}" for one, words in zip(offer.applied, told, strict=True))
    return f"{own}；以上{shared}" if shared else own


def with_conditions(offer: Offer) -> str:
    """Name the coupons used, each once and with every condition behind it."""
    if len(offer.applied) == 1:
        return f"「{offer.applied[0].name}」（{conditions(offer)}）"
    told, shared = _own_and_shared(offer)
    own = "、".join(f"「{one.name}」（{words}）" for one, words in zip(offer.applied, told, strict=True))
    return f"{own}，以上{shared}" if shared else own


def _own_and_shared(offer: Offer) -> tuple[list[str], str]:
    """The conditions of each coupon, and apart from them what stands at the end of every one alike."""
    told = [one.terms.rstrip("。").split("，") for one in offer.applied]
    shared = _shared_end(told)
    return ["，".join(parts[: len(parts) - len(shared)]) for parts in told], "，".join(shared)


def _shared_end(told: list[list[str]]) -> list[str]:
    """What stands at the end of every list alike, so that it need be said only once."""
    shared: list[str] = []
    for parts in zip(*(reversed(one) for one in told), strict=False):
        if len(set(parts)) > 1:
            break
        shared.insert(0, parts[0])
    return shared
