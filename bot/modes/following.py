"""One creator, followed from a terminal: look up, connect, read, wait, again. No storage, no log.

The same pure decisions as the bot's own follower (`ingest`): which source (`sources`), how long to wait (`failover`), which gift
to announce (`combos`). It never gives up but on TikTok's own word that there is no such creator, and it never tries at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import aiohttp

from bot.clock import Clock
from bot.config import TikTok
from bot.errors import ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SourceError, Unclear
from bot.eventlog.window import Window
from bot.events import Common, DisconnectedEvent, Event, GapEvent, GiftEvent, Handle, LiveEndedEvent, MessageId, RoomId
from bot.ingest import failover
from bot.ingest.connects import NamedSource
from bot.ingest.polling import Budget
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Sources, Wait, Way
from bot.ingest.together import side_by_side
from bot.modes import sources
from bot.modes.terminal import Printer, Status
from bot.tiktok.allowance import spelled
from bot.tiktok.combos import Combos
from bot.tiktok.source import Room, Rooms
from bot.tiktok.webcast.socket import Tap

COMBO_LOOK_EVERY_S = 5.0

Take = Callable[[Sequence[Event]], Awaitable[None]]
"""What becomes of a room's events."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What all creators of one command share."""

    rooms: Rooms
    named: Sequence[NamedSource]
    sources: Sources
    clock: Clock
    rng: Random
    settings: IngestSettings
    printer: Printer
    look_ups: Budget
    """TikTok blocks addresses that look up many pages at once."""


def parts(
    tiktok: TikTok, http: aiohttp.ClientSession, *, printer: Printer, clock: Clock, source: str = "", tap: Tap | None = None
) -> Parts:
    """The same, built from the configuration. `source` is the name of the only one to use. Raises `BadInput`."""
    rng = Random()
    settings = IngestSettings(poll_every_s=tiktok.poll_every_s)
    wanted = sources.read_for(printer.only)
    named = sources.named(tiktok, http, clock=clock, only=source, tap=tap, wanted=wanted)
    return Parts(
        rooms=sources.rooms(tiktok, http, clock=clock, rng=rng, only=source),
        named=named,
        sources=Sources([each.way for each in named], rng=rng),
        clock=clock,
        rng=rng,
        settings=settings,
        printer=printer,
        look_ups=Budget(per_s=settings.look_ups_per_s, burst=settings.look_up_burst),
    )


