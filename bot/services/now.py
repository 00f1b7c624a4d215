"""How a watched creator's LIVE stands, and what somebody missed, read from the log: it is the only bridge to the TikTok half.

Reading is bounded: the newest `MOST_EVENTS` of the creator, two readers at a time. A LIVE that had more is told from there on.
Adding them up takes tenths of a second, so it is done beside the loop that relays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.clock import Clock
from bot.errors import BadInput
from bot.eventlog.log import EventLog
from bot.events import CommentEvent, Event, FollowEvent, GiftEvent, QuestionEvent
from bot.events.codec import Logged
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, GuildId
from bot.model.session import LiveSession
from bot.model.watch import EventKind, Watch
from bot.relay.filters import sieve
from bot.services.glance import RELEVANT, CatchUp, Glance, caught_up, glance
from bot.services.naming import creator_named
from bot.storage import creators, sessions, watches
from bot.storage.database import Database

MOST_EVENTS = 20_000
"""About ten minutes of the busiest rooms, and hours of an ordinary one."""

PAGE = 2_000
"""Events in one read, between which others get their turn."""

CATCH_UP_MS = 600_000

Sees = Callable[[ChannelId], bool]
"""Whether the person who asks can read a channel: what is relayed elsewhere is none of their business."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a watched creator now. `glance` is None unless they are live and the log knows something of it."""

    watch: Watch
    status: CreatorStatus
    last: LiveSession | None
    glance: Glance | None


class Now:
    """Answers `/live`."""

    def __init__(self, db: Database, log: EventLog, *, clock: Clock) -> None:
        self._db = db
        self._log = log
        self._clock = clock
        self._reading = asyncio.Semaphore(2)

    def now_ms(self) -> int:
        """Our clock."""
        return self._clock.now_ms()

    async def named(self, guild_id: GuildId, creator: str, *, here: ChannelId, sees: Sees) -> Watch:
        """The guild's watch of this creator that speaks for it `here`. Raises `BadInput` when the person sees none."""
        known = await self._db.read(creators.by_handle, creator_named(creator))
        return await self.of_creator(guild_id, known.id if known else None, here=here, sees=sees)

    async def of_creator(self, guild_id: GuildId, creator_id: CreatorId | None, *, here: ChannelId, sees: Sees) -> Watch:
        """The same, of a creator who is known."""
        mine = [watch for watch in await self.seen(guild_id, sees) if watch.creator_id == creator_id]
        if not mine:
            raise BadInput(
                "Nobody of that name is watched in a channel of this server that you can read. "
                "Choose from the list that opens while you type."
            )
        return min(mine, key=lambda watch: (watch.channel_id != here, watch.id))

    async def seen(self, guild_id: GuildId, sees: Sees) -> Sequence[Watch]:
        """The guild's watches in channels that the person can read."""
        return [watch for watch in await self._db.read(watches.of_guild, guild_id) if sees(watch.channel_id)]

    async def standing(self, watch: Watch) -> Standing:
        """How the creator's LIVE stands."""
        status = await self._db.read(creators.status, watch.creator_id)
        last = await self._db.read(sessions.latest, watch.creator_id)
        found = None
        if status.state is CreatorState.LIVE:
            heard = partial(_is_relayed, watch)
            found = await asyncio.to_thread(glance, await self._newest(watch.creator_id), self._clock.now_ms(), heard)
        if found is not None and status.room_id and found.room_id and found.room_id != status.room_id:
            # The log's newest events are of an earlier LIVE: of this one nothing has arrived yet.
            found = None
        return Standing(watch, status, last, found)

    async def caught_up(self, watch: Watch) -> CatchUp:
        """What happened in the last minutes, as far as the watch relays it: its filters hold here too."""
        return await asyncio.to_thread(_summary, watch, await self._newest(watch.creator_id), self._clock.now_ms())

    async def _newest(self, creator_id: CreatorId) -> Sequence[Logged]:
        async with self._reading:
            tail = await self._log.last_seq(creator_id)
            after, found = max(0, tail - MOST_EVENTS), list[Logged]()
            while after < tail and (batch := await self._log.read(creator_id, after=after, limit=PAGE)):
                found.extend(each for each in batch if isinstance(each.event, RELEVANT))
                after = batch[-1].seq
            return found


def _summary(watch: Watch, logged: Sequence[Logged], now_ms: int) -> CatchUp:
    heard = [each for each in logged if _is_relayed(watch, each.event)]
    return caught_up(heard, since_ms=now_ms - CATCH_UP_MS, now_ms=now_ms)


def _is_relayed(watch: Watch, event: Event) -> bool:
    """Whether the watch would let viewers' doings through. All else is about the room and concerns everybody."""
    settings = watch.settings
    match event:
        case CommentEvent() | QuestionEvent():
            return EventKind.CHAT in settings.kinds and sieve(settings.filters).passes(event)
        case GiftEvent() | FollowEvent():
            return sieve(settings.filters).passes(event)
        case _:
            return True
