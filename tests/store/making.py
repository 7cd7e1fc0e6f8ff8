"""People, customers, orders and turn records, as few words as a test needs."""

from datetime import UTC, datetime, timedelta

from assistant.seams import Receipt, SendState
from assistant.shop import CustomerFact, CustomerRecord, Manner, OrderLine, Person, Purpose, Role, Store
from assistant.store import conversations, customers, material, turns
from assistant.store.conversations import Incoming
from assistant.store.database import Database, Transaction
from assistant.turn import (
    Draft,
    Intent,
    Message,
    Need,
    Outcome,
    Provenance,
    Reply,
    ReplyKind,
    Sentence,
    TurnRecord,
    Verdict,
)

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
CORP = "corp"
SENT = Receipt(state=SendState.SENT, message_id="m1")


def source(tx: Transaction, corp_id: str = CORP, name: str = "a.csv") -> str:
    """A file to hang records on."""
    return material.replace_source(tx, corp_id, "shop", name, "0" * 64, NOW).source_id


def person(userid: str, role: Role = Role.GUIDE, store_id: str = "S1", region_id: str = "R1", **more: object) -> Person:
    return Person.model_validate(
        {"userid": userid, "name": userid, "role": role, "store_id": store_id, "region_id": region_id, **more}
    )


def store(store_id: str, region_id: str = "R1") -> Store:
    return Store(store_id=store_id, name=f"{store_id}店", region_id=region_id, region_name=region_id)


def customer(customer_id: str, guide: str, *facts: CustomerFact, phone: str = "13800001234") -> CustomerRecord:
    return CustomerRecord(
        customer_id=customer_id,
        name=f"客户{customer_id}",
        address_as="",
        phone=phone,
        tier="金卡",
        tier_level=2,
        points=10,
        birthday=None,
        tags=(),
        facts=facts,
        consents=(Purpose.SERVICE,),
        consented_at=None,
        guide=guide,
        store_id="S1",
        joined_at=None,
    )


def line(order_id: str, customer_id: str = "C1", **more: object) -> OrderLine:
    values = {
        "order_id": order_id,
        "line": 1,
        "customer_id": customer_id,
        "store_id": "S1",
        "channel": "门店",
        "ordered_at": NOW - timedelta(days=5),
        "sku": "A1",
        "product_name": "柔和面霜",
        "quantity": 1,
        "paid_fen": 10000,
        "status": "已完成",
        "coupon_id": "",
        **more,
    }
    return OrderLine(**values)  # type: ignore[arg-type]


def incoming(msgid: str, userid: str = "Lin", text: str = "敏感肌用什么", **more: object) -> Incoming:
    values = {
        "corp_id": CORP,
        "agent_id": 1,
        "userid": userid,
        "msgid": msgid,
        "kind": "text",
        "text": text,
        "received_at": NOW,
        "channel": "wecom",
        **more,
    }
    return Incoming(**values)  # type: ignore[arg-type]


def converse(database: Database, msgid: str = "m1", **more: object) -> str:
    """The conversation that a message opens."""
    with database.begin() as tx:
        return conversations.accept(tx, incoming(msgid, **more)).conversation_id


def record(
    turn_id: str, conversation_id: str, *drafts: str, after: timedelta = timedelta(0), **more: object
) -> TurnRecord:
    made = tuple(
        Draft(manner=Manner.WARM, sentences=(Sentence(text=text),), script_ids=(f"SC{number}",))
        for number, text in enumerate(drafts, start=1)
    )
    values = {
        "turn_id": turn_id,
        "corp_id": CORP,
        "conversation_id": conversation_id,
        "guide": "Lin",
        "store_id": "S1",
        "channel": "wecom",
        "messages": (Message(message_id="m", text="敏感肌用什么", received_at=NOW),),
        "started_at": NOW + after,
        "finished_at": NOW + after,
        "need": Need(intent=Intent.RECOMMEND, question="敏感肌用什么", customer_id="C1"),
        "drafts": made,
        "verdicts": tuple(Verdict(outcome=Outcome.PASS, draft=draft) for draft in made),
        "reply": Reply(kind=ReplyKind.DRAFTS, parts=drafts or ("好的",)),
        "provenance": Provenance(composer_version="c1", guard_version="g1"),
        **more,
    }
    return TurnRecord.model_validate(values)


def write(database: Database, *records: TurnRecord) -> None:
    with database.begin() as tx:
        for one in records:
            turns.write(tx, one)


def people(database: Database, *persons: Person, corp_id: str = CORP) -> None:
    with database.begin() as tx:
        material.add_people(tx, corp_id, source(tx, corp_id, "staff.csv"), persons)


def clients(database: Database, *records: CustomerRecord, corp_id: str = CORP) -> None:
    with database.begin() as tx:
        customers.add_customers(tx, corp_id, source(tx, corp_id, "customers.csv"), records)


def orders(database: Database, *lines: OrderLine, corp_id: str = CORP) -> None:
    with database.begin() as tx:
        customers.add_order_lines(tx, corp_id, source(tx, corp_id, "orders.csv"), lines)
