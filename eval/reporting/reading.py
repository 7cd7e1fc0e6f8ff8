"""Opening a run somebody names: what is wrong with its folder is said in words, never as a trace."""

from pathlib import Path

from pydantic import ValidationError

from eval.cases.reading import BadCase
from eval.counting.outcome import TurnOutcome, read_outcomes
from eval.gating.gate import BASELINE
from eval.replaying.folder import MANIFEST, TURNS
from eval.running import Ran, read_run


def opened(folder: Path) -> Ran:
    """A run with at least one whole case; raises BadCase, which says what is wrong and what to do."""
    try:
        ran = read_run(folder)
    except ValidationError as error:
        what = MANIFEST if error.title == "Manifest" else TURNS
        raise BadCase(f"{folder} 里的 {what} 读不出来，可能没写完，或者是别的版本写的；请重新跑一次评测") from error
    except (OSError, ValueError) as error:
        raise BadCase(f"{folder} 打不开：{error}") from error
    if not ran.results:
        raise BadCase(f"{folder} 里还没有一段跑完的对话；用 daogou eval run --resume --folder {folder} 接着跑")
    return ran


def kept_baseline(path: Path | None = None) -> tuple[TurnOutcome, ...] | None:
    """The baseline that is kept, or the one in this file; None where there is none."""
    kept = path or BASELINE
    return read_outcomes(kept) if kept.exists() else None
