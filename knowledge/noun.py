"""What every noun of the house is made of: a frozen value, and a closed list with Chinese labels."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict


class Noun(BaseModel):
    """A value that is made once, compared by content, and refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Labelled(StrEnum):
    """A closed list whose members carry the Chinese words people read: ``NAME = "code", "中文"``."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member
