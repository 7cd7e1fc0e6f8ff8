"""Products looked up by what people call them, and nothing found where nothing is called."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assistant.flow.understanding.understand import understand
from assistant.flow.words.catalogue import Catalogue, Sure
from assistant.flow.words.pinyin import initials, spelled
from assistant.flow.words.shopnames import How, forms_of
from assistant.flow.words.writing import fold, plain
from assistant.shop import Product
from tests.flow.sample_shop import sample_products
from tests.flow.understanding_shop import desk_of, inquiry_of, shop_of

CATALOGUE = Catalogue(sample_products())
HERE = Path(__file__).parent

HOMOPHONES = dict(zip("精润宝湿液霜水舒缓修护洁防屿紧致膏牙唇瓶净白空油清膜管伞金绿", "晶闰保施夜双睡书换休户结房雨仅至高芽纯平静百控游青魔馆散今律", strict=True))  # fmt: skip
NEAR_SOUNDS = dict(zip("精净舒水霜茶山金蓝清伞瓶柔唇", "紧近苏髓酸擦三京南亲闪频楼存", strict=True))


def in_characters(text: str) -> str:
    return "".join(character for character in text if not character.isascii())


def variants(product: Product, rng: random.Random) -> Iterator[tuple[str, str]]:
    """What one product may be called, right and wrong: (kind, words)."""
    name = plain(fold(product.name))
    spoken = in_characters(name)
    yield from (
        ("code", code) for code in (product.sku, product.sku.lower().replace("-", ""), product.sku.replace("-", " "))
    )
    yield from (("barcode", barcode) for barcode in product.barcodes)
    yield from (("name", called) for called in (product.name, *product.aliases))
    yield from (("pinyin", typed) for typed in (spelled(spoken), " ".join(map(spelled, spoken))))
    yield "initials", initials(spoken)
    for table, kind in ((HOMOPHONES, "homophone"), (NEAR_SOUNDS, "near sound")):
        for called in (name, *(alias for alias in product.aliases if len(alias) > 2 and alias == in_characters(alias))):
            places = [place for place, character in enumerate(called) if character in table]
            if places:
                place = rng.choice(places)
                yield kind, called[:place] + table[called[place]] + called[place + 1 :]
    inside = [place for place, character in enumerate(name) if not character.isascii()]
    place = rng.choice(inside[1:-1])
    yield "left out", name[:place] + name[place + 1 :]
    yield "doubled", name[:place] + name[place] + name[place:]
    yield "turned round", name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    yield "another character", name[:place] + rng.choice("的哦呀把昌贝且亏丰") + name[place + 1 :]
    typed = spelled(spoken)
    place = rng.randrange(2, len(typed) - 2)
    yield "pinyin with a slip", typed[:place] + typed[place + 1 :]


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_nineteen_of_twenty_ways_to_call_a_product_find_it(seed: int):
    rng = random.Random(seed)
    tried, found, missed = Counter[str](), Counter[str](), defaultdict(list)
    for product in sample_products():
        for kind, words in variants(product, rng):
            matches = CATALOGUE.find(words)
            skus = [match.sku for match in matches.found]
            right = skus[:1] == [product.sku] or (product.sku in skus and matches.is_ambiguous)
            tried[kind] += 1
            found[kind] += right
            if not right:
                missed[kind].append(words)
    assert found.total() >= 0.95 * tried.total(), missed
    for kind in ("code", "barcode", "name", "pinyin", "initials"):
        assert found[kind] == tried[kind], (kind, missed[kind])
    for kind, count in tried.items():
        assert found[kind] >= 0.85 * count, (kind, missed[kind])


def ordinary_talk() -> list[str]:
    """Sentences of the shop floor in which no name of the sample shop stands."""
    names = {form for one in sample_products() for called in (one.name, *one.aliases) for form in forms_of(called)}
    said = list(yaml.safe_load((HERE / "shop_talk.yaml").read_text(encoding="utf-8")))
    for file in ("utterances.yaml", "utterances_held_out.yaml"):
        rows = yaml.safe_load((HERE / file).read_text(encoding="utf-8"))
        written = (row["say"] if isinstance(row["say"], list) else [row["say"]] for row in rows if not row.get("skus"))
        said += [one for texts in written for one in texts]
    return [one for one in map(str, said) if not any(name in fold(one) for name in names)]


def test_ordinary_talk_names_no_product():
    talk = ordinary_talk()
    assert len(talk) >= 200
    wrong = {said: CATALOGUE.find(said).found for said in talk if CATALOGUE.find(said).found}
    assert len(wrong) <= 0.02 * len(talk), wrong
    # the few that are left describe a product, and say that this is all they do
    assert all(
        match.how is How.DESCRIPTION and match.sure is Sure.POSSIBLE for found in wrong.values() for match in found
    )


@pytest.mark.parametrize(
    ("words", "name", "how"),
    [
        ("YY-FC-001", "云润保湿精华液", How.CODE),
        ("fc001", "云润保湿精华液", How.CODE),
        ("云润保湿精华液", "云润保湿精华液", How.NAME),
        ("小云瓶", "云润保湿精华液", How.NICKNAME),
        ("舒屿绿瓶", "舒屿舒缓精华液", How.NICKNAME),
        ("yunrunbaoshijinghuaye", "云润保湿精华液", How.PINYIN),
        ("yun run bao shi jing hua ye", "云润保湿精华液", How.PINYIN),
        ("yunrunbaosijinhuaye", "云润保湿精华液", How.PINYIN),
        ("yrbsjhy", "云润保湿精华液", How.INITIALS),
        ("小芸瓶", "云润保湿精华液", How.TYPO),
        ("云屿山茶护守霜", "云屿山茶护手霜", How.TYPO),
    ],
)
def test_every_match_says_how(words: str, name: str, how: How):
    matches = CATALOGUE.find(words)
    assert [(match.name, match.how) for match in matches.found] == [(name, how)]
    assert matches.one


def test_a_name_that_several_carry_gives_them_all_in_a_stated_order():
    matches = CATALOGUE.find("云屿雾感唇釉")
    assert [match.sku for match in matches.found] == ["YY-MU-001", "YY-MU-002"]
    assert matches.is_ambiguous
    assert matches.one == ""
    assert all(match.sure is not Sure.CERTAIN for match in matches.found)


@pytest.mark.parametrize(
    "words", ["云润保湿面膜", "云润修护精华液", "云屿保湿精华液", "SPF60", "海蓝之谜面霜", "小棕瓶", "豆沙包"]
)
def test_another_product_is_no_slip_for_ours(words: str):
    assert not [match for match in CATALOGUE.find(words).found if match.how is How.TYPO]


def test_a_barcode_is_found_spaced_and_a_wrong_one_is_explained():
    product = next(one for one in sample_products() if len(one.barcodes) == 2)
    for barcode in product.barcodes:
        spaced = f"{barcode[0]} {barcode[1:7]} {barcode[7:]}"
        assert CATALOGUE.find(spaced).one == product.sku
    wrong = barcode[:-1] + str((int(barcode[-1]) + 1) % 10)
    assert CATALOGUE.find(wrong).found == ()
    assert "校验位" in CATALOGUE.find(wrong).note
    assert "没有登记" in CATALOGUE.find("4006381333931").note


def test_two_products_of_one_barcode_are_both_shown():
    one, other = (product.model_copy(update={"barcodes": ("4006381333931",)}) for product in sample_products()[:2])
    assert len(Catalogue((one, other)).find("4006381333931").found) == 2


@pytest.mark.parametrize(
    "words",
    ["yrbsjhy有货吗", "yun run bao shi jing hua ye多少钱", "{barcode}还有吗", "小芸瓶怎么用", "云润保湿精化液多少钱"],
)
def test_the_turn_understands_them_too(words: str):
    barcode = sample_products()[0].barcodes[0]
    need = understand(inquiry_of(words.format(barcode=barcode)), desk_of(shop_of(sample_products())))
    assert need.skus == ("YY-FC-001",)
