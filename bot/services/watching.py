"""Placing, changing, ending and listing watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.clock import Bell, Clock
from bot.config import Limits
from bot.errors import BadInput
from bot.eventlog.log import EventLog
from bot.events.ids import Handle
from bot.language import ENGLISH, code
from bot.model.creator import Creator, CreatorState, CreatorStatus
from bot.model.fault import Fault
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, PauseReason, Watch, WatchSettings
from bot.services.naming import completions, creator_named
from bot.storage import audit, creators, faults, guilds, watches
from bot.storage.database import Database

MayWrite = Callable[[ChannelId], bool]
"""Whether the person who asks may write in a channel: nobody has anything posted where they may not."""

POLL_S = 0.25
"""Seconds between two looks at a status that another task, or another process, will write."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What `/watch` was asked for. What is None stays as it is; in a new watch it has its default."""

    kinds: frozenset[EventKind] | None = None
    min_diamonds: int | None = None

    def upon(self, settings: WatchSettings) -> WatchSettings:
        """The settings with this wish fulfilled."""
        return replace(
            settings,
            kinds=settings.kinds if self.kinds is None else self.kinds,
            min_diamonds=settings.min_diamonds if self.min_diamonds is None else self.min_diamonds,
        )


ANYTHING = Wish()


@dataclass(frozen=True, slots=True)
class Placed:
    """A wish that is stored. `before`: the watch as it stood, None for a new one.

    `asked_at` is the instant before it was stored: a look at TikTok that is newer answers this wish. `is_held`: the creator is
    for adults and the channel is not, so the watch stands still until somebody says "here anyway".
    """

    watch: Watch
    asked_at: datetime
    before: Watch | None = None
    is_held: bool = False

    @property
    def created(self) -> bool:
        return self.before is None

    @property
    def resumed(self) -> bool:
        """It stood still and goes on now."""
        return self.before is not None and self.before.paused_at is not None and self.watch.paused_at is None

    @property
    def handle(self) -> Handle:
        return self.watch.handle


@dataclass(frozen=True, slots=True)
class Listed:
    """A standing watch with all that is known of it: what the last look at TikTok said, and what Discord refuses."""

    watch: Watch
    status: CreatorStatus
    fault: Fault | None = None


