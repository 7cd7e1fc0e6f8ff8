"""A run for other tools: its figures as JSON, its turns as Parquet, one row a turn."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.turn import Outcome
from eval.cases.reading import BadCase
from eval.checks.checks import CHECK_NAMES, Status, shown_drafts
from eval.counting.figures import ranks_of, tags_of
from eval.replaying.replay import TurnResult
from eval.reporting.figures import SLICED_BY, Figures, score_of, steps_of
from eval.running import Ran


def write_figures(figures: Figures, path: Path) -> None:
    """Write all that a report shows in numbers, with the counts behind every share."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures.model_dump(mode="json"), ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_turns(ran: Ran, path: Path) -> int:
    """Write a row for every turn; raises BadCase where pyarrow is missing."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as missing:
        raise BadCase("存成 Parquet 要用 pyarrow，还没有装。请运行：pip install 'daogou[eval]'") from missing
    columns = _columns(pa)
    rows = [_row(one, ran) for one in ran.results]
    arrays = {name: [row[name] for row in rows] for name in columns}
    table = pa.table(arrays, schema=pa.schema(list(columns.items()), metadata=_about(ran)))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return len(rows)


def _about(ran: Ran) -> Mapping[str, str]:
    of = ran.manifest
    return {"run_id": of.run_id, "commit": of.commit, "uncommitted": of.uncommitted, "model": of.model}


def _columns(pa: Any) -> dict[str, Any]:
    """Every column with its type; written out, so that an empty one has the type it always has."""
    text, texts = pa.string(), pa.list_(pa.string())
    return {
        **dict.fromkeys(("run_id", "pack", "case", "title", "split", "guide"), text),
        **dict.fromkeys(("number", "repeat"), pa.int32()),
        **dict.fromkeys(SLICED_BY, text),
        "asked": texts,
        **dict.fromkeys(("expected_intent", "heard_intent", "reply_kind", "customer"), text),
        "passed": pa.bool_(),
        "error": text,
        "score": pa.float64(),
        **{f"check_{name}": pa.bool_() for name in CHECK_NAMES},
        "failed": texts,
        "failed_details": texts,
        "drafts": texts,
        "drafts_held": pa.int32(),
        "reply": text,
        "rank": pa.int32(),
        "hits": pa.int32(),
        "coupons": texts,
        **dict.fromkeys(("total_fen", "pay_fen", "saving_fen"), pa.int64()),
        "milliseconds": pa.float64(),
        "steps": pa.map_(text, pa.float64()),
        **dict.fromkeys(("model_calls", "input_tokens", "output_tokens", "cost_microfen", "kept_answers"), pa.int64()),
        "fingerprint": text,
    }


def _row(one: TurnResult, ran: Ran) -> dict[str, Any]:
    record, expect = one.record, one.turn.expect
    tags, offer, made = tags_of(one, ran.manifest.packs), record.offer, record.provenance
    failed = {name: judged.detail for name, judged in one.judgements.items() if judged.status is Status.FAIL}
    return {
        "run_id": ran.manifest.run_id,
        "pack": one.pack,
        "case": one.name,
        "title": one.case.title,
        "split": one.split.value,
        "guide": one.case.guide,
        "number": one.number,
        "repeat": one.repeat,
        **{tag: tags.get(tag) for tag in SLICED_BY},
        "asked": list(one.turn.guide),
        "expected_intent": expect.intent.value if expect.intent is not None else None,
        "heard_intent": record.need.intent.value,
        "reply_kind": record.reply.kind.value,
        "customer": record.need.customer_id or None,
        "passed": one.passed,
        "error": one.error or None,
        "score": score_of((one,)),
        **{f"check_{name}": _passed(one, name) for name in CHECK_NAMES},
        "failed": list(failed),
        "failed_details": list(failed.values()),
        "drafts": list(shown_drafts(record)),
        "drafts_held": sum(verdict.outcome is Outcome.HELD for verdict in record.verdicts),
        "reply": "\n".join(record.reply.parts),
        # 0: a passage was wanted and none came
        "rank": min(ranks_of(one), default=0) if expect.passages else None,
        "hits": len(record.hits),
        "coupons": [applied.coupon_id for applied in offer.applied] if offer is not None else [],
        "total_fen": offer.total_fen if offer is not None else None,
        "pay_fen": offer.pay_fen if offer is not None else None,
        "saving_fen": offer.saving_fen if offer is not None else None,
        "milliseconds": one.milliseconds,
        "steps": list(steps_of(one).items()),
        "model_calls": made.model_calls,
        "input_tokens": made.input_tokens,
        "output_tokens": made.output_tokens,
        "cost_microfen": made.cost_microfen,
        "kept_answers": one.kept_answers,
        "fingerprint": one.fingerprint,
    }


def _passed(one: TurnResult, check: str) -> bool | None:
    """Whether it passed; None where it was not judged."""
    judged = one.judgements.get(check)
    if judged is None or judged.status is Status.NOT_APPLICABLE:
        return None
    return judged.status is Status.PASS
