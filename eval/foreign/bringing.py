"""Bringing a foreign file in: which reader, against which pack's shop, for which guide."""

from collections.abc import Callable
from pathlib import Path

from eval.cases.packs import Pack, read_packs
from eval.cases.reading import BadCase
from eval.foreign import judged, promptfoo, tau2, wecom
from eval.foreign.holdings import Holdings, holdings_of
from eval.foreign.making import Brought, Making

Reader = Callable[[Path, Making], None]
_READERS: dict[str, Reader] = {"promptfoo": promptfoo.read, "judged": judged.read, "tau2": tau2.read}


def bring(file: Path, form: str, pack: str, guide: str, packs_folder: Path, names: tuple[str, ...] = ()) -> Brought:
    """Read a file for a pack; raises BadCase where file, pack or guide are not there or the file is of another kind."""
    if not file.is_file():
        raise BadCase(f"{file}：没有这个文件")
    packs = {one.name: one for one in read_packs(packs_folder)}
    if pack not in packs:
        raise BadCase(f"没有题包 {pack}；有的是：{'、'.join(packs)}")
    holdings = _holdings(packs[pack], guide)
    return read_file(file, form, guide, holdings, names)


def read_file(file: Path, form: str, guide: str, holdings: Holdings | None, names: tuple[str, ...] = ()) -> Brought:
    """Read a file, its expectations held against a shop where there is one. Raises BadCase."""
    making = Making(file.name, guide, holdings)
    try:
        if form == "wecom":
            wecom.read(file, making, names)
        else:
            _READERS[form](file, making)
    except UnicodeDecodeError as error:
        raise BadCase(f"{file.name}：不是 UTF-8 文本；请另存为 UTF-8 编码") from error
    except RecursionError as error:
        raise BadCase(f"{file.name}：套得太深，读不了；请检查是不是写错了括号") from error
    return making.done()


def _holdings(pack: Pack, guide: str) -> Holdings:
    holdings = holdings_of(pack)
    if guide.lower() not in holdings.guides:
        known = sorted(holdings.guides)
        raise BadCase(f"{pack.title}的门店没有导购 {guide}；可以用：{'、'.join(known[:10])}")
    return holdings