class Watching:
    """Placing, changing, ending and listing watches.

    `placing` is held while places are counted and taken, so that two commands cannot share the last free one.
    """

    def __init__(self, db: Database, log: EventLog, bell: Bell, *, clock: Clock, limits: Limits) -> None:
        self.placing = asyncio.Lock()
        self._db = db
        self._log = log
        self._bell = bell
        self._clock = clock
        self._limits = limits

    async def watch(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        creator: str,
        by: DiscordUserId,
        wish: Wish = ANYTHING,
        *,
        locale: str = ENGLISH,
        for_adults: bool = False,
    ) -> Placed:
        """Store the wish: a new watch, or a change of the one that stands, which also goes on if it stood still.

        Raises `BadInput` for what is no creator, and at a limit.
        `locale` is the server's on Discord; what its admins chose comes first. `for_adults`: the channel is age-restricted.
        """
        handle = creator_named(creator)
        async with self.placing:
            known = await self._db.read(creators.by_handle, handle)
            before = await self._standing(guild_id, channel_id, known)
            if before is None:
                await self._refuse_another_watch(guild_id)
            if before is None or before.paused_at is not None:
                await self._refuse_other_creators([known.id if known else None])
            asked_at = self._now()
            found = await self._db.write(creators.ensure, handle, now_ms=self._clock.now_ms())
            if before is None:
                watch = await self._place(guild_id, channel_id, found.id, by, wish, locale)
            else:
                watch = await self._change(before, wish, by)
            is_held = must_be_held(watch, await self.status(found.id), for_adults=for_adults)
            if is_held:
                watch = await self._hold(watch)
            elif watch.paused_at is not None:
                watch = (await self._resume([watch], by))[0]
        self._bell.ring()
        return Placed(watch, asked_at, before, is_held=is_held)

    async def heed(self, placed: Placed, status: CreatorStatus, *, for_adults: bool) -> Placed:
        """TikTok has answered: if the creator proved to be for adults and the channel is not, the watch stands still."""
        if placed.is_held or not must_be_held(placed.watch, status, for_adults=for_adults):
            return placed
        held = await self._hold(placed.watch)
        self._bell.ring()
        return replace(placed, watch=held, is_held=True)

    async def resume(
        self,
        guild_id: GuildId,
        watch_id: WatchId,
        by: DiscordUserId,
        *,
        for_adults: bool = False,
        anyway: bool = False,
        only: PauseReason | None = None,
    ) -> Watch | None:
        """Let a watch go on that stands still, from now on; None when it has ended. Raises `BadInput` at a limit.

        Unless `for_adults` (the channel is age-restricted) or `anyway` (somebody confirmed it, which is kept) a creator for
        adults is held. With `only`, a watch that stands still for another reason is left alone.
        """
        async with self.placing:
            standing = await self._db.read(watches.of_id, guild_id=guild_id, watch_id=watch_id)
            if standing is None or standing.paused_at is None or only not in (None, standing.paused_why):
                return standing
            status = await self.status(standing.creator_id)
            if not anyway and must_be_held(standing, status, for_adults=for_adults):
                return await self._hold(standing)
            await self._refuse_other_creators([standing.creator_id])
            resumed = await self._resume([standing], by, anyway=anyway)
        self._bell.ring()
        return resumed[0]

    async def resume_all(
        self, guild_id: GuildId, channel_id: ChannelId | None, why: PauseReason, by: DiscordUserId, *, may_write: MayWrite
    ) -> tuple[Sequence[Watch], Sequence[Watch]]:
        """Let the guild's watches go on that stand still for this reason, in one channel or in all where the person may write.

        Returns those that go on, and those that stay for lack of that right. All of them or none: raises `BadInput` at a limit.
        What stands already is left alone, so a second press of a button does nothing. For `PauseReason.ADULTS` this is the
        confirmation.
        """
        async with self.placing:
            paused = [
                each
                for each in await self._db.read(watches.of_guild, guild_id)
                if each.paused_why is why and channel_id in (None, each.channel_id)
            ]
            mine = [each for each in paused if may_write(each.channel_id)]
            if mine:
                await self._refuse_other_creators({each.creator_id for each in mine})
            resumed = await self._resume(mine, by, anyway=why is PauseReason.ADULTS) if mine else []
        self._bell.ring()
        return resumed, [each for each in paused if each not in mine]

    async def ending(self, guild_id: GuildId, creator: str, channel_id: ChannelId | None) -> Sequence[Watch]:
        """The guild's watches of this creator, in one channel or in all. Raises `BadInput` when there are none."""
        known = await self._db.read(creators.by_handle, creator_named(creator))
        found = [
            watch
            for watch in await self._db.read(watches.of_guild, guild_id)
            if known is not None and watch.creator_id == known.id and channel_id in (None, watch.channel_id)
        ]
        if found:
            return found
        if channel_id is not None:
            raise BadInput("Nobody of that name is watched in that channel. `/watching` lists what is.")
        raise BadInput("Nobody of that name is watched here. `/watching` lists what is.")

    async def end(
        self,
        guild_id: GuildId,
        creator_id: CreatorId,
        channel_id: ChannelId | None,
        *,
        newest: WatchId,
        by: DiscordUserId,
    ) -> Sequence[Watch]:
        """End the guild's watches of this creator, in one channel or in all, that were there when `newest` was the newest.

        Returns those that ended now.
        """
        doomed = [
            watch.id
            for watch in await self._db.read(watches.of_guild, guild_id)
            if watch.creator_id == creator_id and channel_id in (None, watch.channel_id) and watch.id <= newest
        ]
        ended = await self._db.write(watches.end_each, doomed, guild_id=guild_id, by=by, now_ms=self._clock.now_ms())
        self._bell.ring()
        return ended

    async def of_guild(self, guild_id: GuildId) -> Sequence[Listed]:
        """The guild's standing watches, by handle, each with what is known of it."""
        standing = await self._db.read(watches.of_guild, guild_id)
        wrong = {fault.watch_id: fault for fault in await self._db.read(faults.of_guild, guild_id)}
        statuses = {creator_id: await self.status(creator_id) for creator_id in {watch.creator_id for watch in standing}}
        return [Listed(watch, statuses[watch.creator_id], wrong.get(watch.id)) for watch in standing]

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

    async def watched(self, guild_id: GuildId) -> Sequence[Watch]:
        """The guild's standing watches, by handle."""
        return await self._db.read(watches.of_guild, guild_id)

    async def handles(self, guild_id: GuildId, typed: str) -> Sequence[Handle]:
        """Handles that the guild watches and that fit what was typed so far."""
        return completions((watch.handle for watch in await self.watched(guild_id)), typed)

    async def _standing(self, guild_id: GuildId, channel_id: ChannelId, known: Creator | None) -> Watch | None:
        mine = await self._db.read(watches.of_guild, guild_id)
        return next((w for w in mine if known is not None and (w.creator_id, w.channel_id) == (known.id, channel_id)), None)

    async def _place(
        self, guild_id: GuildId, channel_id: ChannelId, creator_id: CreatorId, by: DiscordUserId, wish: Wish, locale: str
    ) -> Watch:
        chosen = await self._db.read(guilds.settings, guild_id)
        settings = WatchSettings()
        settings = replace(settings, look=replace(settings.look, locale=code(chosen.locale or locale)))
        watch, _ = await self._db.write(
            watches.place,
            guild_id=guild_id,
            channel_id=channel_id,
            creator_id=creator_id,
            by=by,
            now_ms=self._clock.now_ms(),
            # A new watch starts at the tail: what happened before it was asked for is not relayed.
            cursor_seq=await self._log.last_seq(creator_id),
            settings=wish.upon(settings),
        )
        return watch

    async def _change(self, before: Watch, wish: Wish, by: DiscordUserId) -> Watch:
        changed = await self._db.write(
            watches.change,
            guild_id=before.guild_id,
            watch_id=before.id,
            settings=wish.upon(before.settings),
            by=by,
            now_ms=self._clock.now_ms(),
        )
        return changed or before

    async def _resume(self, those: Sequence[Watch], by: DiscordUserId, *, anyway: bool = False) -> Sequence[Watch]:
        """Each goes on at its log's tail. `anyway`: somebody confirmed that the channel need not be age-restricted."""
        tails = {each.id: await self._log.last_seq(each.creator_id) for each in those}
        return await self._db.write(watches.resume, tails, by=by, now_ms=self._clock.now_ms(), anyway=anyway) or those

    async def _hold(self, watch: Watch) -> Watch:
        held = await self._db.write(
            watches.pause, [watch.id], why=PauseReason.ADULTS, by=audit.THE_BOT, now_ms=self._clock.now_ms()
        )
        return held[0] if held else watch

    async def _refuse_another_watch(self, guild_id: GuildId) -> None:
        count = len(await self._db.read(watches.of_guild, guild_id))
        if count >= self._limits.watches_per_guild:
            raise BadInput(
                "That would be more watches than this bot allows a server ({count}). End one with `/unwatch`, "
                "or ask the bot's operator to raise `limits.watches_per_guild`.",
                count=self._limits.watches_per_guild,
            )

    async def _refuse_other_creators(self, wanted: Collection[CreatorId | None]) -> None:
        """If there are too many that nobody follows yet; None is one that nobody knows yet."""
        followed = {watch.creator_id for watch in await self._db.read(watches.active)}
        new = len(set(wanted) - followed)
        if new and len(followed) + new > self._limits.creators:
            raise BadInput(
                "That would be more creators than this bot may follow ({count}). "
                "Ask its operator to raise `limits.creators`, or watch somebody whom it follows already.",
                count=self._limits.creators,
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)


def is_age_restricted(status: CreatorStatus) -> bool:
    """Whether TikTok shows this creator's LIVEs to adults only, so that a channel must be for adults, too."""
    return status.is_age_restricted


def must_be_held(watch: Watch, status: CreatorStatus, *, for_adults: bool) -> bool:
    """Whether the watch stands still until its channel is age-restricted (`for_adults`) or somebody confirms it as it is."""
    return is_age_restricted(status) and not (for_adults or watch.settings.adults_anyway)


def is_settled(status: CreatorStatus, *, since: datetime, now: datetime) -> bool:
    """Whether a status answers a wish of `since`.

    It does when TikTok was looked at since then. It also does when the creator was watched before and is being looked after:
    the stream is open, or the next look is planned for later, so nobody would look again for this wish.
    """
    if status.state is CreatorState.UNCHECKED:
        return False
    looked = status.checked_at is not None and status.checked_at >= since
    return looked or status.connected or (status.next_try_at is not None and status.next_try_at > now)
