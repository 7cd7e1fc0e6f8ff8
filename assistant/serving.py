"""The house at work: durable jobs, the web application, and the chores of every minute."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import structlog

from assistant.app import (
    open_material_desk,
    open_outside,
    open_script_tools,
    open_till,
    open_webhooks,
    open_wecom_door,
    read_by_the_law,
)
from assistant.clock import system_clock
from assistant.intake import Intake
from assistant.offers.attribution import Rule
from assistant.service import Service
from assistant.spool import Spool
from assistant.store import (
    conversations,
    notices,
    outbox,
    retention,
    turns,
)
from assistant.store.conversations import Incoming
from assistant.store.database import DatabaseTrouble
from assistant.uploaded import MaterialDesk

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI

    from assistant.channel.wecom import Callback
    from assistant.store.jobs import Jobs

log = structlog.get_logger()

# how often grants past their end give back their money, and redemptions look again for their coupon; what a grant
# says of itself does not wait for it
SWEEP_SECONDS = 60.0
# how long a notice may lie before it is sent
TELL_SECONDS = 3.0

# the demo's open door into the console exists only where nobody else can reach it
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def open_jobs(service: Service, *, work: bool) -> "Jobs":
    """Start the durable jobs and ask again for whatever an earlier process left unanswered or unsent."""
    from assistant.store.jobs import Jobs

    jobs = Jobs(
        service.settings.jobs_database,
        executor_id=service.settings.executor_id,
        workers=service.settings.turn_workers,
        run_turn=service.handling.run_turn,
        send_turn=service.handling.send_turn,
        send_notice=service.handling.send_notice,
    )
    jobs.start(work=work)
    service.close_all.append(jobs.stop)
    with service.database.read() as tx:
        waiting = conversations.all_unanswered(tx)
        unsent = outbox.all_unsent(tx)
    started = f"{service.clock():%Y%m%d%H%M%S%f}"
    for accepted in waiting:
        jobs.enqueue_turn(accepted.number, accepted.conversation_id, started)
    for turn_id, conversation_id in unsent:
        jobs.enqueue_send(turn_id, started, conversation_id)
    tell(service, jobs, started)
    return jobs


def tell(service: Service, jobs: "Jobs", attempt: str) -> None:
    """Ask for the sending of every notice that is not out yet; one being sent now is not sent again."""
    with service.database.read() as tx:
        waiting = notices.unsent(tx, service.settings.corp_id)
    for one in waiting:
        jobs.enqueue_notice(one.number, attempt, one.userid)


class Chore(NamedTuple):
    """What the house does by itself once a minute, by the name that the log calls it."""

    name: str
    do: Callable[[], object]


def open_console(service: Service, deliver: Callable[[str], None], material_desk: MaterialDesk) -> "APIRouter":
    """The managers' console with everything its rooms work with."""
    from assistant.console.door.entering import Doors
    from assistant.console.door.login import Gate
    from assistant.console.door.pacing import Pacing
    from assistant.console.handed import Handed
    from assistant.console.pages import console_routes

    settings = service.settings
    return console_routes(
        Gate(
            service.database,
            settings.corp_id,
            settings.console_key(),
            clock=system_clock,
            day=service.clock,
            pacing=Pacing(settings.trusted_proxies),
        ),
        Doors(
            wecom=open_wecom_door(service),
            links_stay_open=settings.mode != "production" or settings.emergency_links,
            demo=settings.mode == "demo" and settings.listen_host in LOOPBACK,
        ),
        Handed(
            lookup=service.explain,
            deliver=deliver,
            proving=service.proving,
            beside=lambda work: threading.Thread(target=work, daemon=True).start(),
            material_desk=material_desk,
            check_text=lambda text: read_by_the_law(service, text),
            script_tools=open_script_tools(service),
            holdout=settings.holdout,
            credit=Rule(days=settings.till_attribution_days),
            outside=open_outside(service),
        ),
    )


