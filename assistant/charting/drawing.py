"""The one copy of the drawing library (Apache ECharts, see ``vendor/README.md``), for the reports and the console."""

from functools import cache
from importlib.resources import files

NAME = "echarts.common.min.js"


@cache
def library() -> bytes:
    """The library as a script, exactly as its makers published it."""
    return (files("assistant.charting") / "vendor" / NAME).read_bytes()
