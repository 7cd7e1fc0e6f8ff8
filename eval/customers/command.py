"""``daogou eval talk``: invented customers talk with a shop, and some of them try what must not succeed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress

from eval.saying import say, told, waiting


def talk(
    pack: Annotated[str, typer.Option(help="和哪个题包的店聊。")] = "beauty",
    number: Annotated[int, typer.Option(min=1, help="多少位顾客。")] = 42,
    seed: Annotated[int, typer.Option(help="种子；同样的种子，同样的顾客。")] = 1,
    goal: Annotated[list[str] | None, typer.Option(help="只要想做这些事的顾客，可以写多个。")] = None,
    show: Annotated[int, typer.Option(help="把有问题的聊天列出多少段。")] = 3,
    with_model: Annotated[bool, typer.Option("--with-model", help="顾客的话由 DAOGOU_LLM_* 设置的模型来说。")] = False,
) -> None:
    """让编出来的顾客和店里聊：办成没有，有没有说不该说的，来捣乱的有没有得逞。有得逞的退出码 1。"""
    from eval.cases.packs import read_packs
    from eval.cases.reading import BadCase
    from eval.customers.modelled import ModelDriven
    from eval.customers.persona import RuleBased, personas, words
    from eval.customers.talking import Customer, Ending, as_text, choices_of, talks
    from eval.replaying.house import Material, houses_folder, opened
    from eval.running import answering_of_settings

    packs = {one.name: one for one in read_packs()}
    unknown = [*([pack] if pack not in packs else []), *(set(goal or ()) - words().goals.keys())]
    with told():
        if unknown:
            raise BadCase(
                f"没有「{'、'.join(unknown)}」；题包有 {'、'.join(packs)}，想做的事有 {'、'.join(words().goals)}"
            )
        ask = answering_of_settings().open() if with_model else None
    chosen = packs[pack]
    with (
        opened(Material(chosen.shop, chosen.day, {}), houses_folder()) as house,
        Progress(console=waiting, transient=True) as bar,
    ):
        drawn = personas(choices_of(house, pack), number, seed, tuple(goal or ()))
        customers: list[Customer] = [RuleBased(one) if ask is None else ModelDriven(one, ask) for one in drawn]
        task = bar.add_task("聊天", total=number)
        held = tuple(talks(house, customers, lambda: bar.advance(task)))
    say(as_text(held, show))
    raise typer.Exit(1 if any(one.ending is Ending.BREACH or one.wrong for one in held) else 0)
