"""Every sentence under the third reader's eye, which decides what the rules only advise.

Rules that know a price, a person or the law decide by themselves. Those that guess at meaning, by words near a figure or by
patterns of wishes, are only objections here: in free wording they are wrong nearly as often as right, and the reader who
sets the whole sentence beside the records tells which. A composer's sentences are built of the records; for them an
objection stands, and the reader may add to it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from assistant.flow.brief import Brief
from assistant.flow.guard.doubt.unsaid import Said, Unsaid, fold, unsaid
from assistant.flow.guard.doubt.weighing import learned, weigh
from assistant.flow.guard.records.judging import FROM_NEED, SPOKEN_OF
from assistant.flow.guard.records.subject import Piece
from assistant.flow.guard.records.unbacked import BASIS, IN_ANY_WORDING, backed_by_a_record
from assistant.flow.guard.sentence import HOUSE_RULE
from assistant.flow.words.wording import sentences
from assistant.shop import BLANK
from assistant.turn import ClaimKind, Draft, Evidence, EvidenceKind, Finding, Reason, Signal
from knowledge.suspicion import quoted

QUOTED = "照原话引用"
LOOSE = "数字要有出处"
ECHOED = "不照抄问话"
"""Her own words said back: often only her situation, which may be spoken of."""
GRANTED = "不替店里答应"
"""The same behind a yes: that grants what was asked."""
_ADVISED = frozenset(
    {
        Reason.WRONG_SUBJECT,
        Reason.UNSUPPORTED_FIGURE,
        Reason.UNSUPPORTED_PROMISE,
        Reason.UNSUPPORTED_FACT,
        Reason.UNSUPPORTED_EFFICACY,
        Reason.UNKNOWN_PRODUCT,
        Reason.MISQUOTED,
    }
)
_LETTERS = {ClaimKind.PRODUCT: "Ⓟ", ClaimKind.COUPON: "Ⓠ", ClaimKind.STORE: "Ⓢ"}
"""What stands for a name while a sentence is measured."""


def said_in(evidence: Iterable[Evidence], also: Iterable[str] = (), asked: str = "") -> Said:
    """Everything the records say, and what anybody may say: the store's own name, the guide's, the customer's."""
    records = [
        (one.kind.value, fold(f"{one.title} {one.text}")) for one in evidence if one.kind is not EvidenceKind.SCRIPT
    ]
    records += [("house", fold(text)) for text in also if text]
    return _said(tuple(records), fold(asked))


@lru_cache(maxsize=16)
def _said(records: tuple[tuple[str, str], ...], asked: str) -> Said:
    """Take the records apart once for all drafts of a turn."""
    return Said(records, asked)


def said_to(brief: Brief) -> Said:
    """The same for a brief; a record or a question that speaks to a model backs nothing."""
    desk, customer = brief.desk, brief.customer
    also = [desk.shop.brand, desk.store.name, desk.store.address, desk.guide.name]
    also += [customer.name, customer.address_as] if customer is not None else []
    asked = "" if _is_ordered(brief) else f"{brief.asked} {brief.need.question}"
    return said_in((one for one in brief.evidence if not _is_order(one)), also, asked)


def has_orders(brief: Brief) -> bool:
    """Say whether the question or a record speaks to a model: then nothing the rules object to is lifted."""
    return _is_ordered(brief) or any(map(_is_order, brief.evidence))


def _is_ordered(brief: Brief) -> bool:
    asked = f"{brief.asked}\n{brief.need.question}"
    return brief.need.touches(Signal.INJECTION) or _speaks_to_a_model(asked)


def _is_order(evidence: Evidence) -> bool:
    return evidence.kind in _WRITTEN_BY_OTHERS and _speaks_to_a_model(evidence.text)


_WRITTEN_BY_OTHERS = (EvidenceKind.PASSAGE, EvidenceKind.CUSTOMER)


@lru_cache(maxsize=2048)
def _speaks_to_a_model(text: str) -> bool:
    return bool(quoted(text))


_SURE = frozenset(backed_by_a_record(of) for of in (*IN_ANY_WORDING, HOUSE_RULE, ClaimKind.PERCENT.label))
_SUM = backed_by_a_record(ClaimKind.MONEY.label)


def is_advice(finding: Finding) -> bool:
    """Say whether a finding only guesses at meaning, so that the reader decides.

    Discounts, what is paid and saved, prices, counts, a sum that stands in no record at all, and a name that is none of the
    shop's are judged the same in any wording.
    """
    if finding.rule in _SURE or (finding.reason is Reason.UNSUPPORTED_FIGURE and finding.rule == _SUM):
        return False
    if finding.reason in (Reason.UNKNOWN_COUPON, Reason.UNKNOWN_PRODUCT):
        return finding.rule == SPOKEN_OF
    return finding.reason in _ADVISED and finding.rule.startswith((BASIS, QUOTED, ECHOED))


_FIGURES = (ClaimKind.MONEY, ClaimKind.QUANTITY, ClaimKind.DATE)
_WITH_FIGURES = (*_FIGURES, ClaimKind.DURATION, ClaimKind.PERCENT)


