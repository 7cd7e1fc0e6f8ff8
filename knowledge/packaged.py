"""The YAML files that lie beside the code: word lists, rules, maps. Read with libyaml, ten times as fast as in Python."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@lru_cache(maxsize=64)
def packaged(package: str, name: str) -> Any:
    """Read one file of a package, once; what is returned is shared by all who ask and is not to be changed."""
    return yaml.load(files(package).joinpath(name).read_text("utf-8"), Loader=yaml.CSafeLoader)
