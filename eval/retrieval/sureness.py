"""Fit anew how sure a quoted rule must be of itself: ``python -m eval.retrieval.sureness``.

Training and dev questions go the whole way; what is learned is whether the rule that leads holds the words that answer.
"""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.flow.finding.quoting import best_quote
from assistant.flow.finding.sureness import TOLD_FROM, Signs
from assistant.flow.understanding.intents import as_rules_say
from assistant.service import Service
from eval.replaying.house import sample_house
from eval.retrieval.answered import guides_by_store, holds_the_answer, rule_questions
from eval.retrieval.fit import fitted, unseen
from eval.sample import SAMPLE_SHOP
from knowledge.measures import auroc
from knowledge.passage import DocumentKind

_FEATURES = tuple(one.name for one in fields(Signs))
_FOLDS = 10


def learned(service: Service) -> Iterator[tuple[list[float], bool]]:
    """The signs of every quote that leads, and whether it holds the words that answer."""
    guides = guides_by_store(service)
    asked = [one for one in rule_questions(("train", "dev")) if one.store in guides]
    for question in track(asked, "逐题问", console=Console(stderr=True), transient=True):
        record = service.converse(guides[question.store], [question.ask], channel=f"sureness-{question.id}")
        topics = as_rules_say(record.need.slots.policy_topics)
        quote = best_quote(record.need.question, record.hits, (DocumentKind.POLICY,), topics, overlap_needed=True)
        if quote is not None and quote.signs is not None:
            yield list(map(float, vars(quote.signs).values())), holds_the_answer(question, " ".join(quote.statements))


def main() -> None:
    """Print the weights, and what such a fit would tell and keep back of questions it has not seen."""
    with TemporaryDirectory(prefix="daogou-sureness-") as folder, sample_house(SAMPLE_SHOP, Path(folder)) as service:
        rows, right = (np.array(column, float) for column in zip(*learned(service), strict=True))
    strengths = unseen(rows, right, _FOLDS)
    odds = 1 / (1 + np.exp(-strengths))
    out = Console()
    area = auroc(list(strengths[right == 1]), list(strengths[right == 0]))
    table = Table(
        "从多大把握起", "答对", "答成别的", title=f"{len(rows)} 条引用，{_FOLDS} 折交叉验证，AUROC {area:.3f}"
    )
    for least in (0.0, TOLD_FROM, 0.3, 0.4, 0.5, 0.6):
        told = odds >= least
        table.add_row(f"{least:.2f}", str(int(right[told].sum())), str(int((1 - right[told]).sum())))
    out.print(table)
    named = zip((*_FEATURES, "bias"), fitted(rows, right), strict=True)
    out.print("  ".join(f"{name}={weight:.3f}" for name, weight in named))


if __name__ == "__main__":
    main()
