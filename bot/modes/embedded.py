"""All in one process: both halves around a log in a SQLite table. Builds everything, owns the order of start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

import aiohttp

from bot.client import RelayBot
from bot.clock import Bell, Clock, SystemClock
from bot.config import Config, Ops, TikTok
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.gate import Gate
from bot.delivery.outbox import Outbox
from bot.delivery.troubles import Troubles
from bot.errors import DatabaseError, OperatorError
from bot.eventlog.sql import SqlEventLog
from bot.ingest.connects import NamedSource
from bot.ingest.opted_out import OptOuts
from bot.ingest.settings import IngestSettings
from bot.ingest.supervisor import Supervisor
from bot.language import Language, language
from bot.model.ids import GuildId
from bot.moderation.alert_consumer import AlertConsumer
from bot.moderation.consumer import CommentKeeper
from bot.moderation.desk import CaseDesk
from bot.moderation.escalation import Escalation
from bot.moderation.lookout import Lookout
from bot.moderation.watchlists import Watchlists
from bot.modes import interpreter, observing, sources
from bot.modes.upkeep import Upkeep
from bot.modes.vitals import RunningVitals
from bot.ops.http import serving
from bot.ops.pulse import Pulse
from bot.relay.cards import CardMaker
from bot.relay.consumer import Relay
from bot.services import Services
from bot.services.caretaker import Caretaker
from bot.services.cases import Cases
from bot.services.doctor import Doctor
from bot.services.faults import Faults
from bot.services.forgetting import Forgetting
from bot.services.guilds import Guilds, Servers
from bot.services.notices import Notices
from bot.services.now import Now
from bot.services.privacy import Privacy
from bot.services.rulebook import Rulebook
from bot.services.transfer import Transfer
from bot.services.tuning import Tuning
from bot.services.viewers import Viewers
from bot.services.watching import Watching
from bot.storage import schema, state
from bot.storage.database import Database
from bot.tiktok.source import LiveCheck, Rooms
from cogs import EXTENSIONS

logger = logging.getLogger(__name__)

DRAIN_S = 5.0
"""How long a stop waits for lines that are due; what is left stays in front of its cursor and is posted after the next start."""


@dataclass(frozen=True, slots=True)
class Edge:
    """TikTok's side: where rooms are looked up, the sources of their events, and how fast they may be asked."""

    rooms: Rooms
    sources: Sequence[NamedSource]
    settings: IngestSettings
    live_check: LiveCheck | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs, for the loop below and for whoever wants to look at it."""

    db: Database
    log: SqlEventLog
    supervisor: Supervisor
    dispatcher: Dispatcher
    outbox: Outbox
    cards: CardMaker
    relay: Relay
    keeper: CommentKeeper
    alerts: AlertConsumer
    desk: CaseDesk
    escalation: Escalation
    watchlists: Watchlists
    lookout: Lookout
    upkeep: Upkeep
    caretaker: Caretaker
    forgetting: Forgetting
    gate: Gate
    client: RelayBot


async def run(config: Config, *, clock: Clock | None = None) -> None:
    """Run until SIGINT or SIGTERM. Raises `OperatorError` for what a person must put right."""
    clock = clock or SystemClock()
    config.discord.require_token()
    interpreter.set_up()
    with schema.lock(config.storage.url):
        await asyncio.to_thread(schema.prepare, config.storage.url, clock)
        async with running(config, clock=clock):
            await _told_to_stop()
            logger.info("stopping: lines that are due have %.0f s", DRAIN_S)
    logger.info("stopped")


@contextlib.asynccontextmanager
async def running(config: Config, *, clock: Clock, rng: Random | None = None, edge: Edge | None = None) -> AsyncIterator[Parts]:
    """The bot at work on a prepared database, until the block is left; then it stops in order.

    What cannot go on (a refused token) cancels the block and comes out as `OperatorError`. `edge`: TikTok's side, if it is not
    the configuration's.
    """
    async with contextlib.AsyncExitStack() as stack:
        db = await Database.open(config.storage.url, clock=clock)
        stack.push_async_callback(db.close)
        http = await stack.enter_async_context(sources.session(config.tiktok))
        rng = rng or Random()
        parts = _build(config, db, edge or _edge(config.tiktok, http, clock=clock, rng=rng), clock=clock, rng=rng)
        # Whom not to keep must be known before the first event comes.
        await parts.forgetting.load()
        with _one_operator_error():
            async with asyncio.TaskGroup() as group:
                tasks: list[asyncio.Task[None]] = []
                # Before anything runs, so that a port in use ends the start; and ended first, as a bot that stops is not ill.
                async with _observed(config.ops, parts, tasks, group, clock=clock):
                    discord = group.create_task(parts.client.run(), name="discord")
                    delivery = [
                        group.create_task(parts.dispatcher.run(), name="delivery"),
                        group.create_task(parts.outbox.run(), name="outbox"),
                    ]
                    relay = group.create_task(parts.relay.run(), name="relay")
                    ingest = group.create_task(parts.supervisor.run(), name="ingest")
                    others = [
                        group.create_task(parts.cards.run(), name="cards"),
                        group.create_task(parts.keeper.run(), name="comments"),
                        group.create_task(parts.alerts.run(), name="alerts"),
                        group.create_task(parts.escalation.run(), name="escalation"),
                        group.create_task(parts.lookout.run(), name="watchlist"),
                        group.create_task(parts.upkeep.run(), name="upkeep"),
                        group.create_task(parts.caretaker.run(), name="caretaker"),
                        group.create_task(parts.forgetting.run(), name="forgetting"),
                    ]
                    tasks += [discord, *delivery, relay, ingest, *others]
                    yield parts
                # Intake first, then what it fed, Discord last: what was received is durable, what is due is posted.
                await _end(ingest)
                await _end(relay, *others)
                await _drained(parts)
                await _end(*delivery)
                await _end(discord)


def _edge(tiktok: TikTok, http: aiohttp.ClientSession, *, clock: Clock, rng: Random) -> Edge:
    check = sources.live_check(tiktok, http, clock=clock)
    return Edge(
        sources.rooms(tiktok, http, clock=clock, rng=rng, check=check),
        sources.named(tiktok, http, clock=clock, wanted=sources.LOGGED.__contains__),
        sources.settings(tiktok),
        check,
    )


def _services(
    config: Config,
    db: Database,
    log: SqlEventLog,
    guilds: Guilds,
    desk: CaseDesk,
    opt_outs: OptOuts,
    wishes: Bell,
    *,
    clock: Clock,
) -> Services:
    watching = Watching(db, log, wishes, clock=clock, limits=config.limits)
    keep = config.retention
    return Services(
        watching=watching,
        guilds=guilds,
        doctor=Doctor(db, clock=clock),
        tuning=Tuning(db, wishes, clock=clock),
        viewers=Viewers(db, guilds, clock=clock, comment_days=config.retention.comment_days),
        now=Now(db, log, clock=clock),
        cases=Cases(db, guilds, desk, clock=clock, instance_days=keep.comment_days),
        transfer=Transfer(db, log, wishes, watching, clock=clock, limits=config.limits),
        privacy=Privacy(db, guilds, opt_outs, wishes, clock=clock, instance_days=keep.comment_days, log_hours=keep.log_hours),
        rulebook=Rulebook(db, guilds, wishes, clock=clock, instance_days=keep.comment_days),
    )


def _build(config: Config, db: Database, edge: Edge, *, clock: Clock, rng: Random) -> Parts:
    ingest_bell, relay_bell, alerts_bell, rules_bell = Bell(), Bell(), Bell(), Bell()
    wishes = Bell(ingest_bell, relay_bell, alerts_bell, rules_bell)
    log = SqlEventLog(db)
    gate = Gate(clock, requests_per_s=config.delivery.requests_per_s)
    guilds = Guilds(db, wishes, clock=clock)
    opt_outs, desk = OptOuts(), CaseDesk(db, clock=clock)
    services = _services(config, db, log, guilds, desk, opt_outs, wishes, clock=clock)
    client = RelayBot(
        config.discord, services=services, db=db, clock=clock, rng=rng, extensions=EXTENSIONS, http_trace=gate.trace()
    )
    sender = DiscordSender(client)
    dispatcher = Dispatcher(db, sender, clock, config.delivery, rng=rng)
    outbox = Outbox(db, sender, clock, config.delivery, rng=rng)
    cards = CardMaker(db, outbox, clock, config.delivery)
    servers = client.servers
    supervisor = Supervisor(
        db,
        log,
        edge.rooms,
        edge.sources,
        clock=clock,
        bell=ingest_bell,
        rng=rng,
        settings=edge.settings,
        live_check=edge.live_check,
        opt_outs=opt_outs,
    )
    services.viewers.corrections = dispatcher
    services.viewers.cases, services.viewers.watchlist = services.cases, services.rulebook
    watchlists = Watchlists(db)
    desk.ring, desk.voice = outbox.look, partial(_voice, guilds, servers)
    outbox.posted = desk.posted
    services.doctor.vitals = RunningVitals(dispatcher, outbox, servers, supervisor.snapshot)
    return Parts(
        db=db,
        log=log,
        supervisor=supervisor,
        dispatcher=dispatcher,
        outbox=outbox,
        cards=cards,
        relay=Relay(db, log, dispatcher, cards, clock, relay_bell, config.delivery, rng=rng, watchlists=watchlists),
        keeper=CommentKeeper(db, log, clock=clock),
        desk=desk,
        alerts=AlertConsumer(db, log, desk, clock=clock, bell=alerts_bell),
        escalation=Escalation(db, desk, clock=clock),
        watchlists=watchlists,
        lookout=Lookout(db, log, watchlists, desk, clock=clock, bell=rules_bell),
        upkeep=Upkeep(db, log, clock=clock, retention=config.retention, guilds=guilds, privacy=services.privacy),
        caretaker=Caretaker(
            servers,
            guilds,
            Faults(db, Troubles(dispatcher, outbox), servers, wishes, clock=clock),
            Notices(db, outbox, servers, guilds, clock=clock),
            servers.bell,
            clock=clock,
        ),
        forgetting=Forgetting(db, log, dispatcher, outbox, opt_outs, clock=clock),
        gate=gate,
        client=client,
    )


def _voice(guilds: Guilds, servers: Servers, guild_id: GuildId) -> Language:
    """The language that a guild's cards are in: the one it chose, else its server's."""
    server = servers.server(guild_id)
    return language(guilds.settings(guild_id).locale or (server.locale if server else ""))


async def _drained(parts: Parts) -> None:
    """What is due in the channels, for as long as a stop may take; it is in the database in any case."""
    try:
        await parts.cards.flush()
    except DatabaseError as error:
        logger.warning("the newest scores are not kept: %s", error)
    await asyncio.gather(parts.dispatcher.drain(DRAIN_S), parts.outbox.drain(DRAIN_S))


@contextlib.asynccontextmanager
async def _observed(
    settings: Ops, parts: Parts, tasks: Sequence[asyncio.Task[None]], group: asyncio.TaskGroup, *, clock: Clock
) -> AsyncIterator[None]:
    """Figures and health over HTTP until the block is left; nothing at all where no port is set."""
    if not settings.port:
        yield
        return
    pulse = Pulse(lambda: parts.db.write(state.put, observing.PROBE, str(clock.now_ms())), clock=clock)
    readers = (
        partial(observing.process, pulse),
        partial(observing.discord, parts.client, parts.gate),
        partial(observing.ingest, parts.supervisor),
        partial(observing.ways, parts.supervisor),
        partial(observing.log_and_comments, parts.log, parts.keeper),
        partial(observing.relaying, parts.relay),
        partial(observing.delivery, parts.dispatcher),
        partial(observing.cards, parts.outbox),
        partial(observing.moderation, parts.alerts, parts.lookout, parts.desk, parts.escalation),
    )
    facts = partial(observing.facts, parts.client, parts.dispatcher, pulse, tasks)
    async with serving(settings.host, settings.port, readers=readers, facts=facts):
        logger.info("figures and health: http://%s:%d/metrics, /healthz, /readyz", settings.host, settings.port)
        measuring = group.create_task(pulse.run(), name="pulse")
        try:
            yield
        finally:
            await _end(measuring)


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel and wait. What went wrong in a task that had failed by itself is told by the group."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in its loop; there Ctrl+C interrupts
            loop.add_signal_handler(name, told.set)
    await told.wait()


@contextlib.contextmanager
def _one_operator_error() -> Iterator[None]:
    """A group's errors as the one sentence that the operator needs, when there is one among them."""
    try:
        yield
    except ExceptionGroup as errors:
        wanted, _ = errors.split(OperatorError)
        if wanted is None:
            raise
        raise _first(wanted) from None


def _first(errors: ExceptionGroup[OperatorError]) -> OperatorError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