async def sweep(chores: Iterable[Chore]) -> None:
    """Do every chore once a minute until cancelled."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for chore in chores:
            try:
                await asyncio.to_thread(chore.do)
            except Exception:
                # whatever broke one chore, the others are done and it is tried again: grants still have to expire
                log.exception("not swept this time", chore=chore.name)


async def keep_telling(service: Service, jobs: "Jobs") -> None:
    """Send the notices that came up, every few seconds until cancelled."""
    while True:
        await asyncio.sleep(TELL_SECONDS)
        try:
            # the same minute asks once, so what is being sent now is left alone
            await asyncio.to_thread(tell, service, jobs, f"{service.clock():%Y%m%d%H%M}")
        except DatabaseTrouble:
            log.exception("notices not looked at this time")


def web_app(service: Service, *, work: bool = True) -> "FastAPI":
    """The web application: WeCom's callback, the managers' console, health. Opens and closes with its lifespan."""
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.channel.wecom import CallbackCrypto, callback_routes
    from assistant.pace import Pace
    from assistant.till.routes import till_routes
    from assistant.till.sending import tend

    settings = service.settings
    till = open_till(service)
    material_desk = open_material_desk(service)
    webhooks = open_webhooks(service) if settings.till_api else None
    opened: dict[str, Jobs] = {}
    closing = threading.Event()
    intake = Intake(
        database=service.database,
        accept=service.handling.accept,
        enqueue=lambda accepted: opened["jobs"].enqueue_turn(accepted.number, accepted.conversation_id),
        spool=Spool(settings.data_dir),
    )

    def deliver(turn_id: str) -> None:
        with service.database.read() as tx:
            conversation_id = turns.conversation_of(tx, turn_id)
        opened["jobs"].enqueue_send(turn_id, f"{service.clock():%Y%m%d%H%M%S%f}", conversation_id)

    def send_what_changed(look: Callable[[], Iterable[str]]) -> None:
        for turn_id in look():
            deliver(turn_id)

    def clear_what_is_old() -> None:
        if retention.daily(service.database, settings.corp_id, service.clock()) is not None:
            service.database.gather_statistics()

    chores = (
        Chore("tasks", service.tasking.tend),
        Chore("grants", service.granted.expire),
        Chore("drafts held for sign-off", lambda: send_what_changed(service.signing.expire)),
        Chore("answers to gaps", lambda: send_what_changed(service.returning.tend)),
        Chore("till", till.tidy),
        Chore("mining", service.mining.run),
        Chore("expiring scripts", service.mining.remind),
        Chore("retention", clear_what_is_old),
        Chore("conflicts", material_desk.survey),
        Chore("uploads", material_desk.tidy),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # DBOS refuses to be set up from within an event loop
        jobs = opened["jobs"] = await asyncio.to_thread(open_jobs, service, work=work)
        await asyncio.to_thread(service.database.gather_statistics)
        await asyncio.to_thread(intake.drain)
        await asyncio.to_thread(service.handling.warm_up, settings.corp_id)
        # what is loaded now stays: the collector need not walk through it and stop every thread meanwhile
        gc.collect()
        gc.freeze()
        tending = [asyncio.create_task(one) for one in (intake.tend(), sweep(chores), keep_telling(service, jobs))]
        summing = asyncio.create_task(asyncio.to_thread(service.sum_up, closing.is_set))
        if webhooks is not None:
            tending.append(asyncio.create_task(tend(webhooks)))
        log.info("service open", corp=settings.corp_id)
        yield
        closing.set()
        for task in tending:
            task.cancel()
        await summing
        await asyncio.to_thread(intake.close)
        await asyncio.to_thread(service.close)

    async def accept(callback: "Callback") -> None:
        await intake.take(
            Incoming(
                corp_id=settings.corp_id,
                agent_id=callback.agent_id,
                userid=callback.userid,
                msgid=callback.msgid,
                kind=callback.kind,
                text=callback.text,
                received_at=service.clock(),
                channel=conversations.WECOM,
            )
        )

    app = FastAPI(title="daogou", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts))
    if settings.has_wecom:
        crypto = CallbackCrypto(
            settings.wecom_token.get_secret_value(), settings.wecom_aes_key.get_secret_value(), settings.corp_id
        )
        app.include_router(callback_routes(crypto, accept, system_clock))
    app.include_router(open_console(service, deliver, material_desk))
    if settings.till_api:
        pace = Pace(settings.till_calls_per_minute)
        app.include_router(till_routes(till, pace, settings.till_webhook_secret.get_secret_value(), system_clock))

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