def set_beside(piece: Piece, said: Said) -> tuple[tuple[Unsaid, ...], tuple[frozenset[str], ...]]:
    """Measure a sentence clause by clause, with the names of the rules that object to words of each."""
    sentence = fold(piece.text)
    names = [(fold(one.text), _LETTERS[one.kind]) for one in piece.found if one.kind in _LETTERS]
    # 四十三块九毛一 and 晚上九点 stand in a record that writes them otherwise
    right = [
        fold(one.text) for one in piece.claims if one.kind in _WITH_FIGURES and one.evidence_id not in ("", FROM_NEED)
    ]
    clauses = unsaid(sentence, said, names, right)
    objections = [(one, fold(one.span)) for one in piece.findings if is_advice(one)]
    return clauses, tuple(
        frozenset(
            f"{one.reason.value}:{one.rule}"
            for one, span in objections
            if span
            and (span in sentence[clause.start : clause.end] or sentence[clause.start : clause.end].strip() in span)
        )
        for clause in clauses
    )


_ENDS = "，,。！!？?～~：: \n"
_SHORTEST_FRAME = 4


def approved_in(draft: Draft, brief: Brief) -> tuple[re.Pattern[str], ...]:
    """Return the sentences of the approved scripts a draft was made of, each with its blanks as groups.

    A manager published these words after they were checked, so that only what fills the blanks is still to be doubted.
    """
    made_of = frozenset(draft.script_ids)
    texts = [one.text for one in brief.desk.shop.scripts if one.script_id in made_of] if made_of else []
    return tuple(pattern for text in texts for sentence in sentences(text) if (pattern := _frame(sentence)) is not None)


@lru_cache(maxsize=2048)
def _frame(sentence: str) -> re.Pattern[str] | None:
    fixed = [fold(part).strip(_ENDS) for part in BLANK.split(sentence)[::2]]
    if sum(map(len, fixed)) < _SHORTEST_FRAME:
        return None
    return re.compile("([^。；;！!？?]*?)".join(map(re.escape, fixed)))


def judge_doubts(
    pieces: Sequence[Piece],
    said: Said,
    *,
    freely: bool,
    decides: bool,
    approved: Sequence[re.Pattern[str]] = (),
) -> None:
    """Let the reader add its own finding to a doubtful sentence; where it ``decides`` it also lifts the rules' advice.

    ``freely`` worded sentences are doubted sooner than the composer's; ``approved`` ones not at all.
    """
    limits = learned().limits
    for piece in pieces:
        clauses, objected = set_beside(piece, said)
        if not clauses:
            continue
        piece.findings += [_loose(figure) for clause in clauses for figure in clause.loose if not _told(figure, piece)]
        doubt = weigh(clauses, objected)
        if decides and doubt.weight < limits.sound:
            piece.findings = [one for one in piece.findings if not is_advice(one)]
        if piece.findings or _is_only_names_and_sums(piece) or _is_approved(piece, approved, said):
            continue
        if doubt.weight >= (limits.doubtful if freely else limits.certain):
            piece.findings.append(
                Finding(
                    reason=Reason.UNSUPPORTED_FACT,
                    rule="有据可查（整句）",
                    span=fold(piece.text)[doubt.start : doubt.end].strip("，,。！!？?～~ \n"),
                    remedy="资料里没有这样的说法：删掉这半句；有这回事的话，先把依据补进资料",
                )
            )


def _is_approved(piece: Piece, approved: Sequence[re.Pattern[str]], said: Said) -> bool:
    """Say whether a sentence is an approved one in whose blanks stands what a record says word for word."""
    sentence = fold(piece.text).strip(_ENDS)
    filled = (match.groups() for frame in approved if (match := frame.fullmatch(sentence)) is not None)
    return any(all(blank.strip(_ENDS) in said.whole for blank in blanks) for blanks in filled)


_PLAIN_REST = re.compile(
    "(?:是的|对的?|没错|您好|现在|目前|价格|售价|它们?|[这该][款个瓶支件盒]|[是卖要也只都和跟与比更还有剩高低]|便宜|贵|[一]?[些点]"
    "|[早晚]上|早晨|中午|下午|营业|开门|打烊|关门|的|相差|合计|加起来|总共|一共|开始|结束|截止|到今天|过了|满减券|券|[，,。！!~～\\s])*"
)


def _is_only_names_and_sums(piece: Piece) -> bool:
    """Say whether a sentence is nothing but names and figures that the rules found right (是的，云朵面霜现在是¥68)."""
    rest, reached = [], 0
    for one in sorted(piece.found, key=lambda one: one.start):
        rest.append(piece.text[reached : one.start])
        reached = max(reached, one.end)
    names = sum(one.kind is ClaimKind.PRODUCT for one in piece.found)
    figures = any(one.kind in _FIGURES for one in piece.found)
    return (figures or names > 1) and _PLAIN_REST.fullmatch("".join((*rest, piece.text[reached:]))) is not None


def _loose(figure: str) -> Finding:
    return Finding(
        reason=Reason.UNSUPPORTED_FIGURE,
        rule=LOOSE,
        span=figure,
        remedy="这个数在这次查到的资料里哪儿都没有，照记录写，或删掉",
    )


def _told(figure: str, piece: Piece) -> bool:
    return any(figure in fold(one.span) for one in piece.findings if not is_advice(one))
