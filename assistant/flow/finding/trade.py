"""What sort of goods these are, read from the shop's own columns, so that nobody is asked about her skin over a coat.

Whose columns name skin types is spoken of as skin care; what is registered as a cosmetic touches the body; what the
use or the cautions say is eaten is food. A shop is what most of its goods are.
"""

import re
from collections.abc import Callable, Iterable

from assistant.shop import Product

_SKIN = re.compile(r"肤质|肌肤|[干油敏]皮|[干油]性(?:$|皮)|敏感(?:性|肌|皮)|混合(?:性|皮|肌)|中性(?:$|皮|肌)")
_REGISTERED = re.compile("妆")
"""Stands in the number of every cosmetic (国妆网备字, 国妆特字)."""
_EATEN = re.compile(r"吃|喝|饮|食用|即食|冲泡|冲调|泡茶|送服|口服|喂哺|嚼")
_FOOD_COLUMN = re.compile(r"过敏原|贮存|营养成分")
"""Headings a food label has and nothing else in a shop."""
_NOT_EATEN = re.compile(r"误食|误吞|不可食用|(?:不能|请勿|不要|别)(?:吃|喝|食用|入口)")


def for_skin(product: Product) -> bool:
    """Say whether a product's own columns sort people by their skin."""
    return any(_SKIN.search(words) for words in (*product.suitable_for, *product.not_for))


def on_the_body(product: Product) -> bool:
    """Say whether a product is put on skin, hair or teeth: sorted by skin, or registered as a cosmetic."""
    registered = f"{product.registration}{product.special_registration}"
    return for_skin(product) or _REGISTERED.search(registered) is not None


def eaten(product: Product) -> bool:
    """Say whether a product is eaten or drunk, by how it is used and what is to be minded."""
    if on_the_body(product):
        return False
    labelled = any(value and _FOOD_COLUMN.search(label) for label, value in product.attributes.items())
    return labelled or _EATEN.search(_NOT_EATEN.sub("", product.usage)) is not None


_FORMULA = re.compile(r"配方奶|奶粉|乳粉")
_FIRST_STAGE = re.compile(r"(?:1|一|Ⅰ|I)\s?段|(?<!较大)婴儿配方(?!.{0,8}[2-4二三四]段)")
_FIRST_MONTHS = re.compile(r"0\s?[-–—~～至到]\s?(?:6|12)\s?个?月")


def is_first_formula(product: Product) -> bool:
    """Say whether a product is a breast-milk substitute for the first months: sold when asked for, never promoted.

    母乳代用品销售管理办法 and 广告法 Art. 20 forbid to advertise it, whatever a shop's own paper says.
    """
    told = " ".join((product.name, product.spec, *product.suitable_for, *product.attributes.values()))
    if not _FORMULA.search(f"{product.name} {product.category}"):
        return False
    return _FIRST_STAGE.search(product.name) is not None or _FIRST_MONTHS.search(told) is not None


def mostly(products: Iterable[Product], sort: Callable[[Product], bool]) -> bool:
    """Say whether most of these products are of a sort."""
    answers = [sort(product) for product in products]
    return 2 * sum(answers) > len(answers)
