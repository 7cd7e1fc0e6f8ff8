"""An invented shop with people in every role and two stores, filled by hand, and a small app with only the console."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import insert

from assistant.console.door.entering import Doors
from assistant.console.door.login import Gate, login_link
from assistant.console.door.pacing import Pacing
from assistant.console.handed import Handed
from assistant.console.knowledge.answering import Checked
from assistant.console.pages import console_routes
from assistant.console.scripts.tools import ScriptTools
from assistant.desks import Desks
from assistant.material.scripts import blanks_of
from assistant.proving import Proving
from assistant.seams import Receipt, SendState
from assistant.searching import Explained, Span
from assistant.shop import CouponKind, Manner, Script, Stage
from assistant.store import outbox, tables, turns
from assistant.store.database import Database
from assistant.trying import Preview, ScriptFinding, Tried
from assistant.turn import (
    Action,
    ActionKind,
    Alternative,
    AppliedCoupon,
    BasketLine,
    Claim,
    ClaimKind,
    CouponRule,
    Draft,
    DraftSource,
    Evidence,
    EvidenceKind,
    Finding,
    Hit,
    Intent,
    Message,
    Need,
    Offer,
    Outcome,
    Provenance,
    Reason,
    Reply,
    ReplyKind,
    Sentence,
    Slots,
    Timing,
    TurnRecord,
    Verdict,
)
from assistant.uploaded import NO_DESK, MaterialDesk
from knowledge.index.found import Basis, NoBasis
from knowledge.passage import DocumentKind, Passage
from knowledge.reading.read import read_bytes

KEY = "a-key-for-tests-only-0123456789"
CORP = "corp"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BASE = "https://console.test"
XSS = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def look_up(question: str, userid: str) -> Explained:
    """A search that finds one passage with a line of markup in it, and nothing for 股票."""
    if "股票" in question:
        basis = Basis(value=0.1, enough=False, reasons=(NoBasis.WORDS_UNKNOWN,))
        return Explained(hits=(), basis=basis)
    text = f"签收七天内可退。{XSS}运费由顾客承担。"
    found = Passage(
        id="p", document_id="d", title="退换货", version=2, kind=DocumentKind.POLICY, place=f"一、{userid}", text=text
    )
    hit = Hit(passage=found, score=0.91, lexical=1.0)
    return Explained(hits=(hit,), sentences=(Span(start=0, end=8),), basis=Basis(value=0.93, enough=True))


def try_out(script: Script) -> Tried:
    """A trial that knows one word of the law and one blank, and fills nothing in but the address."""
    blanks = blanks_of(script.text)
    unlawful = Finding(
        reason=Reason.ABSOLUTE_TERM, rule="广告法第九条第（三）项", span="全网最低", remedy="写清楚现在的价格就好"
    )
    found = [ScriptFinding(True, unlawful)] if "全网最低" in script.text else []
    for slip in blanks.slips:
        found.append(
            ScriptFinding(
                True, Finding(reason=Reason.UNFILLED_BLANK, rule=slip.reason, span=slip.span, remedy=slip.remedy)
            )
        )
    text = script.text.replace("【客户称呼】", "王姐")
    facts = (("客户称呼", "王姐"),) if text != script.text else ()
    return Tried(tuple(found), Preview(text, "", facts, (), (Intent.RECOMMEND,)))


def check_text(text: str) -> Checked:
    """A reading by the law that knows one word."""
    finding = Finding(
        reason=Reason.ABSOLUTE_TERM, rule="广告法第九条第（三）项", span="全网最低", remedy="写清楚现在的价格就好"
    )
    return Checked(blocks=(finding,)) if "全网最低" in text else Checked()


@dataclass
class Hands:
    """A clock that is moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Shop:
    """The database, both clocks, and browsers for any person."""

    database: Database
    clock: Hands = field(default_factory=Hands)
    delivered: list[str] = field(default_factory=list)
    desk: MaterialDesk = NO_DESK
    wall: Hands = field(default_factory=lambda: Hands(datetime.now(UTC).replace(microsecond=0)))
    pacing: Pacing = field(default_factory=Pacing)
    is_alone: bool = False
    """True when it is the only shop of its test: then the console that all tests share serves it."""

    @cached_property
    def proving(self) -> Proving:
        """What shows offers, made with the first page that needs it."""
        return proving_of(self.database, self.clock)

    def app(self, *, demo: bool = False, **more: Any) -> FastAPI:
        """The console; ``more`` is what the door and the administration are handed."""
        if self.is_alone and not demo and not more:
            shared = _shared()
            shared.shop = self
            return shared.app
        return console_app(self.database, self.clock, self.delivered.append, self.wall, self.desk, demo=demo, **more)

    def browser(self, userid: str = "", *, demo: bool = False, **more: Any) -> TestClient:
        """A client that behaves like a browser on our pages; logged in as this person when one is named."""
        client = TestClient(
            self.app(demo=demo, **more), base_url=BASE, headers={"origin": "null", "sec-fetch-site": "same-origin"}
        )
        if userid:
            token = login_link(KEY, userid).partition("token=")[2]
            entered = client.post("/console/login", data={"token": token}, follow_redirects=False)
            assert entered.status_code == 303, entered.text
        return client

    def set_active(self, userid: str, active: bool) -> None:
        with self.database.begin() as tx:
            tx.execute(
                tables.person.update().where(tables.person.c.userid_folded == userid.lower()).values(active=active)
            )

    def set_role(self, userid: str, role: str) -> None:
        with self.database.begin() as tx:
            tx.execute(tables.person.update().where(tables.person.c.userid_folded == userid.lower()).values(role=role))


