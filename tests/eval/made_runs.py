"""Runs made by hand and written as a run is: small, quick, with something of everything a report shows."""

from datetime import UTC, datetime
from pathlib import Path

from assistant.shop import CouponKind, Manner
from assistant.turn import (
    Alternative,
    AppliedCoupon,
    BasketLine,
    CouponRule,
    Draft,
    Evidence,
    EvidenceKind,
    Finding,
    Hit,
    Intent,
    Need,
    Offer,
    Outcome,
    Provenance,
    Reason,
    Reply,
    ReplyKind,
    Sentence,
    Timing,
    TurnRecord,
    Verdict,
)
from eval.cases.case import Case, CaseTurn, Expect, Level, Split, Stage, Tags, WantedPassage
from eval.checks.checks import judge
from eval.replaying.folder import Manifest, RunFolder
from eval.replaying.replay import TurnResult
from knowledge.passage import DocumentKind, Passage

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
HOSTILE = "</script><script>window.attacked=1</script><img src=x onerror=window.attacked=2>\u2028&amp;"
"""What nobody should be able to say to a report."""

INTENTS = (Intent.PRICE, Intent.OBJECTION, Intent.POLICY, Intent.COUPON, Intent.USAGE)
STAGES = (Stage.PRICE, Stage.OBJECTION, Stage.AFTER_SALES, Stage.PRICE, Stage.RECOMMENDATION)
LEVELS = (Level.EASY, Level.MEDIUM, Level.HARD)
PRICE = Evidence(
    id="P1",
    kind=EvidenceKind.PRODUCT,
    subject="A1",
    text="云朵面霜 50ml 售价¥268",
    title="products.xlsx",
    place="第3行",
)
UNUSED = Evidence(id="S1", kind=EvidenceKind.STOCK, subject="A1", text="云朵面霜有货，6件", title="库存记录")


def write_run(
    folder: Path,
    run_id: str,
    *,
    cases: int = 15,
    repeats: int = 1,
    broken: frozenset[int] = frozenset(),
    model: str = "",
    finished: bool = True,
) -> Path:
    """Write a run of so many cases of two turns; the objections of the ``broken`` ones name no coupon."""
    into = RunFolder(folder)
    manifest = Manifest(
        run_id=run_id,
        began_at=datetime(2026, 11, 22, 2 if "b" in run_id else 1, tzinfo=UTC),
        commit="0123456789abcdef",
        guard_version="1",
        model=model,
        splits=(Split.DEV,),
        packs={"beauty": "美妆", "wine": "酒水"},
        cases="x",
        number_of_cases=cases if finished else cases + 3,
        repeats=repeats,
    )
    into.begin(manifest)
    with into.written() as pen:
        for repeat in range(repeats):
            for number in range(cases):
                # with repetitions the broken ones are broken in the first only
                is_broken = number in broken and repeat == 0
                pen.add([_result(number, turn, repeat, is_broken, model) for turn in (1, 2)])
    if finished:
        into.finish(42.0, 3.0, NOW)
    return folder


def case_of(number: int) -> Case:
    """The case of this number: the intents take turns, the first guide message of number 0 is hostile."""
    intent = INTENTS[number % len(INTENTS)]
    return Case(
        id=f"{number:03}-made",
        title=f"第{number}题 {HOSTILE}" if number == 0 else f"第{number}题",
        guide="lin",
        tags=Tags(
            stage=STAGES[number % len(STAGES)],
            intent=intent.value,
            category="面霜",
            difficulty=LEVELS[number % 3],
            risk=Level.HIGH if intent is Intent.OBJECTION else Level.LOW,
        ),
        turns=(
            CaseTurn(
                guide=(f"客户说{HOSTILE}" if number == 0 else f"客户{number}说面霜多少钱", "能便宜吗"),
                expect=Expect(
                    intent=intent,
                    reply=ReplyKind.DRAFTS,
                    coupons=("YH001",),
                    says=("¥268",),
                    passages=(WantedPassage(title="退换"),) if intent is Intent.POLICY else (),
                ),
            ),
            CaseTurn(guide=("短一点",), expect=Expect(reply=ReplyKind.DRAFTS)),
        ),
    )


