"""Follows the log of every creator whom a guild watches with a watchlist, and opens cases for what is on it.

One cursor per creator (`watchlist`). It moves once cases stand, so after a crash the same is heard again and comes to the same
cases. Between two looks there is a pause, so a wave costs one transaction for each, however fast it comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.clock import Bell, Clock
from bot.eventlog.log import EventLog
from bot.model.case import Case, CaseKind
from bot.model.ids import CaseId, CreatorId, GuildId
from bot.moderation.alert_consumer import hearers
from bot.moderation.desk import CaseDesk, Hearer
from bot.moderation.flags import Flag, Flags, reason
from bot.moderation.watchlists import Watchlists
from bot.storage import cursors, guilds, watches
from bot.storage.database import Database

CONSUMER = "watchlist"
"""The name of our cursors."""

HEARD_AT_ONCE = 2
"""Events, before others get a turn of the loop: the slowest comment takes milliseconds to search for each watchlist."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LookoutSettings:
    """Seconds, unless the name says otherwise."""

    look_every_s: float = 15.0
    """How soon a change has its effect that no bell told of."""

    gather_s: float = 0.25
    """The pause between two looks into a log that is busy."""

    idle_s: float = 30.0
    """How long a quiet log is waited for before we ask again whether anybody still wants to hear."""

    move_every_s: float = 10.0
    """A stretch of the log without hits moves the cursor at most so often; it is heard again after a crash."""

    retry_s: float = 2.0
    """After a failure of storage."""

    recall: int = 1_000
    """Events before the cursor that are heard again at a start, for waves and cool-downs that go on."""


class Lookout:
    """`run` it."""

    def __init__(
        self,
        db: Database,
        log: EventLog,
        watchlists: Watchlists,
        desk: CaseDesk,
        *,
        clock: Clock,
        bell: Bell,
        settings: LookoutSettings | None = None,
    ) -> None:
        self.flagged = 0
        """Flags handed to the desk; a wave counts each time that it has grown."""
        self.failures = 0
        self._db = db
        self._log = log
        self._watchlists = watchlists
        self._desk = desk
        self._clock = clock
        self._bell = bell
        self._settings = settings or LookoutSettings()
        self._wanted: Mapping[CreatorId, Mapping[GuildId, Hearer]] = {}
        self._running: set[CreatorId] = set()

    @property
    def following(self) -> int:
        """Creators that are followed now."""
        return len(self._running)

    async def run(self) -> None:
        """Until cancelled. What was not told by then is heard again at the next start."""
        is_start = True
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    await self._look()
                except Exception as error:  # noqa: BLE001  # the edge towards storage: it may answer next time
                    self._note_failure("the watchlists could not be read", error)
                else:
                    for creator_id in self._wanted.keys() - self._running:
                        self._running.add(creator_id)
                        tasks.create_task(self._keep(creator_id, goes_on=is_start), name=f"watchlist of creator {creator_id}")
                    is_start = False
                await self._bell.wait(self._settings.look_every_s)

    async def _look(self) -> None:
        """Only creators whom somebody watches who has rules and is told of alerts."""
        await self._watchlists.refresh()
        told = hearers(await self._db.read(watches.active), await self._db.read(guilds.known))
        with_rules = self._watchlists.alerts.guilds
        wanted = {
            creator_id: {each.guild_id: each for each in some if each.guild_id in with_rules} for creator_id, some in told.items()
        }
        self._wanted = {creator_id: some for creator_id, some in wanted.items() if some}

    async def _keep(self, creator_id: CreatorId, *, goes_on: bool) -> None:
        """Follow one creator's log; a failure of theirs is nobody else's."""
        first_seq = 0
        try:
            while creator_id in self._wanted:
                try:
                    if not goes_on:
                        # Nobody wanted to hear what was before.
                        first_seq = await self._log.last_seq(creator_id)
                        await self._db.write(cursors.move, CONSUMER, creator_id, first_seq)
                        goes_on = True
                    await self._follow(creator_id, first_seq)
                except Exception as error:  # noqa: BLE001  # the task's edge: start over at the stored cursor
                    self._note_failure(f"the watchlist of creator {creator_id} could not be told", error)
                    await self._clock.sleep(self._settings.retry_s)
        finally:
            self._running.discard(creator_id)

    async def _follow(self, creator_id: CreatorId, first_seq: int) -> None:
        """From the cursor on; return once nobody wants to hear."""
        flags, seq = await self._begin(creator_id, first_seq)
        moved_at, stored = self._clock.monotonic(), seq
        while creator_id in self._wanted:
            if not await self._log.wait(creator_id, after=seq, timeout_s=self._settings.idle_s):
                continue
            wanted = self._wanted.get(creator_id, {})
            since_ms = {guild_id: each.since_ms for guild_id, each in wanted.items()}
            # Of a wave that has grown several times the last counts.
            found: dict[tuple[GuildId, str], Flag] = {}
            for number, entry in enumerate(await self._log.read(creator_id, after=seq), start=1):
                seq = entry.seq
                found |= {(guild_id, flag.key): flag for guild_id, flag in flags.heard(entry, since_ms).items()}
                await self._give_way(number)
            for (guild_id, _), flag in found.items():
                await self._tell(wanted[guild_id], flag)
            is_late = self._clock.monotonic() - moved_at >= self._settings.move_every_s
            if found or (is_late and seq > stored):
                await self._db.write(cursors.move, CONSUMER, creator_id, seq)
                moved_at, stored = self._clock.monotonic(), seq
            await self._clock.sleep(self._settings.gather_s)

    async def _begin(self, creator_id: CreatorId, first_seq: int) -> tuple[Flags, int]:
        """Where we were: the cursor, and what was flagged shortly before, behind `first_seq`."""
        flags = Flags(creator_id, self._watchlists.alerts)
        seq = await self._db.read(cursors.get, CONSUMER, creator_id)
        if seq is None:
            seq = await self._log.last_seq(creator_id)
            await self._db.write(cursors.move, CONSUMER, creator_id, seq)
        since_ms = {guild_id: each.since_ms for guild_id, each in self._wanted.get(creator_id, {}).items()}
        after = max(first_seq, seq - self._settings.recall)
        recalled = await self._log.read(creator_id, after=after, limit=self._settings.recall) if after < seq else ()
        for number, entry in enumerate(recalled, start=1):
            if entry.seq <= seq:
                flags.heard(entry, since_ms)
                await self._give_way(number)
        return flags, seq

    async def _give_way(self, heard: int) -> None:
        if heard % HEARD_AT_ONCE == 0:
            await self._clock.sleep(0)

    async def _tell(self, hearer: Hearer, flag: Flag) -> None:
        user = flag.viewer
        draft = Case(
            id=CaseId(0),
            guild_id=hearer.guild_id,
            number=0,
            key=flag.key,
            kind=CaseKind.WATCHLIST,
            creator_id=flag.creator_id,
            room_id=flag.room_id,
            viewer_id=user.id,
            viewer_handle=user.handle,
            viewer_name=user.nickname,
            opened_at=self._desk.now,
            watch_id=hearer.watch_id,
            first_seq=flag.first_seq,
            last_seq=flag.last_seq,
            comments=flag.comments,
        )
        await self._desk.flag(draft, reason(self._desk.voice(hearer.guild_id), flag), accounts=flag.accounts)
        self.flagged += 1

    def _note_failure(self, what: str, error: Exception) -> None:
        self.failures += 1
        _log.warning("%s: %s; trying again", what, error)