def proving_of(database: Database, clock: Callable[[], datetime]) -> Proving:
    """Offers by the live path; its desks remember one shop, so no two shops may share it."""
    return Proving(database, Desks(database, ""), CORP, clock)


DOORS = frozenset(field.name for field in fields(Doors))


def console_app(
    database: Database,
    clock: Callable[[], datetime],
    deliver: Callable[[str], None],
    wall: Callable[[], datetime],
    desk: MaterialDesk,
    pacing: Pacing | None = None,
    **more: Any,
) -> FastAPI:
    """An app with only the console; ``more`` are its doors and what its rooms are handed."""
    handed = Handed(
        look_up,
        deliver,
        more.pop("proving", None) or proving_of(database, clock),
        check_text=check_text,
        material_desk=desk,
        script_tools=ScriptTools(try_out, lambda name, content: read_bytes(content, name)),
    )
    doors = Doors(**{name: more.pop(name) for name in DOORS & set(more)})
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gate = Gate(database, CORP, KEY, wall, clock, pacing or Pacing())
    app.include_router(console_routes(gate, doors, replace(handed, **more)))
    return app


class Whose:
    """Something of whichever shop is on the stage now."""

    def __init__(self, shared: "OneForAll", name: str) -> None:
        self._shared, self._name = shared, name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._shared.shop, self._name), name)


class OneForAll:
    """One console for one test's shop after the other: its hundred routes take half a second to build."""

    shop: "Shop"

    def __init__(self) -> None:
        self.app = console_app(
            cast(Database, Whose(self, "database")),
            lambda: self.shop.clock(),
            lambda turn_id: self.shop.delivered.append(turn_id),
            lambda: self.shop.wall(),
            cast(MaterialDesk, Whose(self, "desk")),
            pacing=cast(Pacing, Whose(self, "pacing")),
            proving=cast(Proving, Whose(self, "proving")),
        )


@cache
def _shared() -> OneForAll:
    return OneForAll()


def open_shop(folder: Path, begun: bytes = b"") -> Shop:
    """A shop in a file of its own: tables and people, no turn yet; or as another shop's file ``begun`` left it."""
    path = folder / "console.db"
    path.write_bytes(begun or _filled())
    return Shop(Database(f"sqlite+pysqlite:///{path}"))


