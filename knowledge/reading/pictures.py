"""Pictures: read by recognition where it is installed, otherwise told how else their content gets in."""

import io
from pathlib import Path, PurePosixPath

from knowledge.reading import recognising
from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper
from knowledge.reading.office import TextRead
from knowledge.reading.recognising import CHECK, EXTRA, Clocked

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
CAPTION_SUFFIXES = frozenset({".txt", ".md"})
_MOST_PIXELS = 40_000_000
_LONGEST_SIDE = 2000
_TOO_LARGE = ("图片超过 4000 万像素，太大了", "请缩小后重新上传")


def read_picture(data: bytes, file: str, sweeper: Sweeper) -> TextRead:
    """Read a picture by recognition, else say what to do about it.

    Raises OSError or ValueError of Pillow when it is damaged.
    """
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _without(file, *_TOO_LARGE)
    with picture:
        if picture.width * picture.height > _MOST_PIXELS:
            return _without(file, *_TOO_LARGE)
        # a picture cut short would otherwise be found out only while it is recognised
        picture.load()
        recogniser = recognising.installed()
        if recogniser is None:
            remedy = f"请在旁边放一个同名的 .txt 或 .md 写明图里的内容，或{EXTRA}后重新导入"
            return _without(file, "图片里的文字读不了", remedy)
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        lines = Clocked(recogniser).lines(picture) or ()
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, text, 0, "图（识别）") for line in lines if (text := sweeper.visible(line))
    )
    if not blocks:
        return _without(file, "图片里没有识别出文字", "请在旁边放一个同名的 .txt 或 .md 写明图里的内容")
    return TextRead("", blocks, (ReadingProblem(file, "", *CHECK, ProblemLevel.WARNING),))


def _without(file: str, reason: str, remedy: str) -> TextRead:
    return TextRead("", (), (ReadingProblem(file, "", reason, remedy),))


def naming(names: tuple[str, ...]) -> tuple[Block, ...]:
    """Blocks that name the pictures a caption file describes."""
    return tuple(Block(BlockKind.PARAGRAPH, f"图：{name}") for name in names)


def pictures_of(caption: Path) -> tuple[str, ...]:
    """The pictures a text file on disk is the caption of: same folder, same name but for the suffix."""
    if caption.suffix.lower() not in CAPTION_SUFFIXES or not caption.parent.is_dir():
        return ()
    beside = (one for one in caption.parent.iterdir() if one.stem == caption.stem)
    return tuple(sorted(one.name for one in beside if one.suffix.lower() in PICTURE_SUFFIXES and one.is_file()))


def caption_of(picture: Path) -> Path | None:
    """The caption file beside a picture on disk."""
    found = (picture.with_suffix(suffix) for suffix in sorted(CAPTION_SUFFIXES))
    return next((one for one in found if one.is_file()), None)


def is_picture(name: str) -> bool:
    """Say whether a file of this name is a picture."""
    return PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES
