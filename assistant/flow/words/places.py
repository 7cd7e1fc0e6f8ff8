"""Which part of the country a text speaks of: rules of delivery differ by it."""

import re
from functools import lru_cache

from knowledge.packaged import packaged


def regions_named(text: str) -> frozenset[str]:
    """Return the great regions (华东, 西南 ...) a text names, itself or by one of their provinces and cities."""
    pattern, region_of = _places()
    return frozenset(region_of[match.group()] for match in pattern.finditer(text))


def town_in(text: str) -> str:
    """Return the first place a text names (武汉 of 武汉橘渚店), empty for none."""
    pattern, _ = _places()
    match = pattern.search(text)
    return match.group() if match else ""


@lru_cache(maxsize=1)
def _places() -> tuple[re.Pattern[str], dict[str, str]]:
    read: dict[str, list[str]] = packaged("assistant.flow.words", "places.yaml")
    region_of = {place: region for region, places in read.items() for place in (region, *places)}
    longest_first = sorted(region_of, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), region_of