def _result(number: int, turn: int, repeat: int, is_broken: bool, model: str) -> TurnResult:
    case = case_of(number)
    record = _record(number, turn, is_broken and turn == 1, model)
    return TurnResult(
        pack="wine" if number % 4 == 3 else "beauty",
        split=Split.DEV,
        case=case,
        repeat=repeat,
        number=turn,
        record=record,
        judgements=judge(case.turns[turn - 1].expect, record),
        milliseconds=20.0 + 37 * number + turn,
        around=1.0,
    )


def _record(number: int, turn: int, is_broken: bool, model: str) -> TurnRecord:
    intent = INTENTS[number % len(INTENTS)]
    words = (
        "价格方面您放心，云朵面霜很划算。"
        if is_broken
        else f"云朵面霜¥268，用券后¥238，{'' if turn == 2 else '您看'}合适吗？"
    )
    if number == 0:
        words += HOSTILE
    texts = (words, f"{words}给您留一瓶。")
    drafts = tuple(
        Draft(manner=manner, sentences=(Sentence(text=text, evidence=("P1",)),), skus=("A1",))
        for manner, text in zip((Manner.WARM, Manner.BRIEF), texts, strict=True)
    )
    written = (drafts[0], drafts[1].model_copy(update={"sentences": (Sentence(text=texts[1] + "全网最低。"),)}))
    finding = Finding(reason=Reason.ABSOLUTE_TERM, rule="广告法第九条", span="全网最低", remedy="去掉这个词")
    return TurnRecord(
        turn_id=f"T{number}{turn}",
        corp_id="c",
        conversation_id="eval:c:lin",
        guide="lin",
        store_id="S1",
        channel="eval",
        messages=(),
        started_at=NOW,
        finished_at=NOW,
        need=Need(intent=Intent.POLICY if number == 4 else intent, question="面霜", customer_id="C1", skus=("A1",)),
        # the wanted passage stands first, second or nowhere
        hits=_hits(number) if intent is Intent.POLICY and turn == 1 else (),
        evidence=(PRICE.model_copy(update={"text": f"{PRICE.text}，券后¥238"}), UNUSED),
        offer=_offer(with_coupon=not is_broken),
        drafts=written,
        verdicts=(
            Verdict(outcome=Outcome.PASS, draft=drafts[0]),
            Verdict(outcome=Outcome.TRIMMED, draft=drafts[1], findings=(finding,)),
        ),
        reply=Reply(kind=ReplyKind.DRAFTS, parts=(f"① 亲切\n{texts[0]}\n\n② 简短\n{texts[1]}",)),
        provenance=Provenance(
            composer_version="1",
            guard_version="1",
            model=model,
            model_calls=1 if model and turn == 1 else 0,
            input_tokens=1200 if model and turn == 1 else 0,
            output_tokens=300 if model and turn == 1 else 0,
            cost_microfen=250_000 if model and turn == 1 else 0,
        ),
        timings=(Timing(step="understand", milliseconds=3.0 + number), Timing(step="guard", milliseconds=10.0)),
    )


def _hits(number: int) -> tuple[Hit, ...]:
    right = _hit("退换政策", number)
    other = _hit("会员规则", number)
    return {0: (right, other), 1: (other, right), 2: (other,)}[number // len(INTENTS) % 3]


def _hit(title: str, number: int) -> Hit:
    return Hit(
        passage=Passage(
            id=f"{title}{number}",
            document_id=title,
            title=title,
            version=1,
            kind=DocumentKind.POLICY,
            place="第一节",
            heading=(title,),
            text=f"{title}的条文",
        ),
        score=0.8,
    )


def _offer(*, with_coupon: bool) -> Offer:
    saving = 3000 if with_coupon else 0
    applied = AppliedCoupon(
        coupon_id="YH001", name="满200减30", kind=CouponKind.THRESHOLD, saving_fen=3000, terms="满200元减30元"
    )
    return Offer(
        lines=(BasketLine(sku="A1", name="云朵面霜", category="面霜", unit_fen=26800),),
        total_fen=26800,
        pay_fen=26800 - saving,
        saving_fen=saving,
        applied=(applied,) if with_coupon else (),
        alternatives=(
            Alternative(coupon_id="YH002", name="满300减50", rule=CouponRule.THRESHOLD, distance="再买 32 元可用"),
        ),
        why="本单 268 元，用「满200减30」省 30 元" if with_coupon else "没有可用的券",
        decided_at=NOW,
        rules_version="r1",
    )
