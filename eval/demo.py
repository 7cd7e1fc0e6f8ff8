"""The demo: the sample shop, the real service, and a simulated WeCom around it, on this machine only."""

import secrets
import shutil
import string
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from assistant.app import build
from assistant.ingest.report import IngestReport
from assistant.ingest.run import Progress
from assistant.service import Service
from assistant.serving import web_app
from assistant.settings import Settings
from eval.living import Moved, live, read_long_ago
from eval.simulator.running import serving
from eval.simulator.wecom import Member, Sample, SimulatorConfig, create_simulator

AGENT_ID = 1000002
CORP_ID = "wwdemo00yunyu"
LIVED = "lived"
"""A file in the data folder that says the weeks before were lived through whole."""
QUESTIONS = (
    "苏姐问敏感肌能不能用舒缓面霜，有券吗",
    "客户说太贵了",
    "短一点",
    "王姐想买瓶精华",
    "开封了还能退不",
    "给小鹿写个生日祝福顺便推一下精华",
    "那款还有货吗",
    "今天联系谁",
    "苏姐的档案",
)


def invented_secrets() -> dict[str, str]:
    """Token, AES key and app secret for a simulated corp, made anew each time."""
    letters = string.ascii_letters + string.digits

    def word(length: int) -> str:
        return "".join(secrets.choice(letters) for _ in range(length))

    return {"wecom_token": word(24), "wecom_aes_key": word(43), "wecom_secret": word(43)}


class _Prepared(NamedTuple):
    """A service with the sample shop in it."""

    service: Service
    report: IngestReport


@dataclass
class Demo:
    """Two servers in one process: WeCom's stand-in at ``port``, the service at ``port + 1``."""

    settings: Settings
    sample: Path
    port: int
    guide: str = "linxiaoyun"
    _stack: ExitStack = field(default_factory=ExitStack)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def prepare(cls, *, port: int, data: Path, sample: Path, day: str, fresh: bool) -> Self:
        """Settle where the data lie; ``fresh`` throws away what an earlier demo left."""
        if fresh:
            shutil.rmtree(data, ignore_errors=True)
        settings = Settings.model_validate(
            {
                "mode": "demo",
                "data_dir": data,
                "corp_id": CORP_ID,
                "listen_port": port + 1,
                "public_url": f"http://127.0.0.1:{port + 1}",
                "wecom_api_url": f"http://127.0.0.1:{port}",
                "wecom_agent_id": AGENT_ID,
                "clock_start": datetime.fromisoformat(day),
                "log_level": "WARNING",
                **invented_secrets(),
            }
        )
        return cls(settings, sample, port)

    @property
    def url(self) -> str:
        """The one address to open."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.close()

    def start(self, progress: Progress | None = None) -> IngestReport:
        """Migrate, read the sample shop, live through its last two weeks once, start both servers.

        Returns what the reading found.
        """
        first = self._live_first(progress)
        service, report = self._ingest(progress)
        self._stack.enter_context(serving(create_simulator(self._company(service)), self.port))
        self._stack.enter_context(serving(web_app(service), self.port + 1))
        return first or report

    def _live_first(self, progress: Progress | None) -> IngestReport | None:
        """Read the shop and live its last weeks with a clock that is moved; None when that was done before."""
        day = self.settings.clock_start
        if day is None or (self.settings.data_dir / LIVED).exists():
            return None
        clock = Moved(day)
        with closing(build(self.settings, clock=clock, send=read_long_ago)) as past:
            past.database.migrate()
            report = past.ingest([self.sample], progress)
            live(past, clock, day, progress and (lambda done, total: progress("最近两周的对话", done, total)))
        (self.settings.data_dir / LIVED).touch()
        return report

    def ingest_only(self, progress: Progress | None = None) -> IngestReport:
        """Migrate and read the sample shop without starting a server."""
        return self._ingest(progress).report

    def _ingest(self, progress: Progress | None) -> _Prepared:
        service = build(self.settings)
        self._stack.callback(service.close)
        service.database.migrate()
        return _Prepared(service, service.ingest([self.sample], progress))

    def wait(self) -> None:
        """Stay until Ctrl+C, then close both servers."""
        try:
            self._stopped.wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def stop(self) -> None:
        """Close both servers and the service."""
        self._stack.close()

    def _company(self, service: Service) -> SimulatorConfig:
        settings = self.settings
        members = [Member(one.userid, one.name, one.store_name) for one in service.guides()]
        first = [member for member in members if member.userid == self.guide]
        others = [member for member in members if member.userid != self.guide]
        return SimulatorConfig(
            corp_id=settings.corp_id,
            agent_id=settings.wecom_agent_id,
            secret=settings.wecom_secret.get_secret_value(),
            token=settings.wecom_token.get_secret_value(),
            encoding_aes_key=settings.wecom_aes_key.get_secret_value(),
            callback_url=f"http://127.0.0.1:{self.port + 1}/wecom/callback",
            members=(*first, *others),
            office=tuple(Member(one.userid, one.name, one.role) for one in service.office()),
            samples=tuple(Sample(self.guide, question) for question in QUESTIONS),
            console_url=f"http://127.0.0.1:{self.port + 1}/console/demo",
        )
