"""Sizes and powers as goods carry them and as people ask for them: 30ml, 1.2L, 1500W, 41.5码."""

import re
from dataclasses import dataclass
from types import MappingProxyType

_UNITS = MappingProxyType(
    {
        **{"ml": ("ml", 1.0), "毫升": ("ml", 1.0), "l": ("ml", 1000.0), "升": ("ml", 1000.0)},
        **{"mg": ("g", 0.001), "毫克": ("g", 0.001), "g": ("g", 1.0), "克": ("g", 1.0)},
        **{"kg": ("g", 1000.0), "千克": ("g", 1000.0), "公斤": ("g", 1000.0), "斤": ("g", 500.0)},
        **{"w": ("w", 1.0), "瓦": ("w", 1.0), "kw": ("w", 1000.0), "千瓦": ("w", 1000.0)},
        **{"mm": ("cm", 0.1), "毫米": ("cm", 0.1), "cm": ("cm", 1.0), "厘米": ("cm", 1.0), "米": ("cm", 100.0)},
        **{"寸": ("寸", 1.0), "英寸": ("寸", 1.0), "码": ("码", 1.0), "mah": ("mah", 1.0), "毫安": ("mah", 1.0)},
        **{"db": ("db", 1.0), "分贝": ("db", 1.0), "℃": ("℃", 1.0), "度": ("℃", 1.0)},
    }
)
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_AMOUNT = re.compile(rf"(?<![\d.])(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>{_UNIT})(?![a-z])")
_ASKED = re.compile(
    rf"(?P<below>不超过|不大于|小于|低于|最多|少于)?(?P<above>不低于|不小于|大于|高于|超过|至少)?\s?"
    rf"{_AMOUNT.pattern}(?P<after>以上|及以上|起|往上|以下|以内|之内|及以下|左右|上下)?"
)
_NEARLY = 0.2


@dataclass(frozen=True)
class Amount:
    """An amount in the smallest unit of its kind, so that 1.2L and 1200毫升 are one."""

    value: float
    unit: str


@dataclass(frozen=True)
class Asked:
    """An amount asked for, from ``low`` to ``high``, and where it is said."""

    low: float | None
    high: float | None
    unit: str
    start: int
    end: int


def amounts(text: str) -> tuple[Amount, ...]:
    """List the amounts in a folded value, in reading order."""
    return tuple(_amount(match) for match in _AMOUNT.finditer(text))


def asked_amounts(text: str) -> tuple[Asked, ...]:
    """List the amounts asked for in a folded text: 30ml, 500ml以上, 不超过1000瓦, 50g左右."""
    found = []
    for match in _ASKED.finditer(text):
        amount, after = _amount(match), match.group("after") or ""
        low: float | None = amount.value
        high: float | None = amount.value
        if match.group("above") or after in ("以上", "及以上", "起", "往上"):
            high = None
        elif match.group("below") or after in ("以下", "以内", "之内", "及以下"):
            low = None
        elif after:
            low, high = amount.value * (1 - _NEARLY), amount.value * (1 + _NEARLY)
        found.append(Asked(low, high, amount.unit, *match.span()))
    return tuple(found)


def _amount(match: re.Match[str]) -> Amount:
    unit, scale = _UNITS[match.group("unit")]
    return Amount(float(match.group("number")) * scale, unit)
