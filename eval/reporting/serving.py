"""Every run of a folder in the browser of this machine: a list, each one's report, and any two side by side."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from eval.cases.reading import BadCase
from eval.counting.figures import turn_rate
from eval.counting.outcome import TurnOutcome
from eval.gating.gate import GateFile, conclude
from eval.replaying.folder import MANIFEST, TURNS
from eval.reporting.figures import Share, share_of
from eval.reporting.page import assets, filled, policy, report
from eval.reporting.reading import opened
from eval.running import Ran

HOSTS = ["127.0.0.1", "localhost"]
LIST_STYLES, LIST_SCRIPTS = ("report.css",), ("runs.js",)
_SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KEPT_REPORTS = 4
"""Reports kept made; each is some megabytes."""


@dataclass(frozen=True)
class Entry:
    """One folder as the list shows it; ``wrong`` says why it cannot be opened, and then the rest is empty."""

    name: str
    wrong: str = ""
    began_at: datetime | None = None
    finished: bool = True
    cases: int = 0
    number_of_cases: int = 0
    commit: str = ""
    uncommitted: bool = False
    packs: tuple[str, ...] = ()
    model: str = ""
    may_go: bool = False
    code: int = 0
    right: Share | None = None
    seconds: float = 0.0


Stamp = tuple[tuple[int, int], ...]
"""What tells that a folder has changed: time and size of its files."""


class Shelf:
    """The runs of one folder. What was read once is kept until its files change."""

    def __init__(self, folder: Path, gate: GateFile, baseline: Sequence[TurnOutcome] | None) -> None:
        self._folder = folder
        self._gate = gate
        self._baseline = baseline
        self._entries: dict[str, tuple[Stamp, Entry]] = {}
        self._reports: dict[tuple[str, str], tuple[Stamp, str]] = {}

    def entries(self) -> list[Entry]:
        """Every folder that is a run or looks like one, the newest first, those that cannot be opened last."""
        found = [self._entry(name) for name in self._names()]
        return sorted(
            found,
            key=lambda one: (one.began_at is not None, one.began_at and one.began_at.timestamp(), one.name),
            reverse=True,
        )

    def report(self, name: str, before: str = "") -> str:
        """One run's report, against another where it is named; raises BadCase."""
        stamp = self._stamp(name) + (self._stamp(before) if before else ())
        kept = self._reports.pop((name, before), None)
        if kept is None or kept[0] != stamp:
            earlier = self._open(before) if before else None
            kept = stamp, report(self._open(name), self._gate, before=earlier, baseline=self._baseline, home="/")
        self._reports[name, before] = kept
        while len(self._reports) > KEPT_REPORTS:
            self._reports.pop(next(iter(self._reports)))
        return kept[1]

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return [
            one.name
            for one in self._folder.iterdir()
            # answers kept from a model, and what is no run at all, are not listed
            if one.is_dir() and _may_be_run(one)
        ]

    def _open(self, name: str) -> Ran:
        """Only what the list names can be opened: a name is never a path."""
        if name not in self._names():
            raise BadCase(f"没有「{name}」这次评测，可能已经删掉了")
        return opened(self._folder / name)

    def _stamp(self, name: str) -> Stamp:
        paths = (self._folder / name / MANIFEST, self._folder / name / TURNS) if name in self._names() else ()
        return tuple((one.stat().st_mtime_ns, one.stat().st_size) for one in paths if one.exists())

    def _entry(self, name: str) -> Entry:
        stamp = self._stamp(name)
        kept = self._entries.get(name)
        if kept is None or kept[0] != stamp:
            kept = stamp, self._read(name)
            self._entries[name] = kept
        return kept[1]

    def _read(self, name: str) -> Entry:
        try:
            ran = self._open(name)
        except BadCase as bad:
            return Entry(name, wrong=str(bad))
        of = ran.manifest
        conclusion = conclude(ran.outcomes, self._gate, self._baseline)
        entry = Entry(
            name,
            began_at=of.began_at,
            finished=of.finished_at is not None,
            cases=len({(one.name, one.repeat) for one in ran.results}),
            number_of_cases=of.number_of_cases * of.repeats,
            commit=of.commit[:8],
            uncommitted=bool(of.uncommitted),
            packs=tuple(of.packs.values()),
            model=of.model,
            may_go=conclusion.may_go,
            code=conclusion.code,
            right=share_of(turn_rate(ran.results)),
            seconds=of.seconds,
        )
        return (
            entry if entry.finished else replace(entry, wrong=f"没有跑完：{entry.cases} / {entry.number_of_cases} 段")
        )


def web(folder: Path, gate: GateFile, baseline: Sequence[TurnOutcome] | None) -> FastAPI:
    """The local site. It only reads."""
    shelf = Shelf(folder, gate, baseline)
    app = FastAPI(title="daogou eval", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)

    @app.middleware("http")
    async def safe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(_SAFETY)
        # a report brings its own policy; this one is for the list, and no other site may frame either
        strict = (
            policy() if request.url.path.startswith("/runs/") else policy(LIST_SCRIPTS, LIST_STYLES, forms="'self'")
        )
        response.headers["Content-Security-Policy"] = f"{strict}; frame-ancestors 'none'"
        return response

    @app.exception_handler(BadCase)
    async def told(request: Request, bad: BadCase) -> Response:
        return listed(str(bad), 404)

    def listed(trouble: str = "", status: int = 200) -> HTMLResponse:
        page = filled(
            "runs.html",
            entries=shelf.entries(),
            folder=str(folder),
            trouble=trouble,
            styles=assets(LIST_STYLES),
            scripts=assets(LIST_SCRIPTS),
        )
        return HTMLResponse(page, status_code=status)

    # plain functions: reading a run takes a second, and the loop must not wait for it
    @app.get("/")
    def runs() -> Response:
        return listed()

    @app.get("/compare")
    def compare(one: Annotated[list[str], Query()] = []) -> Response:  # noqa: B006 - FastAPI copies it
        if len(one) != 2:
            return listed("比较要正好勾两次评测", 400)
        began = {entry.name: entry.began_at.timestamp() if entry.began_at else 0.0 for entry in shelf.entries()}
        before, now = sorted(one, key=lambda name: (began.get(name, 0.0), name))
        return RedirectResponse(f"/runs/{_quoted(now)}?before={_quoted(before)}", status_code=303)

    @app.get("/runs/{name}")
    def run(name: str, before: str = "") -> Response:
        return HTMLResponse(shelf.report(name, before))

    @app.get("/favicon.ico")
    def icon() -> Response:
        return PlainTextResponse("", status_code=204)

    return app


def _may_be_run(folder: Path) -> bool:
    try:
        return (folder / MANIFEST).exists() or (folder / TURNS).exists() or not any(folder.iterdir())
    except OSError:
        # listed, and said to be what cannot be opened
        return True


def _quoted(name: str) -> str:
    return quote(name, safe="")
