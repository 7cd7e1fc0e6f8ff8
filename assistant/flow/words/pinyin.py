"""How names are spelled in pinyin; the sounds themselves are read in ``knowledge.asking.pinyin``."""

from knowledge.asking.pinyin import initials, spelled

__all__ = ["initials", "spelled"]
