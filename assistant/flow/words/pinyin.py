"""How names are spelled in pinyin; the sounds themselves are read in ``knowledge.asking.pinyin``."""

from knowledge.asking.pinyin import initials, near_typed, spelled

__all__ = ["initials", "near_typed", "spelled"]