def alone(folder: Path, begun: bytes = b"") -> Iterator[Shop]:
    """The only shop of its test, closed at the end."""
    made = open_shop(folder, begun)
    made.is_alone = True
    yield made
    made.database.close()


def bytes_of(fill: Callable[[Shop], None]) -> bytes:
    """The file of a shop after it was filled: what takes seconds to write is copied for every further test."""
    with TemporaryDirectory() as folder:
        shop = open_shop(Path(folder))
        fill(shop)
        shop.database.close()
        return (Path(folder) / "console.db").read_bytes()


@cache
def _filled() -> bytes:
    """The file that every such shop begins as."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "filled.db"
        fill_shop(f"sqlite+pysqlite:///{path}").database.close()
        return path.read_bytes()


def fill_shop(url: str) -> Shop:
    """Make the tables and the people in this database."""
    database = Database(url)
    tables.metadata.create_all(database.engine)
    shop = Shop(database)
    with database.begin() as tx:
        tx.execute(
            insert(tables.source).values(
                source_id="src", corp_id=CORP, root="r", name="f", sha256="0", version=1, ingested_at=NOW, report={}
            )
        )
        for number, (store_id, region_id) in enumerate((("S1", "R1"), ("S2", "R1"), ("S3", "R2"))):
            name = ("湖滨店", "城西店", "江南店")[number]
            body = {"store_id": store_id, "name": name, "region_id": region_id, "region_name": region_id}
            tx.execute(insert(tables.shop_store).values(corp_id=CORP, store_id=store_id, source_id="src", body=body))
        for userid, name, role, store_id, region_id in (
            ("HQ", "叶总", "manager", "", ""),
            ("region1", "邵青", "manager", "", "R1"),
            ("manager1", "苏婉", "manager", "S1", "R1"),
            ("manager3", "江虹", "manager", "S3", "R2"),
            ("guide1", "林晓", "guide", "S1", "R1"),
            ("guide3", "杨雪", "guide", "S3", "R2"),
            ("auditor", "严审", "auditor", "", ""),
            ("admin", "管理", "admin", "", ""),
            ("gone", "陈璐", "manager", "", ""),
        ):
            tx.execute(
                insert(tables.person).values(
                    corp_id=CORP,
                    userid_folded=userid.lower(),
                    source_id="src",
                    userid=userid,
                    name=name,
                    role=role,
                    store_id=store_id,
                    region_id=region_id,
                    active=userid != "gone",
                )
            )
        for userid in ("guide1", "guide3", "manager1"):
            tx.execute(
                insert(tables.conversation).values(
                    conversation_id=f"c-{userid}",
                    corp_id=CORP,
                    guide_folded=userid,
                    channel="wecom",
                    current_customer_id="",
                )
            )
    return shop


def add_customer(shop: Shop, customer_id: str = "C1", *, name: str = "沈佳宜", store_id: str = "S1") -> None:
    """One customer of guide1."""
    with shop.database.begin() as tx:
        tx.execute(
            insert(tables.customer).values(
                corp_id=CORP,
                customer_id=customer_id,
                source_id="src",
                name=name,
                address_as="沈姐",
                phone="13800001234",
                tier="金卡",
                tier_level=2,
                points=860,
                birthday=None,
                tags=["敏感肌"],
                facts=[],
                consents=["service"],
                guide_folded="guide1",
                store_id=store_id,
                joined_at=None,
            )
        )


def add_turn(
    shop: Shop,
    number: int,
    *,
    guide: str = "guide1",
    store_id: str = "S1",
    question: str = "沈姐想要舒缓一点的面霜，300以内，有券吗？",
    customer_id: str = "",
    ago: timedelta = timedelta(0),
    gap: str = "",
    rich: bool = False,
    draft: str = "沈姐，晨露舒缓面霜50ml现在298元，用满250减30券，券后268元。",
    state: SendState = SendState.SENT,
    made_by: Mapping[str, object] | None = None,
) -> str:
    """One turn with two drafts; ``rich`` gives it passages, an offer and a held draft besides.

    ``made_by`` is what its provenance says of a model.
    """
    turn_id = f"T{number:012d}"
    at = shop.clock() - ago
    record = TurnRecord(
        turn_id=turn_id,
        corp_id=CORP,
        conversation_id=f"c-{guide}",
        guide=guide,
        store_id=store_id,
        channel="wecom",
        messages=(Message(message_id=f"m{number}", text=question, received_at=at),),
        started_at=at,
        finished_at=at,
        need=_need(question, customer_id),
        hits=_hits() if rich else (),
        evidence=_evidence(),
        profile={"tier": "金卡", "consents": "service", "fact:肤质": "敏感肌"} if customer_id else {},
        offer=_offer(at) if rich else None,
        drafts=_written(draft),
        verdicts=_verdicts(draft, rich),
        reply=Reply(kind=ReplyKind.ABSTAIN if gap else ReplyKind.DRAFTS, parts=(f"1 {draft}", "回复 1 采用")),
        gap=gap,
        provenance=Provenance.model_validate(
            {"composer_version": "c-4f1a", "guard_version": "g-22b0", "material_version": 3, **(made_by or {})}
        ),
        timings=(
            Timing(step="understand", milliseconds=4.2),
            Timing(step="retrieve", milliseconds=21.8),
            Timing(step="offer", milliseconds=1.3),
            Timing(step="draft", milliseconds=6.4),
            Timing(step="guard", milliseconds=3.9),
        ),
    )
    with shop.database.begin() as tx:
        turns.write(tx, record)
        outbox.put(tx, CORP, turn_id, guide, record.reply.parts)
        for part in outbox.unsent(tx, turn_id):
            detail = "" if state is SendState.SENT else "errcode 60020: not allowed ip"
            outbox.mark(tx, part, Receipt(state=state, message_id=f"x{number}", detail=detail))
    return turn_id


def act(shop: Shop, turn_id: str, kind: ActionKind, sent: str = "", note: str = "") -> None:
    """The guide's word on a turn."""
    with shop.database.begin() as tx:
        turns.add_action(
            tx,
            turn_id,
            Action(kind=kind, at=shop.clock(), choice=1, sent_text=sent, similarity=0.81 if sent else None, note=note),
        )


