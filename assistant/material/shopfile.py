"""The shop's own settings beside its files: shop.yaml, which an operator edits by hand."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, ValidationError
from rapidfuzz import process

from assistant.errors import SettingsError
from knowledge.noun import Noun

FILE_NAME = "shop.yaml"
_WORDS = {
    "string_type": "应该是文字",
    "int_type": "应该是整数",
    "int_parsing": "应该是整数",
    "int_from_float": "应该是整数",
    "decimal_parsing": "应该是数字，单位元",
    "decimal_type": "应该是数字，单位元",
    "decimal_max_places": "最多两位小数",
    "greater_than_equal": "太小了",
    "tuple_type": "应该是列表，例如 [普卡, 银卡]",
    "dict_type": "应该是“名字: 值”的形式",
    "mapping_type": "应该是“名字: 值”的形式",
    "model_type": "应该是“名字: 值”的形式",
}


def _empty_as_nothing(value: object) -> object:
    return {} if value is None else value


def _as_text(value: object) -> object:
    """YAML reads 2026-01-01 as a date and 3 as a number; the particulars of a document are text."""
    return value if value is None or isinstance(value, dict | list | str) else str(value)


Text = Annotated[str, BeforeValidator(_as_text)]
TextByName = Annotated[Mapping[str, Text], BeforeValidator(_empty_as_nothing)]
ByFile = Annotated[Mapping[str, TextByName], BeforeValidator(_empty_as_nothing)]
Yuan = Annotated[Decimal, Field(ge=0, decimal_places=2)]


class Shipping(Noun):
    """Online shipping in 元 as the file has it: the fee, and from which order amount it is free (None: never)."""

    fee: Yuan = Decimal(0)
    free_from: Yuan | None = None


class ShopFile(Noun):
    """What shop.yaml says; each part may be left out.

    ``least_margin_percent`` keeps offers above the cost: a product then may cost no less than its cost plus that margin.
    ``corp`` is the shop's own short name: with it the folder may be moved or mounted elsewhere and stays the same
    folder to us. ``tiers`` run from low to high. ``documents`` maps a file to its particulars (kind, scope, valid_from, valid_to) that
    win over what the file says itself. ``columns`` maps a table's file to {our column name: the shop's}.
    """

    brand: Text = ""
    corp: Text = ""
    tiers: tuple[Text, ...] = ()
    shipping: Shipping = Shipping()
    lapsed_after_days: int = Field(default=90, ge=1)
    new_for_days: int = Field(default=90, ge=0)
    least_margin_percent: int | None = Field(default=None, ge=0, lt=100)
    documents: ByFile = {}
    columns: ByFile = {}

    @property
    def shipping_fen(self) -> int:
        """Return the shipping fee, 分."""
        return int(self.shipping.fee * 100)

    @property
    def free_shipping_from_fen(self) -> int | None:
        """Return the order amount from which shipping is free, 分; None when it never is."""
        return None if self.shipping.free_from is None else int(self.shipping.free_from * 100)

    def columns_of(self, file: str) -> Mapping[str, str]:
        """Return the column names of one file, found by its path or by its bare name."""
        return self.columns.get(file) or self.columns.get(file.rsplit("/", 1)[-1], {})


def read_shopfile(folder: Path) -> ShopFile:
    """Read shop.yaml in this folder; without one the defaults stand.

    Raises SettingsError, in Chinese and with every finding at once, when the file cannot be understood.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return ShopFile()
    return parse_shopfile(path.read_bytes())


def parse_shopfile(data: bytes) -> ShopFile:
    """Read the content of a shop.yaml; see ``read_shopfile``."""
    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else "文件"
        raise SettingsError(f"{FILE_NAME}：{where}的写法不对。请检查缩进和冒号后的空格，并存为 UTF-8") from error
    if content is None:
        return ShopFile()
    if not isinstance(content, dict):
        raise SettingsError(f"{FILE_NAME}：应该是“名字: 值”一行一项，例如 brand: 云屿")
    try:
        return ShopFile.model_validate(content)
    except ValidationError as error:
        findings = "；".join(dict.fromkeys(_in_words(dict(one)) for one in error.errors(include_url=False)))
        raise SettingsError(f"{FILE_NAME}：{findings}") from error


def _in_words(error: dict[str, Any]) -> str:
    """Say one finding of pydantic the way an operator can act on it."""
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = Shipping.model_fields if name.startswith("shipping.") else ShopFile.model_fields
        near = process.extractOne(str(error["loc"][-1]), list(known), score_cutoff=60)
        hint = f"，是不是 {near[0]}" if near else f"，可以写的有：{'、'.join(known)}"
        return f"不认识 {name}{hint}"
    return f"{name} {_WORDS.get(error['type'], '写得不对')}"
