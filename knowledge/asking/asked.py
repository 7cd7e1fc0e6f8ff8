"""What a question turned out to ask: its parts, the words added to each, and what was taken for a slip."""

from knowledge.noun import Labelled, Noun


class CorrectionKind(Labelled):
    """What kind of slip a piece of a question was taken for."""

    SOUND = "sound", "同音字"
    NEAR_SOUND = "near-sound", "近音字"
    PINYIN = "pinyin", "拼音"
    INITIALS = "initials", "拼音首字母"
    CODE = "code", "货号"
    SPELLING = "spelling", "拼写"


class Correction(Noun):
    """A piece ``said`` (as it stands in the normalised question) and the shop's word ``meant`` by it."""

    said: str
    meant: str
    kind: CorrectionKind


class Part(Noun):
    """One single question. ``text`` is searched as it is; ``added`` are words for the same thing in another writing
    (figures, units, corrected slips); ``carried`` are words it leans on, from a part or message before it. Both weigh
    less than the text's own words and never replace them."""

    text: str
    added: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()


class Asked(Noun):
    """A question as read: ``text`` is folded and free of emoji; ``parts`` are one to three single questions.

    A text with nothing to ask (empty, only emoji) has one part with an empty text. ``corrections`` are for display
    (按“保湿霜”找的); their words stand in ``added`` of the parts already.
    """

    text: str
    parts: tuple[Part, ...]
    corrections: tuple[Correction, ...] = ()
