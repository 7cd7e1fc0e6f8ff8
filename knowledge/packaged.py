"""The YAML files that lie beside the code: word lists, rules, maps. Read with libyaml, ten times as fast as in Python."""

from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml


@lru_cache(maxsize=64)
def packaged(package: str, name: str) -> Any:
    """Read one file of a package, once; what is returned is shared by all who ask and is not to be changed."""
    return yaml.load(files(package).joinpath(name).read_text("utf-8"), Loader=yaml.CSafeLoader)


def version_of(room: Path) -> str:
    """Hash every file of a room, code and data alike, to twelve hex digits: what it decides changes with any of them."""
    digest = sha256()
    for path in sorted(one for one in room.rglob("*") if one.is_file() and one.suffix != ".pyc"):
        digest.update(path.relative_to(room).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
