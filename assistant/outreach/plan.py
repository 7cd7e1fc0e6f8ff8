"""Is a task behind its plan? A pure question about days and counts; the home page and the task's own page ask it."""

from datetime import date

from knowledge.noun import Labelled, Noun


class TaskPhase(Labelled):
    """Where a task stands in time."""

    DRAFT = "draft", "还没发布"
    PLANNED = "planned", "还没开始"
    RUNNING = "running", "进行中"
    ENDED = "ended", "已结束"
    STOPPED = "stopped", "提前停了"


class Counted(Noun):
    """A task's items: written to, left out by the guide with a reason, still open."""

    reached: int = 0
    skipped: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.reached + self.skipped + self.open

    @property
    def settled(self) -> int:
        """Those about which nothing is left to do."""
        return self.reached + self.skipped

    @property
    def share(self) -> float:
        """The settled part, 0..1; 0 where there is nothing to do."""
        return self.settled / self.total if self.total else 0.0


def phase(status: TaskPhase, starts_on: date, ends_on: date, today: date) -> TaskPhase:
    """Return where a published task stands today; a draft and a stopped one stay what they are."""
    if status in (TaskPhase.DRAFT, TaskPhase.STOPPED):
        return status
    if today < starts_on:
        return TaskPhase.PLANNED
    return TaskPhase.RUNNING if today <= ends_on else TaskPhase.ENDED


def elapsed(starts_on: date, ends_on: date, today: date) -> float:
    """The part of a task's days that is over, 0..1; the running day is not over yet."""
    days = (ends_on - starts_on).days + 1
    return min(max((today - starts_on).days, 0), days) / days


def is_behind(counted: Counted, starts_on: date, ends_on: date, today: date) -> bool:
    """Say whether a smaller part is settled than days are over; never on the first day, never when all is settled."""
    return counted.open > 0 and counted.share < elapsed(starts_on, ends_on, today)
