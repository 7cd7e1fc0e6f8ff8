"""What the shop takes back or changes counts from the very next message on."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from assistant.turn import ReplyKind
from eval.sample import SAMPLE_SHOP
from tests.way.conftest import Keep
from tests.way.house import POLICY, QUESTION, House, furnish, open_house

OPENED_GOODS = "政策/开封商品处理.md"
PRODUCTS = "商品/products.xlsx"
CREAM = "YY-FC-006"
NEW_PRICE = 319


@dataclass
class OwnShop:
    """A running house and a copy of the shop's files that the test may change."""

    house: House
    files: Path

    def read_in(self) -> tuple[str, ...]:
        """Ingest the files again; gives those that were read."""
        return self.house.service.ingest([self.files]).changed


@pytest.fixture
def own(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> OwnShop:
    """The house with its shop's files as they were shipped."""
    files = tmp_path_factory.getbasetemp() / "own-shop"

    def opening(stack: ExitStack) -> House:
        shutil.copytree(SAMPLE_SHOP, files)
        folder = furnish(tmp_path_factory.mktemp("own") / "house", files)
        return stack.enter_context(open_house(folder))

    opened = OwnShop(keep(opening), files)
    shutil.copytree(SAMPLE_SHOP, files, dirs_exist_ok=True)
    opened.read_in()
    return opened


def set_price(products: Path, sku: str, yuan: int) -> None:
    """Change one price in the shop's product file."""
    book = openpyxl.load_workbook(products)
    changed = 0
    for sheet in book:
        price = [cell.value for cell in sheet[2]].index("售价(元)")
        for row in sheet.iter_rows(min_row=3):
            if row[0].value == sku:
                row[price].value = yuan
                changed += 1
    book.save(products)
    assert changed == 1


def titles_behind(house: House, question: str) -> set[str]:
    """Titles of the documents an answer to this question stands on."""
    return {hit.passage.title for hit in house.ask(question).hits}


def test_a_price_changed_after_the_draft_holds_the_acceptance_and_names_the_new_price(own: OwnShop) -> None:
    asked = own.house.ask(QUESTION)
    assert asked.need.skus[0] == CREAM
    set_price(own.files / PRODUCTS, CREAM, NEW_PRICE)
    assert PRODUCTS in own.read_in()
    answered = own.house.ask("用1")
    assert answered.reply.kind is ReplyKind.HELD
    assert f"¥{NEW_PRICE}" in "".join(answered.reply.parts)
    assert own.house.records()[0].action is None
    assert not any(asked.drafts[0].text in text for text in own.house.wecom.shown()[len(asked.reply.parts) :])


def test_a_price_that_stood_still_is_accepted_after_the_files_were_read_again(own: OwnShop) -> None:
    own.house.ask(QUESTION)
    assert own.read_in() == ()
    assert own.house.ask("用1").reply.kind is ReplyKind.CONFIRM


def removed(document: Path) -> None:
    """Take the file away."""
    document.unlink()


def expired(document: Path) -> None:
    """Let the document's validity end yesterday."""
    text = document.read_text(encoding="utf-8")
    assert "valid_to: 2026-12-31" in text
    document.write_text(text.replace("valid_to: 2026-12-31", "valid_to: 2026-11-21"), encoding="utf-8")


@pytest.mark.parametrize("taken_back", [removed, expired])
def test_a_document_taken_back_is_gone_on_the_next_question(own: OwnShop, taken_back: Callable[[Path], None]) -> None:
    assert "开封商品怎么处理" in titles_behind(own.house, POLICY)
    taken_back(own.files / OPENED_GOODS)
    own.read_in()
    assert "开封商品怎么处理" not in titles_behind(own.house, POLICY)


def test_her_own_words_with_an_old_price_are_held_too_and_without_one_are_taken(own: OwnShop) -> None:
    asked = own.house.ask(QUESTION)
    set_price(own.files / PRODUCTS, CREAM, NEW_PRICE)
    own.read_in()
    text = asked.drafts[0].text.replace("您", "亲")
    held = own.house.ask(f"改成：{text}")
    assert held.reply.kind is ReplyKind.HELD
    told = "".join(held.reply.parts)
    assert told.startswith("先别发您改的这段")
    assert f"¥{NEW_PRICE}" in told
    assert own.house.records()[0].action is None
    plain = own.house.ask("改成：苏姐，这款敏感肌也能用，先在耳后试一下更稳妥，您看可以吗")
    assert plain.reply.kind is ReplyKind.CONFIRM
