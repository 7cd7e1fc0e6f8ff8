"""``daogou eval collect`` and ``daogou eval drift``: cases out of what guides decided, and how far they have moved on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.saying import say, told

if TYPE_CHECKING:
    from assistant.service import Service


def collect(
    folder: Annotated[Path, typer.Option("-o", help="题目写到哪个文件夹，一段一个文件。")],
    limit: Annotated[int, typer.Option(min=1, help="最多写多少段；一半取自出过问题的。")] = 100,
    packs_folder: Annotated[Path | None, typer.Option(help="已有题目的题包文件夹；不填就用自带的。")] = None,
) -> None:
    """把店长收下的、导购采用、改过、没采用的真实对话变成题目：姓名、电话、编号、地址、生日都换成编的，和已有题目重复的不要。"""
    from eval.cases.packs import PACKS, WORKING_SPLITS, read_packs
    from eval.collecting.collect import collect as collecting

    with told():
        existing = [case for pack in read_packs(packs_folder or PACKS) for case in pack.cases(*WORKING_SPLITS)]
        with _opened() as service:
            found = collecting(service, folder, existing, limit)
    say(f"有结果的对话 {found.decided} 段，写出 {len(found.files)} 段到 {folder}")
    for kind, count in sorted(found.kinds.items(), key=lambda one: not one[0].dangerous):
        say(f"  {kind.label}：{count}")
    if found.alike:
        say(f"和已有题目几乎一样、没有再写的：{found.alike}")
    for why, count in found.left_out.items():
        say(f"没有写的 {count} 段：{why}")


def drift(
    days: Annotated[int, typer.Option(min=1, help="看最近多少天。")] = 30,
    pack: Annotated[list[str] | None, typer.Option(help="和哪些题包比，可以写多个；不填就和全部比。")] = None,
    packs_folder: Annotated[Path | None, typer.Option(help="题包文件夹；不填就用自带的。")] = None,
    save: Annotated[Path | None, typer.Option(help="另存一份 JSON。")] = None,
) -> None:
    """真实提问和题目差多远：意图、阶段、品类、长短、没答上的、题目里没有的词，和谁也没想到的问题。"""
    from eval.cases.packs import PACKS, WORKING_SPLITS, choose, read_packs
    from eval.collecting.drift import drift as drifting
    from eval.collecting.drift import in_words

    with told():
        chosen = choose(read_packs(packs_folder or PACKS), WORKING_SPLITS, names=tuple(pack or ()))
    with _opened() as service:
        found = drifting(service, [one.case for one in chosen], days)
    for line in in_words(found):
        say(line)
    if save is not None:
        save.write_text(json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        say(f"全部数字已存到 {save}")


@contextmanager
def _opened() -> Iterator[Service]:
    """The service of the settings, as it lies on disk; the running one may go on meanwhile."""
    from assistant.app import build_without_index
    from assistant.settings import Settings

    service = build_without_index(Settings())
    try:
        yield service
    finally:
        service.close()