def _need(question: str, customer_id: str) -> Need:
    return Need(
        intent=Intent.RECOMMEND,
        also=(Intent.COUPON,),
        question=question,
        customer_id=customer_id,
        skus=("SKU-1",),
        slots=Slots(skin_type="敏感肌", concerns=("泛红", "干燥"), category="面霜", budget_fen=30000),
        stage=Stage.RECOMMENDATION,
    )


def _evidence() -> tuple[Evidence, ...]:
    return (
        Evidence(
            id="P1",
            kind=EvidenceKind.PRODUCT,
            subject="SKU-1",
            text="晨露舒缓面霜，50ml，门店价 298 元，适合敏感肌、干性肌",
            title="products.xlsx",
            version=3,
            place="商品!第12行",
        ),
        Evidence(
            id="K1",
            kind=EvidenceKind.COUPON,
            subject="CP1",
            text="满 250 元减 30 元，11 月 20 日至 11 月 30 日可用",
            title="面霜满减券",
            place="优惠券!第4行",
        ),
        Evidence(
            id="O1",
            kind=EvidenceKind.OFFER,
            subject="offer",
            text="应付 298 元，用券减 30 元，券后 268 元",
            title="优惠计算",
        ),
        Evidence(id="S1", kind=EvidenceKind.STOCK, subject="SKU-1", text="湖滨店有 6 件", title="库存"),
    )


def _hits() -> tuple[Hit, ...]:
    def one(number: int, title: str, place: str, text: str, score: float) -> Hit:
        passage = Passage(
            id=f"p{number}",
            document_id="d",
            title=title,
            version=2,
            kind=DocumentKind.PRODUCT,
            place=place,
            text=text,
        )
        return Hit(passage=passage, score=score, dense=score - 0.1, lexical=min(score + 0.05, 1.0))

    return (
        one(
            1, "晨露系列产品手册", "第3页", "晨露舒缓面霜含角鲨烷与神经酰胺，质地清润。首次使用先在耳后试一小块。", 0.86
        ),
        one(2, "敏感肌服务指南", "二、选品", "泛红明显时先问近期有没有换过产品，再推荐舒缓类。", 0.61),
    )


