"""What a chain's shelves hold beside its turns: thousands of scripts, coupons, documents, gaps and tasks, made up by rule."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeAlias

from sqlalchemy import insert, select

from assistant.outreach.segment import Addressee, Segment
from assistant.shop import Coupon, CouponScope, Manner, Script, Stage
from assistant.store import audit, conflicts, material, revisions, tables, tasks
from assistant.store.audit import AuditAction
from assistant.store.conflicts import ConflictKind, FoundConflict, Side, SideNoun
from assistant.store.database import Database
from assistant.store.revisions import RevisionNoun, RevisionOrigin
from assistant.store.tasks import ItemStatus, TaskWords
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel
from tests.console.scripting import CITED, a_script
from tests.console.shop import CORP, NOW, Shop, add_turn
from tests.console.test_coupons import a_coupon
from tests.console.test_signoffs import waits

SCRIPTS, SUGGESTIONS, COUPONS, DOCUMENTS, PASSAGES_OF_DOCUMENT = 5_000, 300, 1_000, 400, 25
GAPS, SIGNOFFS, CONFLICTS, TASKS, CUSTOMERS_OF_TASK, ENTRIES = 800, 60, 200, 40, 500, 5_000

COPIED = (tables.source, tables.document, tables.passage, tables.product, tables.coupon, tables.script)
"""What the turns lean on is the sample shop's own, in the order in which rows name each other."""

_GOODS = ("面霜", "精华", "洁面", "眼霜", "防晒", "唇膏", "香氛", "护手霜", "发膜", "沐浴露", "身体乳", "卸妆油")
_ASKED = (
    "能不能刻字",
    "有没有试用装",
    "可以开发票吗",
    "能寄到国外吗",
    "包装能换红色的吗",
    "过期了怎么办",
    "能分开发货吗",
)
_SAID = (
    "{0}早晚各用一次，取{1}泵就够",
    "{0}开封后请在{1}个月内用完",
    "{0}买满{1}件可以换一次包装",
    "{0}现在有{1}个规格",
)

Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]


def copied(database: Database) -> Rows:
    """The material of a house, to be set up in another one."""
    with database.read() as tx:
        return {table.name: [dict(row._mapping) for row in tx.execute(select(table))] for table in COPIED}


def stock_shelves(shop: Shop, own: Rows) -> None:
    """Fill every shelf. The turns of this shop are numbered from 200,000 on, so that they stand beside the bench's."""
    chance = Random(29)
    with shop.database.begin() as tx:
        for table in COPIED:
            rows = [{**row, **({"corp_id": CORP} if "corp_id" in row else {})} for row in own[table.name]]
            tx.execute(insert(table), rows)
        facts = {"brand": "云屿", "tiers": ["普卡", "银卡", "金卡"], "shipping_fen": 1200, "lapsed_after_days": 90}
        tx.execute(insert(tables.corp).values(corp_id=CORP, material_version=1, **facts))
        tx.execute(insert(tables.customer), list(_customers()))
        material.add_scripts(tx, CORP, "src", list(_scripts(chance)))
        material.add_coupons(tx, CORP, "src", list(_coupons(chance)))
        for document in _documents(chance):
            material.add_document(tx, CORP, "src", document)
        conflicts.keep_survey(tx, CORP, list(_conflicts()), 1, NOW)
        for number in range(SUGGESTIONS):
            _suggest(tx, number)
        for number in range(ENTRIES):
            audit.append(tx, CORP, NOW, f"g{number % 200}", AuditAction.LOGIN, "console")
    _tasks(shop, chance)
    for number in range(GAPS):
        question = f"{chance.choice(_GOODS)}{chance.choice(_ASKED)}"
        add_turn(shop, 200_000 + number, question=question, gap=question, customer_id=f"K{chance.randrange(5_000)}")
    for number in range(SIGNOFFS):
        waits(shop, 300_000 + number, minutes=600)


def _scripts(chance: Random) -> Iterator[Script]:
    for number in range(SCRIPTS):
        goods, days = chance.choice(_GOODS), chance.randrange(2, 40)
        text = f"【客户称呼】，{chance.choice(_SAID).format(goods, days)}，有需要您跟我说（{number}）。"
        yield a_script(
            f"SC-{number:05d}", text, title=f"{goods}第{number}条", stage=chance.choice(list(Stage)), manner=Manner.WARM
        )


