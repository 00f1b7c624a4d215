"""Follows one creator: looks whether they are live, stays in their room while they are, starts over.

    look up ──not live──▶ wait ──▶ look up
       │ live                         ▲
       ▼                              │
    connect ──refused, lost──▶ wait ──┤ still alive: connect again
       │ end of the LIVE              │ over, or it did not help: look up
       └──▶ end the session ──▶ wait ─┘

What is known when a process ends stands in storage and in the log, so a start after a crash is the same path as any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from bot.clock import Clock
from bot.errors import ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SourceError, Unclear
from bot.eventlog.log import EventLog, Fenced
from bot.events import Common, CreatorNotFoundEvent, DisconnectedEvent, Event, Handle, MessageId, RoomId
from bot.ingest import failover, resuming, usual
from bot.ingest.appender import Appender
from bot.ingest.connects import Connects, Turn
from bot.ingest.counters import Counters
from bot.ingest.look_ups import Turns
from bot.ingest.opted_out import OptOuts
from bot.ingest.polling import Rank
from bot.ingest.presence import Presence
from bot.ingest.reports import Reports
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Wait, Way
from bot.ingest.together import closing, side_by_side
from bot.ingest.waits import Waits
from bot.model.creator import CreatorState
from bot.model.health import CreatorHealth
from bot.model.ids import CreatorId
from bot.storage import creators, sessions
from bot.storage.database import Database
from bot.tiktok.source import Room, Rooms, is_later

LOOK_UP_AGAIN_AFTER = 3
"""Failed connections to a known room before TikTok's page is asked once more."""

COMBO_LOOK_EVERY_S = 5.0
"""How late a combo that TikTok forgot may be closed; a wake-up of each creator costs more than the precision is worth."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What all followers of a process share."""

    db: Database
    log: EventLog
    rooms: Rooms
    connects: Connects
    clock: Clock
    rng: Random
    turns: Turns
    counters: Counters
    settings: IngestSettings
    opt_outs: OptOuts = field(default_factory=OptOuts)


class Moved(Exception):
    """The creator proved to be one whom we know by another id: their watches stand there now."""


