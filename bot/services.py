"""What a cog may ask for. Commands write wishes here; loops elsewhere see them and act.

No Discord and no TikTok in here: ids and words in, values out. Every refusal is a `BadInput` whose sentence is shown as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.clock import Bell, Clock
from bot.config import Limits
from bot.errors import BadInput
from bot.eventlog.log import EventLog
from bot.events.ids import Handle
from bot.model.creator import Creator, CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.watch import Watch, WatchSettings
from bot.storage import creators, watches
from bot.storage.database import Database
from bot.text import parse_handle

POLL_S = 0.25
"""Seconds between two looks at a status that another task, or another process, will write."""

DEFAULT_SETTINGS = WatchSettings()


@dataclass(frozen=True, slots=True)
class Placed:
    """A wish that is stored. `created` is False when the guild had it already; it then keeps its settings.

    `asked_at` is the instant before it was stored: a look at TikTok that is newer answers this wish.
    """

    watch: Watch
    created: bool
    handle: Handle
    asked_at: datetime


class Watching:
    """Placing, ending and listing watches."""

    def __init__(self, db: Database, log: EventLog, bell: Bell, *, clock: Clock, limits: Limits) -> None:
        self._db = db
        self._log = log
        self._bell = bell
        self._clock = clock
        self._limits = limits
        # Counting and placing are two steps; one at a time, so that two commands cannot share the last free place.
        self._placing = asyncio.Lock()

    async def watch(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        creator: str,
        by: DiscordUserId,
        settings: WatchSettings = DEFAULT_SETTINGS,
    ) -> Placed:
        """Store the wish. Raises `BadInput` for what is no handle, and at a limit."""
        handle = Handle(parse_handle(creator))
        async with self._placing:
            known = await self._db.read(creators.by_handle, handle)
            await self._refuse_beyond_limits(guild_id, channel_id, known)
            asked_at = self._now()
            found = await self._db.write(creators.ensure, handle, now_ms=self._clock.now_ms())
            watch, created = await self._db.write(
                watches.place,
                guild_id=guild_id,
                channel_id=channel_id,
                creator_id=found.id,
                by=by,
                now_ms=self._clock.now_ms(),
                # A new watch starts at the tail: what happened before it was asked for is not relayed.
                cursor_seq=await self._log.last_seq(found.id),
                settings=settings,
            )
        self._bell.ring()
        return Placed(watch, created, watch.handle, asked_at)

    async def unwatch(self, guild_id: GuildId, creator: str, channel_id: ChannelId | None, by: DiscordUserId) -> Sequence[Watch]:
        """End the guild's watches of this creator, in one channel or in all. Raises `BadInput` when there are none."""
        known = await self._db.read(creators.by_handle, Handle(parse_handle(creator)))
        ended: Sequence[Watch] = []
        if known is not None:
            ended = await self._db.write(
                watches.end,
                guild_id=guild_id,
                creator_id=known.id,
                channel_id=channel_id,
                by=by,
                now_ms=self._clock.now_ms(),
            )
        if not ended:
            where = "in that channel" if channel_id is not None else "here"
            raise BadInput(f"Nobody of that name is watched {where}. `/watching` lists what is.")
        self._bell.ring()
        return ended

    async def of_guild(self, guild_id: GuildId) -> Sequence[tuple[Watch, CreatorStatus]]:
        """The guild's active watches, by handle, each with what the last look at TikTok said."""
        placed = await self._db.read(watches.of_guild, guild_id)
        return [(watch, await self.status(watch.creator_id)) for watch in placed]

    async def status(self, creator_id: CreatorId) -> CreatorStatus:
        """What the last look at TikTok said."""
        return await self._db.read(creators.status, creator_id)

    async def outcome(self, creator_id: CreatorId, *, since: datetime, timeout_s: float) -> CreatorStatus:
        """Wait until TikTok was looked at for a wish of `since`, at most `timeout_s`; return what is known then."""
        deadline = self._clock.monotonic() + timeout_s
        while True:
            status = await self.status(creator_id)
            if is_settled(status, since=since, now=self._now()) or self._clock.monotonic() >= deadline:
                return status
            await self._clock.sleep(POLL_S)

    async def handles(self, guild_id: GuildId, prefix: str) -> Sequence[str]:
        """Handles that the guild watches and that contain what was typed so far, those that start with it first."""
        typed = prefix.strip().removeprefix("@").lower()
        watched = {watch.handle for watch in await self._db.read(watches.of_guild, guild_id)}
        return sorted(
            (handle for handle in watched if typed in handle), key=lambda handle: (not handle.startswith(typed), handle)
        )

    async def _refuse_beyond_limits(self, guild_id: GuildId, channel_id: ChannelId, known: Creator | None) -> None:
        mine = await self._db.read(watches.of_guild, guild_id)
        if known is not None and any((w.creator_id, w.channel_id) == (known.id, channel_id) for w in mine):
            return
        if len(mine) >= self._limits.watches_per_guild:
            raise BadInput(
                f"This server has {len(mine)} watches, as many as this bot allows. End one with `/unwatch`, "
                "or ask the bot's operator to raise `limits.watches_per_guild`."
            )
        watched = {watch.creator_id for watch in await self._db.read(watches.active)}
        if (known is None or known.id not in watched) and len(watched) >= self._limits.creators:
            raise BadInput(
                f"This bot follows {len(watched)} creators, as many as it may. "
                "Ask its operator to raise `limits.creators`, or watch somebody whom it follows already."
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)


def is_settled(status: CreatorStatus, *, since: datetime, now: datetime) -> bool:
    """Whether a status answers a wish of `since`.

    It does when TikTok was looked at since then. It also does when the creator was watched before and is being looked after:
    the stream is open, or the next look is planned for later, so nobody would look again for this wish.
    """
    if status.state is CreatorState.UNCHECKED:
        return False
    looked = status.checked_at is not None and status.checked_at >= since
    return looked or status.connected or (status.next_try_at is not None and status.next_try_at > now)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the commands may use."""

    watching: Watching
