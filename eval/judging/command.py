"""``daogou eval judge``: a model's opinion of a run, and how far it can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.saying import say, told


def judge(
    folder: Annotated[Path, typer.Argument(help="已经跑好的结果文件夹。")],
    rubric: Annotated[str, typer.Option(help="用哪份评分说明（prompts/rubrics 里的名字）。")] = "answers",
    labels: Annotated[Path | None, typer.Option(help="人的判断，JSONL：turn、opinion、by。")] = None,
    save: Annotated[Path | None, typer.Option(help="把每一轮的判断存成 JSONL。")] = None,
) -> None:
    """请 DAOGOU_LLM_* 的模型当评委；给了人的判断，就说清它和人有多一致，能不能用来放行。"""
    from eval.judging.calibrating import calibrate, in_words, read_labels, write_judgements
    from eval.judging.judge import Opinion, judge_all, open_judge
    from eval.judging.judge import rubric as rubric_named
    from eval.running import answering_of_settings, read_run
    from prompts.load import PromptError

    with told(PromptError):
        template = rubric_named(rubric)
        results = read_run(folder).results
        said = read_labels(labels) if labels is not None else ()
        with open_judge(answering_of_settings()) as ask:
            judgements = list(judge_all(results, template, ask))
    if save is not None:
        write_judgements(judgements, save)
    counts = {one: sum(judgement.opinion is one for judgement in judgements) for one in (*Opinion, None)}
    say(
        f"{len(judgements)} 轮：好 {counts[Opinion.PASS]}，不好 {counts[Opinion.FAIL]}，"
        f"不适用 {counts[Opinion.NOT_APPLICABLE]}，没有可信的判断 {counts[None]}"
    )
    if not said:
        say("没有和人比过，不能用来放行。")
        return
    for line in in_words(calibrate(judgements, said)):
        say(line)
