"""A process killed between any two steps leaves an index that the next comparison makes whole."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.index.index import PassageIndex
from knowledge.passage import marks
from tests.knowledge.test_index import ids, passage

# the child holds a and b, then is killed in the middle of: b changes, c comes, a goes
_CHILD = """
import os, pathlib, signal, sys
from knowledge.index.index import PassageIndex
from knowledge.passage import marks
from tests.knowledge.test_index_crashes import AFTER, ASKED, BEFORE
folder, engine, step, moment, which = sys.argv[1:]
index = PassageIndex(pathlib.Path(folder), None, "corp")
index.apply(BEFORE, (), ASKED)
part = getattr(index, engine)
whole = getattr(part, step)
calls = 0
def killed(*given):
    global calls
    calls += 1
    if moment == "before" and calls == int(which):
        os.kill(os.getpid(), signal.SIGKILL)
    result = whole(*given)
    if calls == int(which):
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(part, step, killed)
index.apply(AFTER, ["a"], ASKED)
"""
BEFORE = [passage("a", "停车券满两百元可领取一张。"), passage("b", "生日礼每年可领取一次。")]
AFTER = [passage("b", "生日礼改为每季度领取。"), passage("c", "雨伞可以在服务台借用。")]
ASKED = {"b": ["寿星有没有东西拿"], "c": ["下雨了怎么办"]}


def _caught_up(folder: Path) -> PassageIndex:
    """Open the folder and do what its owner does: compare, and apply what differs."""
    index = PassageIndex(folder, None, "corp")
    known = index.ids_with_hashes()
    wanted = {one.id: marks(one).fingerprint(ASKED.get(one.id, ())) for one in AFTER}
    changed = [one for one in AFTER if known.get(one.id) != wanted[one.id]]
    index.apply(changed, [id_ for id_ in known if id_ not in wanted], ASKED)
    return index


@pytest.mark.parametrize("which", [1, 2])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("engine", "step"), [("_ledger", "record"), ("_lexical", "apply"), ("_answered", "apply")])
def test_killed_between_two_steps(tmp_path: Path, engine: str, step: str, moment: str, which: int) -> None:
    given = [str(tmp_path / "index"), engine, step, moment, str(which)]
    done = subprocess.run([sys.executable, "-c", _CHILD, *given], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    for _ in range(2):
        with _caught_up(tmp_path / "index") as index:
            assert index.ids_with_hashes() == {one.id: marks(one).fingerprint(ASKED[one.id]) for one in AFTER}
            assert ids(index, "停车券") == []
            assert ids(index, "生日礼每季度领取") == ["b"]
            assert ids(index, "服务台借雨伞") == ["c"]
            assert ids(index, "下雨了怎么办") == ["c"]


def test_words_the_ledger_never_learnt_of_are_dropped(tmp_path: Path) -> None:
    given = [str(tmp_path / "index"), "_ledger", "record", "before", "2"]
    subprocess.run([sys.executable, "-c", _CHILD, *given], check=False, timeout=60)
    with PassageIndex(tmp_path / "index", None, "corp") as index:
        held = index.ids_with_hashes()
    # nothing was brought again, so opening once more must find an index that is whole and forget nothing
    with PassageIndex(tmp_path / "index", None, "corp") as again:
        assert again.ids_with_hashes() == held == {"b": marks(BEFORE[1]).fingerprint(ASKED["b"])}