class Following:
    """One creator. `take` is given each frame's events, without repeats, foreign rooms and, unless `raw`, open combos."""

    def __init__(self, handle: Handle, parts: Parts, *, take: Take, raw: bool = False, once: bool = False) -> None:
        self._handle = handle
        self._parts = parts
        self._take = take
        self._raw = raw
        self._once = once
        self._clock = parts.clock
        self._by_way = {each.way: each.source for each in parts.named}
        self._not_before: dict[Way, float] = {}
        self._seen = Window()
        self._combos = Combos()
        self._room_id = RoomId("")
        self._asked_for = RoomId("")
        self._is_over = True
        self._heard_at_ms = self._missing_since_ms = 0
        self._attempt = 0
        self._failed_way: Way | None = None
        self._said = ""

    async def run(self) -> Status:
        """Until the creator turns out not to exist, or, with `once`, until a LIVE is over."""
        await self._parts.printer.say(f"connecting to @{self._handle} ...")
        while True:
            try:
                if await self._find_and_follow() and self._once:
                    return Status.DONE
                raise CreatorOffline("the LIVE has ended")
            except CreatorNotFound as error:
                await self._parts.printer.complain(f"@{self._handle}: {error.reason}; check the spelling")
                return Status.NOT_FOUND
            except SourceError as error:
                await self._wait_after(error)

    async def _find_and_follow(self) -> bool:
        """Whether a LIVE that we were in is over now. Raises `SourceError`."""
        while wait_s := self._parts.look_ups.take(self._clock.monotonic()):
            await self._clock.sleep(wait_s)
        try:
            room = await self._parts.rooms.look_up(self._handle)
        except Unclear:
            # Nobody tells where they are; where they were we know.
            if self._is_over or not await self._is_alive(self._room_id):
                raise
            room = Room(self._room_id, self._handle)
        except CreatorOffline:
            # The page says that nobody is live: believe it about a room that we were in unless that room still lives.
            if self._is_over or await self._is_alive(self._room_id):
                raise
            await self._end()
            return True
        if room.room_id not in {self._room_id, self._asked_for}:
            if not self._is_over:
                await self._end()
                return True
        elif self._is_over:
            # For some seconds TikTok's page still names the room that is over.
            raise CreatorOffline("the LIVE has ended")
        if room.told_by:
            await self._tell(f"@{self._handle} is live ({room.told_by} says so, TikTok does not answer)")
        await self._live_through(room)
        return True

    async def _is_alive(self, room_id: RoomId) -> bool:
        try:
            return await self._parts.rooms.is_alive(room_id)
        except SourceError:
            return False

    async def _live_through(self, room: Room) -> None:
        """Read the room until the LIVE is over. Raises `SourceError`."""
        way = await self._turn(room)
        opened_at: float | None = None
        ways = self._parts.sources
        try:
            async with _closing(self._by_way[way].events(room)) as batches:
                async for batch in batches:
                    if opened_at is None:
                        opened_at = self._clock.monotonic()
                        batch = self._enter(room, batch)
                        ways.worked(way)
                    await self._pass_on(batch)
            if not self._is_over and await self._is_alive(self._room_id):
                raise ConnectionLost("the stream ended, and the LIVE goes on")
        except SourceError as error:
            await self._lost(error, way, opened_at)
            raise
        finally:
            ways.left(way)
        await self._end()

    async def _turn(self, room: Room) -> Way:
        """The source to connect through now, its allowance spent. Raises `CreatorOffline` if the LIVE ended meanwhile."""
        ways, since = self._parts.sources, self._clock.monotonic()
        while isinstance(choice := ways.choose(self._clock.monotonic(), self._not_before), Wait):
            await self._tell(f"waiting for a source: {choice.reason}")
            await self._clock.sleep(choice.until - self._clock.monotonic())
        is_stale = self._clock.monotonic() - since > self._parts.settings.stale_after_s
        if is_stale and not await self._is_alive(room.room_id):
            raise CreatorOffline("the LIVE has ended")
        ways.spend(choice.way, self._clock.monotonic())
        return choice.way

    # --- in the room ------------------------------------------------------------------------------------------------------

    def _enter(self, room: Room, batch: Sequence[Event]) -> Sequence[Event]:
        """The first batch, and after its word that the stream is open what we may have missed of this room meanwhile.

        The sign server may know a newer room than the page did: the stream's own word counts.
        """
        room_id = batch[0].room_id if batch and batch[0].room_id else room.room_id
        since_ms, now_ms = self._missing_since_ms, self._clock.now_ms()
        if room_id != self._room_id:
            self._combos, since_ms = Combos(), 0
        self._room_id = room_id
        self._asked_for = room.room_id
        self._is_over = False
        self._said = ""
        self._missing_since_ms = 0
        if not since_ms:
            return batch
        gap = GapEvent(self._common("gap", now_ms), from_ms=since_ms, to_ms=now_ms, reason="the connection was lost")
        return [*batch[:1], gap, *batch[1:]]

    async def _pass_on(self, batch: Sequence[Event]) -> None:
        now_ms = self._heard_at_ms = self._clock.now_ms()
        ours = [event for event in batch if not event.room_id or event.room_id == self._room_id]
        fresh = self._seen.fresh(ours)  # type: ignore[arg-type]  # every Event class is in its union
        self._seen.remember(fresh)
        events: Sequence[Event] = list(fresh.values())
        if not self._raw:
            events = announced(events, self._combos, now_ms=now_ms)
        if events:
            await self._take(events)
        self._is_over = self._is_over or any(isinstance(event, LiveEndedEvent) for event in events)

    async def close_combos(self) -> None:
        """Announce the combos whose end never came, for as long as this runs."""
        while True:
            await self._clock.sleep(COMBO_LOOK_EVERY_S)
            if due := self._combos.due(now_ms=self._clock.now_ms()):
                await self._take(due)

    async def _end(self) -> None:
        """The LIVE is over, whether it said so or not: this room is not entered again."""
        now_ms = self._clock.now_ms()
        events: list[Event] = [*self._combos.close_all(now_ms=now_ms)]
        if not self._is_over:
            events.append(LiveEndedEvent(self._common("ended", now_ms), inferred=True))
        self._is_over = True
        self._attempt = self._missing_since_ms = 0
        self._not_before.clear()
        if events:
            await self._take(events)

    async def _lost(self, error: SourceError, way: Way, opened_at: float | None) -> None:
        """What a failure means for the sources, and that the room is gone, if it had been there."""
        now = self._clock.monotonic()
        is_refused = isinstance(error, ConnectionRefused)
        if is_refused or error.retry_after_s is not None:
            self._parts.sources.failed(way, error, now, whom=self._handle)
        if opened_at is not None and now - opened_at >= self._parts.settings.stable_after_s:
            self._attempt = 0
        # A stream that held is opened again where it was; one that breaks again and again, somewhere else.
        if is_refused or self._attempt:
            self._failed_way = way
        if opened_at is not None:
            now_ms, self._missing_since_ms = self._clock.now_ms(), self._heard_at_ms
            await self._take([DisconnectedEvent(self._common("disconnected", now_ms), reason=error.reason)])

    def _common(self, what: str, now_ms: int) -> Common:
        return Common(MessageId(f"{what}:{self._room_id}:{now_ms}"), self._room_id, self._handle, 0, now_ms)

    # --- between two attempts ---------------------------------------------------------------------------------------------

    async def _wait_after(self, error: SourceError) -> None:
        """Say what is the matter, once, and wait as long as `failover` says."""
        ways, rng, now = self._parts.sources, self._parts.rng, self._clock.monotonic()
        attempt = self._attempt // len(ways.ways)
        retry = failover.after(error, attempt=attempt, rng=rng, settings=self._parts.settings)
        way, self._failed_way = self._failed_way, None
        if way is not None:
            self._not_before[way] = now + retry.delay_s
            retry = failover.by_another(retry, ways.choose(now, self._not_before), now=now, rng=rng)
        if isinstance(error, CreatorOffline):
            self._attempt = 0
            by = f" ({error.told_by} says so, TikTok does not answer)" if error.told_by else ""
            await self._tell(f"@{self._handle} is not live{by}; waiting")
        else:
            self._attempt += 1
            await self._parts.printer.complain(f"@{self._handle}: {retry.reason}; next try in {spelled(retry.delay_s)}")
        await self._clock.sleep(retry.delay_s)

    async def _tell(self, text: str) -> None:
        if text != self._said:
            self._said = text
            await self._parts.printer.say(text)


def announced(events: Iterable[Event], combos: Combos, *, now_ms: int) -> list[Event]:
    """The events with each combo once, when it is over or must be taken for over."""
    settled = combos.settle(events, now_ms=now_ms)
    return [event for event in settled if not isinstance(event, GiftEvent) or event.is_final]


async def follow_all(followings: Sequence[Following]) -> Status:
    """All at once, until each is done: `NOT_FOUND` when that is so of every one."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(_follow(each)) for each in followings]
    return Status.NOT_FOUND if all(each.result() is Status.NOT_FOUND for each in running) else Status.DONE


async def _follow(following: Following) -> Status:
    statuses: list[Status] = []

    async def run() -> None:
        statuses.append(await following.run())

    await side_by_side(run(), following.close_combos())
    return statuses[0]


@asynccontextmanager
async def _closing(batches: AsyncIterator[Sequence[Event]]) -> AsyncIterator[AsyncIterator[Sequence[Event]]]:
    """Close an async generator, sockets and all, when the block is left: not when the garbage collector finds it."""
    try:
        yield batches
    finally:
        aclose = getattr(batches, "aclose", None)
        if aclose is not None:
            await aclose()
