"""Product and stock rows: kept whole, or reported with file, sheet, row, field, reason and remedy."""

from dataclasses import replace
from datetime import UTC, date, datetime

from assistant.material.columns import TableKind
from assistant.material.products import read_products, read_stock

from .tables import SHOP, run, table, told

HEAD = "商品编码|商品名称|品类|建议零售价(元)|售价(元)|控价(元)|备案功效|特殊化妆品注册证号|上市日期|不参加优惠"


def test_a_whole_product():
    made = table(
        "商品编码|商品名称|品类|系列|规格|售价(元)|适用肤质|主要成分|核心卖点|注意事项|上市日期|不参加优惠|质地|备注|成本价",
        "A1|云润 面霜|面部护肤|云润|50g|￥239.00|干皮、油皮|角鲨烷/泛醇|绵密，好推开、不油|避开眼周，入眼请冲洗、外用|2026-10-01|是|膏状|旧价勿删|41",
    )
    rows = run(read_products, made)
    assert rows.problems == ()
    product = rows.good[0]
    assert (product.sku, product.price_fen, product.list_price_fen, product.brand) == ("A1", 23900, None, "云屿")
    assert product.suitable_for == ("干皮", "油皮")
    assert product.cautions == ("避开眼周，入眼请冲洗", "外用")
    assert (product.is_new, product.coupon_excluded) == (True, True)
    assert product.attributes == {"系列": "云润", "质地": "膏状"}
    assert (product.cited.title, product.cited.place, product.cited.version) == ("products.xlsx", "表!第3行", 2)
    assert rows.places == {"A1": "商品/products.xlsx 表!第3行"}


def test_every_bad_row_is_left_out_with_its_reason():
    made = table(
        HEAD,
        "A1|好|防晒|199|169|||||否",
        "A1|旧价|防晒|199|159|||||否",
        "A2|没价|防晒|199|||||2026-01-01|否",
        "A3|面议|防晒||面议|||||否",
        "A4||防晒||9|||||否",
        "|没编码|防晒||9|||||否",
        "A6|坏日期|防晒||9||||2026-02-30|否",
        "A7|负|防晒||-9|||||否",
        "A8|零|防晒||0|||||否",
        "A9|两处|防晒||免费|||||大概",
    )
    rows = run(read_products, made)
    assert [product.name for product in rows.good] == ["好"]
    assert [(row, name) for _, row, name, _ in told(rows)] == [
        (4, "商品编码"),
        (5, "售价(元)"),
        (6, "售价(元)"),
        (7, "商品名称"),
        (8, "商品编码"),
        (9, "上市日期"),
        (10, "售价(元)"),
        (11, "售价(元)"),
        (12, "售价(元)"),
        (12, "不参加优惠"),
    ]
    assert rows.problems[0].reason == "商品编码“A1”重复，商品/products.xlsx 表!第3行已经有了，以前面那行为准"
    assert all(problem.remedy for problem in rows.problems)
    assert all(severity == "error" for severity, *_ in told(rows))


def test_a_doubtful_row_is_kept_with_a_warning():
    made = table(
        HEAD,
        "A1|换行|防晒||￥1,29 9.00|||||否",
        "A2|倒挂|防晒|99|109|||||否",
        "A3|破价|防晒|99|59|69||||否",
        "A4|无证防晒|防晒||59||防晒、保湿|||否",
        "A5|未上市|防晒||59||||2026-12-01|否",
        "A6|有证防晒|防晒||59||防晒|云妆特字1||否",
    )
    rows = run(read_products, made)
    assert [product.price_fen for product in rows.good] == [129900, 10900, 5900, 5900, 5900, 5900]
    assert {severity for severity, *_ in told(rows)} == {"warning"}
    assert [row for _, row, _, _ in told(rows)] == [3, 4, 5, 6, 7]
    assert "1299 元" in rows.problems[0].reason
    assert "第十六、十七条" in rows.problems[3].reason


def test_a_first_row_that_was_refused_does_not_block_the_second():
    rows = run(read_products, table(HEAD, "A1|坏|防晒||免费|||||否", "A1|好|防晒||9|||||否"))
    assert [product.name for product in rows.good] == ["好"]


def test_repeats_are_found_across_sheets():
    first = run(read_products, table(HEAD, "A1|一|防晒||9|||||否", sheet="防晒"))
    second = run(read_products, table(HEAD, "A1|二|彩妆||9|||||否", sheet="彩妆"), SHOP.after(first.places))
    assert second.good == ()
    assert "防晒!第3行" in second.problems[0].reason


