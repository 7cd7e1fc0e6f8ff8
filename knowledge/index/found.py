"""What a search found, and whether it is a basis for an answer at all."""

from knowledge.noun import Labelled, Noun


class NoBasis(Labelled):
    """Why nothing found is a basis for an answer."""

    NOTHING_ASKED = "nothing-asked", "问题里没有可以查的词"
    NO_MATERIAL = "no-material", "这里能看的资料里，没有一段和问题有共同的词"
    WORDS_UNKNOWN = "words-unknown", "问题里的关键词，资料里都没有出现"
    TOO_LITTLE = "too-little", "最接近的资料只沾到问题的一小部分"


class Basis(Noun):
    """Whether the material answers a question: ``value`` 0 to 1 rises with the odds that it does.

    ``reasons`` are empty when it is ``enough``.
    """

    value: float
    enough: bool
    reasons: tuple[NoBasis, ...] = ()


class Scored(Noun):
    """A passage found, best first.

    ``score`` (0 to 1) orders them; ``lexical`` and ``dense`` are shares of this question's best hit in each half;
    ``asked`` says how like the question is to one that this passage has answered, ``coverage`` how much of the
    question's own words stand in the passage. ``related`` is False for one that only shares words by chance.
    ``same_as`` names a better placed passage that has the very same words, empty for none.
    """

    passage_id: str
    score: float
    dense: float = 0.0
    lexical: float = 0.0
    asked: float = 0.0
    coverage: float = 0.0
    related: bool = False
    same_as: str = ""


class Found(Noun):
    """Everything a search ranked, and what may be used of it."""

    passages: tuple[Scored, ...]
    basis: Basis

    @property
    def usable(self) -> tuple[Scored, ...]:
        """The passages that have to do with the question, each wording once; empty when there is no basis."""
        return tuple(one for one in self.passages if one.related and not one.same_as) if self.basis.enough else ()
