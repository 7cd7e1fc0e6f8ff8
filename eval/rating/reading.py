"""What people said of a blind sheet: how far they agree, and which version they preferred, with how much certainty."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from krippendorff import alpha
from pydantic import ValidationError
from scipy import stats

from eval.cases.reading import BadCase
from eval.rating.sheet import Key
from knowledge.noun import Noun

Better = Literal["left", "same", "right", "neither"]
ENOUGH_AGREEMENT = 0.667
"""Below this alpha even tentative conclusions are not drawn (Krippendorff 2004, Content Analysis, p. 241)."""
_WORTH = {"before": -1.0, "same": 0.0, "after": 1.0}


class Rating(Noun):
    """What one person said of one pair."""

    better: Better
    why: tuple[str, ...] = ()


class Ratings(Noun):
    """One person's file."""

    sheet: str
    rater: str
    ratings: dict[str, Rating]


@dataclass(frozen=True)
class Preference:
    """How often each version was preferred over all ratings, and by pair after its raters were counted together.

    ``p`` is from the exact sign test over the pairs that have a winner. ``agreement`` is Krippendorff's alpha (ordinal), None with
    fewer than two raters of any pair. ``neither`` counts ratings by which no answer could be sent.
    """

    raters: int
    pairs: int
    before: int
    same: int
    after: int
    neither: int
    pairs_before: int
    pairs_after: int
    p: float
    agreement: float | None
    reasons: tuple[tuple[str, int], ...]
    by_slice: dict[str, tuple[int, int]]

    def in_words(self) -> str:
        """What a manager is told."""
        lines = [
            f"{self.raters} 个人评了 {self.pairs} 题：新版更好 {self.after} 次，差不多 {self.same} 次，原来更好 {self.before} 次，都不能发 {self.neither} 次",
            f"按题算：新版胜 {self.pairs_after} 题，原来胜 {self.pairs_before} 题，p={self.p:.3f}"
            + ("" if self.p < 0.05 else "，可能只是碰巧"),
        ]
        if self.agreement is None:
            lines.append("只有一个人评过，看不出大家是不是一致：请至少两个人评同一份")
        else:
            enough = "够一致" if self.agreement >= ENOUGH_AGREEMENT else "不够一致，结论先不要用，先一起对几道题的标准"
            lines.append(f"评分人之间的一致性 α={self.agreement:.2f}（{enough}）")
        lines += [f"  {reason}：{number} 次" for reason, number in self.reasons]
        lines += [f"  {name}：新版 {after} 次，原来 {before} 次" for name, (before, after) in self.by_slice.items()]
        return "\n".join(lines)


def read_ratings(paths: Sequence[Path]) -> tuple[Ratings, ...]:
    """Read people's files; raises BadCase with the file that does not fit."""
    read = []
    for path in paths:
        try:
            read.append(Ratings.model_validate_json(path.read_text(encoding="utf-8")))
        except (ValidationError, UnicodeDecodeError) as error:
            raise BadCase(f"{path.name}：不是评分页面存下来的文件，请重新从页面底部存一次") from error
    return tuple(read)


def preference(every: Sequence[Ratings], key: Key) -> Preference:
    """Count what was said, each side turned back into its version; raises BadCase for another sheet or a doubled rater."""
    wrong = [one.rater or "未署名" for one in every if one.sheet != key.sheet]
    if wrong:
        raise BadCase(f"{'、'.join(wrong)} 评的是另一份，不能算在一起")
    twice = [name for name, times in Counter(one.rater for one in every).items() if times > 1]
    if twice:
        raise BadCase(f"{'、'.join(name or '未署名' for name in twice)} 有两份评分，只留一份")
    said = [
        (one.rater, id_, _version(key, id_, rating), rating) for one in every for id_, rating in one.ratings.items()
    ]
    counted = Counter(version for _, _, version, _ in said)
    worth = {id_: sum(_WORTH.get(version, 0.0) for _, pair, version, _ in said if pair == id_) for id_ in key.left}
    rated = {id_ for _, id_, _, _ in said}
    wins = Counter("after" if worth[id_] > 0 else "before" for id_ in rated if worth[id_])
    by_slice: dict[str, tuple[int, int]] = {}
    for _, id_, version, _ in said:
        before, after = by_slice.get(key.slices[id_], (0, 0))
        by_slice[key.slices[id_]] = (before + (version == "before"), after + (version == "after"))
    decided = wins["after"] + wins["before"]
    return Preference(
        raters=len(every),
        pairs=len(rated),
        before=counted["before"],
        same=counted["same"],
        after=counted["after"],
        neither=counted["neither"],
        pairs_before=wins["before"],
        pairs_after=wins["after"],
        p=float(stats.binomtest(wins["after"], decided).pvalue) if decided else 1.0,
        agreement=_agreement(said, sorted(rated), [one.rater for one in every]),
        reasons=tuple(Counter(reason for _, _, _, rating in said for reason in rating.why).most_common()),
        by_slice=by_slice,
    )


def _version(key: Key, id_: str, rating: Rating) -> str:
    if id_ not in key.left:
        raise BadCase(f"评分里有这份没有的题 {id_}")
    if rating.better in ("same", "neither"):
        return rating.better
    other = {"before": "after", "after": "before"}
    return key.left[id_] if rating.better == "left" else other[key.left[id_]]


def _agreement(
    said: Sequence[tuple[str, str, str, Rating]], pairs: Sequence[str], raters: Sequence[str]
) -> float | None:
    """Ordinal alpha over before < same < after; neither is no place on that line and counts as not rated."""
    table = np.full((len(raters), len(pairs)), np.nan)
    for rater, id_, version, _ in said:
        if version in _WORTH:
            table[raters.index(rater), pairs.index(id_)] = _WORTH[version]
    rated_twice = (~np.isnan(table)).sum(axis=0) >= 2
    if not rated_twice.any() or len(np.unique(table[:, rated_twice][~np.isnan(table[:, rated_twice])])) < 2:
        return None
    return float(alpha(reliability_data=table, level_of_measurement="ordinal"))