def test_the_sheet_names_the_category_where_no_column_does():
    bare = "商品编码|商品名称|售价(元)"
    assert run(read_products, table(bare, "A1|一|9", sheet="防晒")).good[0].category == "防晒"
    assert told(run(read_products, table(bare, "A1|一|9", sheet="Sheet1")))[0][2] == "品类"


def test_new_means_launched_within_the_given_days():
    rows = run(read_products, table(HEAD, "A1|旧|防晒||9||||2026-08-24|否", "A2|新|防晒||9||||2026-08-25|否"))
    assert [product.is_new for product in rows.good] == [False, True]


def test_a_launch_stops_being_new_without_being_read_again():
    (product,) = run(read_products, table(HEAD, "A2|新|防晒||9||||2026-08-25|否")).good
    assert product.new_until == date(2026, 11, 23)
    assert [product.on(date(2026, 11, day)).is_new for day in (22, 23, 24)] == [True, False, False]


def test_a_table_without_a_price_column_gives_nothing():
    rows = run(read_products, table("商品编码|商品名称|品类", "A1|一|防晒"))
    assert rows.good == ()
    assert [problem.field for problem in rows.problems] == ["售价(元)"]


def test_an_appliance_shop_needs_a_mapping_and_no_code():
    made = table(
        "货号|品名|类目|型号|到手价|适用家庭|用途|功能特点|功率|容量|质保",
        "HN1|小电饭煲|厨房小电|RC12|229|1-2人|煮饭、煮粥|一个人也能煮、内胆能洗|400W|1.2L|整机一年",
        sheet="商品",
    )
    rows = run(read_products, made, mapping={"售价(元)": "到手价", "适用肤质": "适用家庭", "肌肤需求": "用途"})
    assert rows.problems == ()
    product = rows.good[0]
    assert (product.spec, product.suitable_for, product.concerns) == ("RC12", ("1-2人",), ("煮饭", "煮粥"))
    assert product.attributes == {"功率": "400W", "容量": "1.2L", "质保": "整机一年"}


def test_problems_speak_of_the_shops_own_headers():
    made = table("货号|品名|类目|到手价", "HN1|小电饭煲|厨房小电|面议", sheet="商品")
    assert run(read_products, made).problems[0].field == "到手价"


def test_stock():
    made = table(
        "门店编码|商品编码|库存数量|盘点时间",
        "S001|A1|12|2026/11/21 21:03",
        "S099|A1|1|2026/11/21 21:03",
        "S001|A9|1|2026/11/21 21:03",
        "S001|A1|-4|2026/11/21 21:03",
        "S001|A1|3|昨天",
        file="stock.csv",
        sheet="",
        header_row=1,
    )
    rows = run(read_stock, made, kind=TableKind.STOCK)
    assert [(one.quantity, one.read_at) for one in rows.good] == [(12, datetime(2026, 11, 21, 13, 3, tzinfo=UTC))]
    assert [(row, name) for _, row, name, _ in told(rows)] == [
        (3, "门店编码"),
        (4, "商品编码"),
        (5, "库存数量"),
        (6, "盘点时间"),
    ]
    assert rows.problems[0].place == "第3行"


def test_the_least_margin_raises_the_least_price_and_the_cost_goes_no_further():
    made = table(
        "商品编码|商品名称|品类|售价(元)|控价(元)|成本价(元)",
        "A1|有控价|防晒|100|90|41.41",
        "A2|没控价|防晒|100||41.41",
        "A3|毛利更高|防晒|100|50|41.41",
        "A4|没成本|防晒|100|90|",
        "A5|倒贴|防晒|50||41.41",
    )
    shop = replace(SHOP, least_margin_percent=30)
    rows = run(read_products, made, shop)
    # 41.41 / 0.7 = 59.157..., rounded up to the 分
    assert [one.floor_price_fen for one in rows.good] == [9000, 5916, 5916, 9000, 5916]
    assert [(row, reason) for _, row, _, reason in told(rows)] == [(7, "售价低于成本加最低毛利，这个商品用不了任何券")]
    assert not [one for one in rows.good if "4141" in one.model_dump_json() or "41.41" in one.model_dump_json()]
    assert not [one for one in rows.problems if "41.41" in f"{one}"]
    plain = run(read_products, made)
    assert [one.floor_price_fen for one in plain.good] == [9000, None, 5000, 9000, None]
