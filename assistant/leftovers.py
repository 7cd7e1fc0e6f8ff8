"""Which files of the data folder name somebody: the database is gone through elsewhere, files are not."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

LARGEST = 200 * 1024 * 1024
"""Bytes of a file that are looked through; ours are far smaller."""

_DATABASES = ("daogou.db", "jobs.db")
_LABELS = {
    "spool.jsonl": "等着入库的消息（服务会自己处理）",
    "spool-taken.jsonl": "等着入库的消息（服务会自己处理）",
}


def files_naming(folder: Path, words: Sequence[str]) -> Mapping[str, int]:
    """How often any of these words stands in a file of the folder, by its name there; files without are left out.

    The databases are left out: what forgetting does there is told table by table. A short number of hers (C1) counts only
    where it stands by itself: any two letters stand somewhere in a key, and in most longer numbers.
    """
    needles = [re.compile(_by_itself(word).encode()) for word in words if word]
    found = {}
    for path in sorted(folder.rglob("*")) if needles else ():
        if not path.is_file() or path.name.startswith(_DATABASES) or path.stat().st_size > LARGEST:
            continue
        content = path.read_bytes()
        if number := sum(len(needle.findall(content)) for needle in needles):
            found[_LABELS.get(path.name, path.relative_to(folder).as_posix())] = number
    return found


def _by_itself(word: str) -> str:
    plain = re.escape(word)
    is_short = len(word) <= _SHORT and word.isascii()
    return rf"(?<![\w-]){plain}(?![\w-])" if is_short else plain


_SHORT = 5