class Follower:
    """One creator. `run` once; build a new one to start again."""

    def __init__(self, creator_id: CreatorId, handle: Handle, parts: Parts, *, wished: bool) -> None:
        self.creator_id = creator_id
        self.handle = handle
        self.dismissed = False
        self._parts = parts
        self._clock = parts.clock
        self._settings = parts.settings
        self._counters = parts.counters
        self._appender = Appender(
            creator_id,
            log=parts.log,
            source=parts.connects.sources.ways[0].name,
            clock=parts.clock,
            rng=parts.rng,
            counters=parts.counters,
            settings=parts.settings,
            opt_outs=parts.opt_outs,
        )
        self._reports = Reports(creator_id, parts.db, parts.clock)
        self._presence: Presence | None = None
        self._room: Room | None = None
        self._told_by = ""
        self._over: RoomId | None = None
        self._attempt = 0
        self._not_before: dict[Way, float] = {}
        self._way: Way | None = None
        self._failed_way: Way | None = None
        self._connected = self._is_fenced = False
        self._waits = Waits(parts.clock, parts.settings, is_wished=wished)
        self._news = asyncio.Event()

    def wish(self) -> None:
        """Somebody wants to know now."""
        self._waits.wish()
        self._news.set()
        self._parts.turns.hurry(self.creator_id, Rank.WISHED)

    def hint(self) -> None:
        """A bulk check says that they are live: look soon, if we did not just look."""
        if self.is_away and self._waits.hint():
            self._parts.turns.hurry(self.creator_id, Rank.LIKELY)

    @property
    def is_away(self) -> bool:
        """In no room that we know of."""
        return self._presence is None

    def health(self) -> CreatorHealth:
        """How it stands, as far as this creator knows it themselves."""
        status, presence = self._reports.status, self._presence
        return CreatorHealth(
            self.creator_id,
            self.handle,
            status.state,
            status.reason,
            way=str(self._way or ""),
            room_id=presence.room_id if presence else None,
            connected_at_ms=presence.opened_at_ms if presence and self._connected else None,
            last_frame_at_ms=presence.last_frame_at_ms if presence and presence.is_reconnect else None,
            next_look_at_ms=None if status.next_try_at is None else round(status.next_try_at.timestamp() * 1000),
            is_age_restricted=status.is_age_restricted,
            told_by=self._told_by,
        )

    def sign_of_life(self) -> tuple[CreatorId, RoomId, int] | None:
        """Until when we missed nothing of the room, if it is later than at the last call."""
        presence = self._presence
        if presence is None:
            return None
        if self._connected:
            self._hear(presence)
        return (self.creator_id, presence.room_id, presence.heard_until_ms) if presence.take_touched() else None

    def _hear(self, presence: Presence) -> None:
        """An open stream that says nothing for a moment has said everything."""
        if presence.quiet_s(self._clock.monotonic()) < self._settings.silent_after_s:
            presence.heard(self._clock.now_ms())

    async def run(self) -> None:
        """Follow until cancelled. Raises `Fenced`, `Moved`, or whatever nobody foresaw."""
        try:
            await side_by_side(self._appender.run(), self._follow(), self._close_combos())
        except Fenced:
            self._is_fenced = True
            raise
        finally:
            if not self._is_fenced:
                await self._leave()

    async def _follow(self) -> None:
        await self._resume()
        while True:
            try:
                room, presence = await self._find()
                await self._connect(room, presence)
                # The next look is a poll away: for some seconds the page may still name the room that is over.
                raise CreatorOffline("the LIVE has ended")
            except SourceError as error:
                await self._fail(error)

    # --- where we stand ---------------------------------------------------------------------------------------------------

    async def _resume(self) -> None:
        """Take up what an earlier process left: an open session, a wait that is not over."""
        status = await self._reports.resume()
        since_ms = usual.since_ms(self._clock.now_ms())
        self._waits.starts_ms = await self._parts.db.read(sessions.starts, self.creator_id, since_ms=since_ms)
        self._presence = await resuming.resumed(
            self._parts.db,
            self._parts.log,
            self.creator_id,
            creator=self.handle,
            counters=self._counters,
            gap_from_ms=self._clock.now_ms() - round(self._settings.gap_after_s * 1000),
        )
        if status.checked_at is not None:
            self._waits.looked_at = self._clock.monotonic() - (self._clock.now_ms() / 1000 - status.checked_at.timestamp())
        if (wait_s := resuming.wait_left_s(status, now_ms=self._clock.now_ms())) > 0:
            await self._waits.pause(wait_s, patient=False)

    # --- is the creator live? ---------------------------------------------------------------------------------------------

    async def _find(self) -> tuple[Room, Presence]:
        """The room to be in now: the one we were in, if it lives and connecting may still help, else as TikTok's page says."""
        if self._room is not None and self._presence is not None and self._attempt <= LOOK_UP_AGAIN_AFTER:
            if await self._is_alive(self._room.room_id) is not False:
                return self._room, self._presence
            await self._finish()
            raise CreatorOffline("the LIVE has ended")
        room = await self._look_up()
        await self._learn(room)
        return room, await self._enter(room)

    async def _look_up(self) -> Room:
        await self._parts.turns.take(self.creator_id, self._waits.rank)
        self._waits.looking()
        if not self.handle:
            raise Unclear("this name on TikTok belongs to somebody else now; watch the creator by their new name")
        self._counters.look_ups += 1
        try:
            room = await self._parts.rooms.look_up(self.handle)
            if room.room_id == self._over and await self._is_alive(room.room_id) is False:
                raise CreatorOffline("the LIVE has ended")
        except (CreatorOffline, CreatorNotFound) as answer:
            self._told_by = answer.told_by
            await self._finish_if_over()
            raise
        except SourceError:
            self._counters.look_up_failures += 1
            if (known := await self._known_room()) is None:
                raise
            room = known
        self._told_by = room.told_by
        return room

    async def _known_room(self) -> Room | None:
        """The room that we were in, when TikTok tells nothing of the creator but that this room lives."""
        presence = self._presence
        if presence is None or await self._is_alive(presence.room_id) is not True:
            return None
        return self._room or Room(presence.room_id, self.handle)

    async def _learn(self, room: Room) -> None:
        now_ms = self._clock.now_ms()
        known = await self._parts.db.write(
            creators.learn, self.creator_id, tiktok_user_id=room.creator_user_id, handle=room.handle or self.handle, now_ms=now_ms
        )
        if known.id != self.creator_id:
            _log.info("creator %d is creator %d: followed there", self.creator_id, known.id)
            self.dismissed = True  # nobody watches this row any more
            raise Moved
        self.handle = known.handle

    async def _enter(self, room: Room) -> Presence:
        """Note that the creator is live in `room`, and say so in the log if that is news."""
        if self._presence is not None and self._presence.room_id != room.room_id:
            await self._finish()
        now_ms, status = self._clock.now_ms(), self._reports.status
        if not room.title and room.room_id == status.room_id:
            room = replace(room, title=status.title)  # not everybody who names a room knows its title
        is_new = await self._parts.db.write(
            sessions.begin,
            self.creator_id,
            room.room_id,
            now_ms=now_ms,
            started_at_ms=room.started_at_ms,
            title=room.title,
        )
        if is_new:
            self._waits.began(room.started_at_ms or now_ms)
            await side_by_side(self._ask_age(room.room_id), self._clock.sleep(self._settings.answer_within_s))
        if self._presence is None:
            self._presence = Presence.begun(room, now_ms=now_ms, is_new=is_new, counters=self._counters)
        presence, self._room = self._presence, room
        await self._appender.put(presence.announcement(room, now_ms=now_ms))
        await self._report(CreatorState.LIVE)
        return presence

    async def _is_alive(self, room_id: RoomId) -> bool | None:
        """TikTok's word on a known room; None when it did not answer clearly."""
        try:
            return await self._parts.rooms.is_alive(room_id)
        except SourceError:
            return None

    async def _ask_age(self, room_id: RoomId) -> None:
        """Whether TikTok shows a new room to adults only. Without an answer, what was known stays known."""
        with contextlib.suppress(SourceError):
            self._reports.learn_age_restriction(is_restricted=await self._parts.rooms.is_age_restricted(room_id))

    # --- in line for a connection -----------------------------------------------------------------------------------------

    async def _take_turn(self, room: Room) -> Turn:
        """Wait until a source is ready for us. Raises `CreatorOffline` if the LIVE ended meanwhile."""
        connects = self._parts.connects
        outlook, now = connects.outlook(self._not_before), self._clock.monotonic()
        if isinstance(outlook, Wait):
            await self._report(CreatorState.LIVE, reason=outlook.reason, next_try_s=outlook.until - now)
        turn = await connects.take(self.creator_id, self._not_before)
        try:
            is_over = turn.waited_s > self._settings.stale_after_s and await self._is_alive(room.room_id) is False
        except asyncio.CancelledError:
            connects.return_unused(turn)
            raise
        if is_over:
            connects.return_unused(turn)
            await self._finish()
            raise CreatorOffline("the LIVE has ended")
        return turn

    async def _connect(self, room: Room, presence: Presence) -> None:
        """Be in the room through whichever source is ready first. Raises `SourceError`."""
        turn = await self._take_turn(room)
        try:
            await self._stay(room, presence, turn)
        except SourceError as error:
            is_refused = isinstance(error, ConnectionRefused)
            if is_refused or error.retry_after_s is not None:
                self._parts.connects.failed(turn, error)
            # A stream that held is opened again where it was; one that breaks again and again, somewhere else.
            if is_refused or (isinstance(error, ConnectionLost) and self._attempt):
                self._failed_way = turn.way
            raise
        finally:
            self._parts.connects.leave(turn)

    # --- in the room ------------------------------------------------------------------------------------------------------

    async def _stay(self, room: Room, presence: Presence, turn: Turn) -> None:
        """Read the room until the LIVE is over. Raises `SourceError` when the stream could not be opened or broke."""
        presence.connecting(self._clock.monotonic())
        try:
            await side_by_side(self._read(room, presence, turn), self._notice_silence(presence), self._tell_news())
            if not presence.is_over and await self._is_alive(room.room_id) is not False:
                raise ConnectionLost("TikTok closed the stream")
        except SourceError as error:
            await self._note_break(error, presence)
            raise
        except asyncio.CancelledError:
            if self._connected:
                self._hear(presence)
            raise
        finally:
            self._counters.connected -= self._connected
            self._connected = False
        await self._finish()

    async def _read(self, room: Room, presence: Presence, turn: Turn) -> None:
        async with closing(turn.source.events(room)) as batches:
            async for batch in batches:
                if not self._connected:
                    self._parts.connects.worked(turn)
                    self._way = turn.way
                    self._appender.source = turn.way.name
                    await self._adopt(room, batch[0].room_id)
                    await self._appender.put(self._opened(presence))
                self._counters.frames += 1
                self._counters.events += len(batch)
                await self._appender.put(presence.take(batch, now_ms=self._clock.now_ms(), now=self._clock.monotonic()))
                if presence.is_over:
                    return

    async def _adopt(self, room: Room, opened: RoomId) -> None:
        """The sign server may know of a newer LIVE than TikTok's page (`X-Room-Id`): that is the one to be in from now on."""
        if opened in ("", room.room_id):
            return
        if not is_later(opened, room.room_id):
            raise ConnectionRefused("the sign server opened an older room of this creator")
        _log.info("creator %d (@%s): room %s was opened instead of %s", self.creator_id, self.handle, opened, room.room_id)
        await self._enter(replace(room, room_id=opened, started_at_ms=0))
        raise ConnectionLost("the sign server opened a newer room of this creator")

    def _opened(self, presence: Presence) -> Sequence[Event]:
        self._connected = True
        self._counters.connected += 1
        self._counters.connects += 1
        self._counters.reconnects += presence.is_reconnect
        self._news.set()
        _log.info("creator %d (@%s): connected to room %s", self.creator_id, self.handle, presence.room_id)
        return presence.opened(now_ms=self._clock.now_ms(), now=self._clock.monotonic())

    async def _notice_silence(self, presence: Presence) -> None:
        """Return when the room has been silent and is over; its end can be missed (webcast-protocol.md 6.6)."""
        while True:
            quiet_s = presence.quiet_s(self._clock.monotonic())
            if quiet_s < self._settings.silent_after_s:
                await self._clock.sleep(self._settings.silent_after_s - quiet_s)
                continue
            self._counters.silences += 1
            if await self._is_alive(presence.room_id) is False:
                return
            if quiet_s >= self._settings.drop_silent_after_s:
                raise ConnectionLost(f"TikTok sent nothing for {quiet_s:.0f} s")
            await self._clock.sleep(self._settings.silent_after_s)

    async def _tell_news(self) -> None:
        """Write the status when the stream opens and when somebody asks, beside the reading, which must not wait for it."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._connected:
                self._waits.answered()
                await self._report(CreatorState.LIVE)

    async def _close_combos(self) -> None:
        """Close the combos that TikTok forgot, also while the room is out of reach."""
        while True:
            await self._clock.sleep(COMBO_LOOK_EVERY_S)
            if self._presence is not None:
                await self._appender.put(self._presence.due(now_ms=self._clock.now_ms()))

    async def _note_break(self, error: SourceError, presence: Presence) -> None:
        presence.missed(error.reason)
        if not self._connected:
            self._counters.refusals += 1
            return
        if presence.connected_s(self._clock.monotonic()) >= self._settings.stable_after_s:
            self._attempt = 0
        now_ms = self._clock.now_ms()
        _log.info("creator %d (@%s): lost room %s: %s", self.creator_id, self.handle, presence.room_id, error.reason)
        common = self._common(f"disconnected:{presence.room_id}:{now_ms}", presence.room_id, now_ms)
        await self._appender.put([DisconnectedEvent(common, reason=error.reason)])

    # --- the end of a LIVE ------------------------------------------------------------------------------------------------

    async def _finish_if_over(self) -> None:
        """The page says that nobody is live: believe it about an open session unless the room itself still lives."""
        if self._presence is not None and await self._is_alive(self._presence.room_id) is not True:
            await self._finish()

    async def _finish(self) -> None:
        """End the session: first durably in the log, then in storage, so that a crash between them says it twice, not never."""
        presence = self._presence
        if presence is None:
            return
        now_ms = self._clock.now_ms()
        await self._appender.put(presence.finished(now_ms=now_ms))
        await self._appender.settled()
        await self._parts.db.write(sessions.end, self.creator_id, presence.room_id, now_ms=now_ms)
        _log.info("creator %d (@%s): room %s is over", self.creator_id, self.handle, presence.room_id)
        self._over, self._presence, self._room = presence.room_id, None, None

    # --- between two attempts ---------------------------------------------------------------------------------------------

    async def _fail(self, error: SourceError) -> None:
        """Tell why, wait as long as `failover` says."""
        connects, rng = self._parts.connects, self._parts.rng
        attempt = self._attempt // len(connects.sources.ways)
        retry = failover.after(error, attempt=attempt, rng=rng, settings=self._settings, is_usual=self._waits.is_usual)
        is_answer = isinstance(error, CreatorOffline | CreatorNotFound)
        if is_answer:
            self._not_before.clear()
        way, self._failed_way = self._failed_way, None
        if way is not None:
            now = self._clock.monotonic()
            self._not_before[way] = now + retry.delay_s
            retry = failover.by_another(retry, connects.outlook(self._not_before), now=now, rng=rng)
        self._attempt = 0 if is_answer else self._attempt + 1
        if retry.state is CreatorState.NOT_FOUND and self._reports.status.state is not CreatorState.NOT_FOUND:
            common = self._common(f"not_found:{self.handle}:{self._clock.now_ms()}", RoomId(""), self._clock.now_ms())
            await self._appender.put([CreatorNotFoundEvent(common, handle=self.handle)])
        await self._report(retry.state, reason=retry.reason, next_try_s=retry.delay_s)
        await self._waits.pause(retry.delay_s, patient=retry.patient)

    async def _report(self, state: CreatorState, *, reason: str = "", next_try_s: float | None = None) -> None:
        is_live = state is CreatorState.LIVE
        await self._reports.say(
            self.handle,
            state,
            reason=reason,
            room_id=self._presence.room_id if is_live and self._presence else None,
            title=self._room.title if is_live and self._room else "",
            is_connected=self._connected,
            next_try_s=next_try_s,
        )

    # --- leaving ----------------------------------------------------------------------------------------------------------

    async def _leave(self) -> None:
        """Bring what is buffered into the log, within a deadline, and note when the room was last heard."""
        try:
            # Real seconds on purpose: the deadline guards the process's end, not something that the product times.
            async with asyncio.timeout(self._settings.shutdown_s):
                await self._say_goodbye()
        except Exception as error:  # noqa: BLE001  # the last thing this task does: say what was lost, end anyway
            self._counters.lost_at_stop += len(self._appender)
            _log.error("creator %d: stopped with %d events unstored: %r", self.creator_id, len(self._appender), error)

    async def _say_goodbye(self) -> None:
        db, presence = self._parts.db, self._presence
        await self._appender.drain()
        if self.dismissed and presence is not None:
            await self._appender.put(presence.abandoned(now_ms=self._clock.now_ms()))
            await self._appender.drain()
        if presence is not None:
            await db.write(sessions.touch, [(self.creator_id, presence.room_id, presence.heard_until_ms)])
            if self.dismissed:
                # Nobody watches: what we miss from here on is nobody's gap.
                await db.write(sessions.end, self.creator_id, presence.room_id, now_ms=self._clock.now_ms())
        await self._reports.leave(is_dismissed=self.dismissed)

    def _common(self, message_id: str, room_id: RoomId, now_ms: int) -> Common:
        return Common(message_id=MessageId(message_id), room_id=room_id, creator=self.handle, received_at_ms=now_ms)
