"""Pieces follow the writer's structure and can be found again."""

from knowledge.reading.read import read_bytes
from knowledge.splitting import TARGET, Piece, split
from tests.knowledge.files import campaign_pptx, policy_docx, workbook


def pieces(text: str, name: str = "a.md") -> tuple[Piece, ...]:
    return split(read_bytes(text.encode(), name))


def test_a_section_is_a_piece_and_metadata_lines_are_none() -> None:
    text = "# 政策\n\n适用范围：全品牌　版本：2\n\n## 二、退货条件\n\n第一段。\n\n第二段。\n\n### 例外\n\n定制商品。\n"
    assert pieces(text) == (
        Piece(("二、退货条件",), "二、退货条件", "第一段。\n第二段。"),
        Piece(("二、退货条件", "例外"), "例外", "定制商品。"),
    )


def test_long_sections_are_cut_at_sentence_ends_and_nothing_is_lost() -> None:
    paragraph = "".join(f"第{number}句说明门店退换货的办理方法和所需凭证。" for number in range(60))
    found = pieces(f"# 政策\n\n## 流程\n\n{paragraph}\n")
    assert len(found) > 2
    assert all(len(piece.text) <= TARGET * 1.25 and piece.text.endswith("。") for piece in found)
    assert "".join(piece.text for piece in found).replace("\n", "") == paragraph
    assert {piece.heading for piece in found} == {("流程",)}


def test_an_article_is_one_piece() -> None:
    items = "\n".join(
        f"（{mark}）不得实施下列行为中的第{mark}种，包括但不限于虚假宣传；" for mark in "一二三四五六七八九十"
    )
    text = (
        f"# 某办法\n\n## 第一章 总则\n\n第一条 为了规范，制定本办法。\n\n第二条 经营者：\n\n{items}\n\n第三条 施行。\n"
    )
    found = pieces(text, "办法.md")
    assert [piece.place for piece in found] == ["第一条", "第二条", "第三条"]
    assert found[1].text.count("（") == 10
    assert found[1].heading == ("第一章 总则", "第二条")


def test_a_question_stays_with_its_answer() -> None:
    (piece,) = pieces("问：拆封能退吗？\n答：不影响二次销售的可以。\n", "a.txt")
    assert piece.question == "拆封能退吗？"
    assert piece.text == "问：拆封能退吗？\n答：不影响二次销售的可以。"


def test_sheet_rows_are_pieces_with_their_headers() -> None:
    data = workbook({"问答": [("编号", "问题", "答案"), (1, "几点关门", "22点"), (2, "", "备用")]})
    first, second = split(read_bytes(data, "faq.xlsx"))
    assert first == Piece(("问答",), "问答!第2行", "编号：1；问题：几点关门；答案：22点", "几点关门")
    assert second.question == ""


def test_places_in_word_and_slides() -> None:
    assert [piece.place for piece in split(read_bytes(policy_docx(), "a.docx"))] == [
        "一、退货条件",
        "一、退货条件（表格1第2行）",
    ]
    assert [piece.place for piece in split(read_bytes(campaign_pptx(), "a.pptx"))] == ["第1页", "第2页表格第2行"]


def test_splitting_twice_gives_the_same() -> None:
    reading = read_bytes(policy_docx(), "a.docx")
    assert split(reading) == split(reading)