def _coupons(chance: Random) -> Iterator[Coupon]:
    for number in range(COUPONS):
        # one in ten runs now; the others are over
        ago = 5 if number % 10 == 0 else chance.randrange(40, 700)
        yield a_coupon(
            f"C{number:04d}",
            name=f"{chance.choice(_GOODS)}满减{number}",
            amount_fen=chance.randrange(5, 60) * 100,
            threshold_fen=chance.randrange(100, 900) * 100,
            starts_at=NOW - timedelta(days=ago),
            ends_at=NOW - timedelta(days=ago - 30),
            budget_fen=chance.choice((None, 500_000)),
            scope=CouponScope(stores=chance.choice(((), ("S1",), ("S2", "S3")))),
        )


def _documents(chance: Random) -> Iterator[material.DocumentToStore]:
    for number in range(DOCUMENTS):
        scope = Scope(level=ScopeLevel.STORE, id="S1") if number % 8 == 0 else Scope(level=ScopeLevel.BRAND, id="")
        title = f"{chance.choice(_GOODS)}说明{number}"
        passages = tuple(
            Passage(
                id=f"P{number}-{place}",
                document_id=f"D{number:04d}",
                title=title,
                version=1,
                kind=DocumentKind.POLICY,
                place=f"第{place}段",
                text="。".join(
                    chance.choice(_SAID).format(chance.choice(_GOODS), chance.randrange(2, 40)) for _ in range(3)
                )
                + "。",
                scope=scope,
            )
            for place in range(PASSAGES_OF_DOCUMENT)
        )
        yield material.DocumentToStore(
            document_id=f"D{number:04d}",
            title=title,
            kind=DocumentKind.POLICY,
            scope=scope,
            version=1,
            status=DocumentStatus.PUBLISHED,
            valid_from=None,
            valid_to=None,
            passages=passages,
        )


def _conflicts() -> Iterator[FoundConflict]:
    for number in range(CONFLICTS):
        sides = [
            Side(
                noun=SideNoun.DOCUMENT,
                ref=f"D{place:04d}",
                title=f"说明{place}",
                text=f"开封后{days}个月内用完（{number}）",
                mark=f"{number}-{days}",
            )
            for place, days in ((number, 6), (number + 1, 12))
        ]
        brand = Scope(level=ScopeLevel.BRAND, id="")
        yield FoundConflict(kind=next(iter(ConflictKind)), first=sides[0], second=sides[1], scope=brand)


def _suggest(tx: Any, number: int) -> None:
    script = a_script(f"SC-{number:05d}", f"【客户称呼】，您要的{_GOODS[number % 12]}到了，给您留着（{number}）。")
    body = script.model_copy(update={"cited": CITED}).model_dump(mode="json")
    revisions.propose(
        tx, CORP, RevisionNoun.SCRIPT, script.script_id, body, origin=RevisionOrigin.HAND, by="region1", moment=NOW
    )


def _tasks(shop: Shop, chance: Random) -> None:
    """Tasks with their customers, most of them done."""
    today = date(2026, 11, 22)
    stores = [f"S{store}" for store in range(1, 21)]
    with shop.database.begin() as tx:
        for number in range(TASKS):
            over = timedelta(days=0 if number < 10 else 60)
            words = TaskWords(
                title=f"回访{number}", purpose="问问用得怎么样", segment=Segment(), script_id="", coupon_id="",
                starts_on=today - over - timedelta(days=3), ends_on=today - over + timedelta(days=4),
            )  # fmt: skip
            task_id = tasks.make(tx, CORP, words, stores, by="HQ", moment=NOW)
            chosen = [_addressee(customer) for customer in chance.sample(range(5_000), CUSTOMERS_OF_TASK)]
            published = tasks.publish(
                tx,
                CORP,
                task_id,
                chosen[20:],
                chosen[:20],
                {},
                by="HQ2",
                moment=NOW,
                seen=tasks.read(tx, CORP, task_id).changes,
            )
            assert published, words.title
        item = tables.task_item.c
        done = item.customer_id.like("%1") | item.customer_id.like("%4") | item.customer_id.like("%7")
        tx.execute(
            tables.task_item.update()
            .where(done, item.status == ItemStatus.OPEN.value)
            .values(status=ItemStatus.DONE.value, settled_at=NOW)
        )


def _addressee(customer: int) -> Addressee:
    return Addressee(customer_id=f"K{customer}", guide=f"g{customer % 200}", store_id=f"S{customer % 20 + 1}")


def _customers() -> Iterator[dict[str, Any]]:
    for number in range(5_000):
        yield {
            "corp_id": CORP, "customer_id": f"K{number}", "source_id": "src", "name": f"顾客{number}", "address_as": "",
            "phone": "", "tier": "金卡", "tier_level": 2, "points": 100, "birthday": None, "tags": [], "facts": [],
            "consents": ["service"], "guide_folded": f"g{number % 200}", "store_id": f"S{number % 20 + 1}",
            "joined_at": None,
        }  # fmt: skip
