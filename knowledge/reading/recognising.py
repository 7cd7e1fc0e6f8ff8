"""Reading the letters in a picture: the seam, and RapidOCR behind it where the extra ``[ocr]`` is installed.

Its models come inside its package, so nothing is fetched. One thread is used: a second one would only take the same
seconds of CPU twice as fast, and more address space.
"""

import importlib.util
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image

EXTRA = "安装识别扩展（pip install 'daogou[ocr]'）"
CHECK = ("文字是从图片里识别出来的，可能有错字", "请对照原件核对，特别是价格、日期和编码")
SECONDS = 18.0
"""CPU seconds one file may spend on recognition, within what its child is given for everything."""
_SURE = 0.6


class Recogniser(Protocol):
    """Reads the lines of a picture."""

    def lines(self, picture: "Image") -> tuple[str, ...]:
        """Return what stands in the picture, top to bottom."""
        ...


class Clocked:
    """A recogniser that stops when one file has had its share of the CPU."""

    def __init__(self, recogniser: Recogniser, seconds: float = SECONDS) -> None:
        self._recogniser = recogniser
        self._until = time.process_time() + seconds

    def lines(self, picture: "Image") -> tuple[str, ...] | None:
        """Return the lines of a picture; None when no time is left."""
        return self._recogniser.lines(picture) if time.process_time() < self._until else None


@cache
def installed() -> Recogniser | None:
    """The recogniser of the extra; None where it is not installed."""
    return _Rapid() if importlib.util.find_spec("rapidocr") is not None else None


class _Rapid:
    """RapidOCR on the CPU. Loading its models takes a second, hence only with the first picture."""

    def __init__(self) -> None:
        self._engine: Any = None
        self._simplified: Any = None

    def lines(self, picture: "Image") -> tuple[str, ...]:
        import numpy

        if self._engine is None:
            from opencc import OpenCC
            from rapidocr import RapidOCR

            self._simplified = OpenCC("t2s")
            self._engine = RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        found = self._engine(numpy.asarray(picture.convert("RGB")))
        texts, scores = found.txts or (), found.scores or ()
        # the model sees 減 in some faces of 减; what a shop on the mainland prints is simplified
        sure = (text for text, score in zip(texts, scores, strict=True) if score >= _SURE)
        return tuple(str(self._simplified.convert(text)) for text in sure)