def _offer(at: datetime) -> Offer:
    return Offer(
        lines=(
            BasketLine(sku="SKU-1", name="晨露舒缓面霜 50ml", category="面霜", unit_fen=29800),
            BasketLine(sku="SKU-2", name="晨露洁面乳 100ml", category="洁面", unit_fen=8900, quantity=2),
        ),
        total_fen=47600,
        pay_fen=43600,
        saving_fen=4000,
        applied=(
            AppliedCoupon(
                coupon_id="CP1",
                name="面霜满 250 减 30",
                kind=CouponKind.THRESHOLD,
                saving_fen=3000,
                per_line=(3000, 0),
                terms="面霜满 250 元可用，11 月 30 日前有效",
            ),
            AppliedCoupon(
                coupon_id="CP2",
                name="金卡 10 元代金券",
                kind=CouponKind.VOUCHER,
                saving_fen=1000,
                per_line=(626, 374),
                terms="金卡会员可用，每月一张",
            ),
        ),
        alternatives=(
            Alternative(
                coupon_id="CP3",
                name="全场满 500 减 80",
                rule=CouponRule.THRESHOLD,
                distance="再买 24 元就能用，加一片面膜刚好够。",
                shortfall_fen=2400,
            ),
            Alternative(
                coupon_id="CP4", name="新客见面礼", rule=CouponRule.AUDIENCE_NEW, distance="只给第一次下单的客户。"
            ),
        ),
        why="满 250 减 30 和金卡 10 元代金券可以一起用，一共省 40 元，是这一单最划算的组合。",
        decided_at=at,
        rules_version="r-7c9d",
    )


def _written(draft: str) -> tuple[Draft, ...]:
    return (
        _draft(Manner.WARM, draft),
        _draft(Manner.EXPERT, "晨露舒缓面霜适合敏感肌，全网最低价，现在298元。"),
    )


def _draft(manner: Manner, text: str) -> Draft:
    claims = (
        Claim(kind=ClaimKind.PRODUCT, text="晨露舒缓面霜", value="SKU-1", evidence_id="P1"),
        Claim(kind=ClaimKind.MONEY, text="298元", value="29800", evidence_id="P1"),
        Claim(kind=ClaimKind.COUPON, text="满250减30券", value="CP1", evidence_id="K1"),
        Claim(kind=ClaimKind.MONEY, text="30", value="3000", evidence_id="K1"),
        Claim(kind=ClaimKind.MONEY, text="268元", value="26800", evidence_id="O1"),
    )
    return Draft(
        manner=manner,
        sentences=(Sentence(text=text, evidence=("P1",)),) if text else (),
        skus=("SKU-1",),
        script_ids=("SC1",),
        claims=tuple(claim for claim in claims if claim.text in text),
        source=DraftSource.COMPOSER,
    )


def _verdicts(draft: str, rich: bool) -> tuple[Verdict, ...]:
    finding = Finding(
        reason=Reason.ABSOLUTE_TERM,
        rule="广告法第九条第（三）项",
        span="全网最低价",
        remedy="去掉这几个字，写清楚现在的价格和券后价就好。",
    )
    shown = Verdict(outcome=Outcome.PASS, draft=_draft(Manner.WARM, draft))
    trimmed = Verdict(
        outcome=Outcome.TRIMMED,
        findings=(finding,),
        draft=_draft(Manner.EXPERT, "晨露舒缓面霜适合敏感肌，现在298元。"),
    )
    held = Verdict(outcome=Outcome.HELD, findings=(finding,), draft=_draft(Manner.BRIEF, ""))
    return (shown, trimmed, held) if rich else (shown, trimmed)
