"""Taking all watches of a server out as a file, and putting such a file in: looked at first, then done in one go."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.clock import Bell, Clock
from bot.config import Limits
from bot.errors import BadInput
from bot.eventlog.log import EventLog
from bot.events.ids import Handle
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId
from bot.model.watch import MEANT, Watch
from bot.services.portable import Portable
from bot.services.watching import Watching, is_age_restricted
from bot.storage import creators, transfers, watches
from bot.storage.database import Database
from bot.storage.transfers import Wanted

PREVIEW_S = 900.0
"""As long as Discord lets us change the preview's message."""

MOST_PREVIEWS = 100
"""Kept at once; the oldest goes first. A restart forgets them: whoever presses then is asked for the file again."""

MOST_OF_GUILD = 2
"""Of these in one guild, so that none pushes another's out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do. `changed` has each watch as it stands, beside what it shall be. `held`: paused all the same,
    because the creator is for adults and the channel is not.
    """

    created: tuple[Portable, ...] = ()
    changed: tuple[tuple[Watch, Portable], ...] = ()
    same: tuple[Portable, ...] = ()
    held: frozenset[Handle] = frozenset()

    @property
    def does_something(self) -> bool:
        return bool(self.created or self.changed)


@dataclass(frozen=True, slots=True)
class _Preview:
    guild_id: GuildId
    wanted: tuple[Portable, ...]
    for_adults: frozenset[ChannelId]
    plan: Plan
    until_s: float


class Transfer:
    """Answers `/export` and `/import`."""

    def __init__(self, db: Database, log: EventLog, bell: Bell, watching: Watching, *, clock: Clock, limits: Limits) -> None:
        self._db = db
        self._log = log
        self._bell = bell
        self._watching = watching
        self._clock = clock
        self._limits = limits
        self._previews: OrderedDict[int, _Preview] = OrderedDict()

    async def export(
        self, guild_id: GuildId, channels: Mapping[ChannelId, str], roles: Mapping[DiscordRoleId, str]
    ) -> Sequence[Portable]:
        """The guild's standing watches, with the names that channels and roles have now."""
        return [portable(watch, channels, roles) for watch in await self._db.read(watches.of_guild, guild_id)]

    async def preview(self, guild_id: GuildId, wanted: Sequence[Portable], for_adults: Collection[ChannelId]) -> tuple[Plan, int]:
        """What these watches would do here, and the number by which `apply` does it. Raises `BadInput` at a limit.

        `for_adults`: the channels that are age-restricted.
        """
        kept = _Preview(
            guild_id,
            tuple(wanted),
            frozenset(for_adults),
            await self._plan(guild_id, wanted, for_adults),
            self._clock.monotonic() + PREVIEW_S,
        )
        number = secrets.randbits(60)
        self._make_room(guild_id)
        self._previews[number] = kept
        return kept.plan, number

    def _make_room(self, guild_id: GuildId) -> None:
        """For one more of this guild."""
        now = self._clock.monotonic()
        for number in [each for each, kept in self._previews.items() if kept.until_s < now]:
            del self._previews[number]
        mine = [each for each, kept in self._previews.items() if kept.guild_id == guild_id]
        for number in mine[: max(0, len(mine) + 1 - MOST_OF_GUILD)]:
            del self._previews[number]
        while len(self._previews) >= MOST_PREVIEWS:
            self._previews.popitem(last=False)

    async def apply(self, guild_id: GuildId, number: int, by: DiscordUserId) -> Plan:
        """Do what the preview of that number said, all of it or nothing.

        Raises `BadInput` when nobody remembers it, or when what is watched has changed since.
        """
        kept = self._previews.get(number)
        if kept is None or kept.guild_id != guild_id or self._clock.monotonic() > kept.until_s:
            raise BadInput("This preview is too old, or was used already. Use `/import` again; nothing was changed.")
        # Before the first await: of two who press at once one finds it.
        del self._previews[number]
        async with self._watching.placing:
            plan = await self._plan(guild_id, kept.wanted, kept.for_adults)
            if plan != kept.plan:
                raise BadInput("What is watched here has changed since this preview. Use `/import` again; nothing was changed.")
            doing = [*plan.created, *(each for _, each in plan.changed)]
            tails = {handle: await self._tail(handle) for handle in {each.creator for each in doing}}
            await self._db.write(
                transfers.apply,
                [_wanted(each, plan, kept.for_adults) for each in doing],
                tails,
                guild_id=guild_id,
                by=by,
                now_ms=self._clock.now_ms(),
            )
        self._bell.ring()
        return plan

    async def _plan(self, guild_id: GuildId, wanted: Sequence[Portable], for_adults: Collection[ChannelId]) -> Plan:
        standing = await self._db.read(watches.of_guild, guild_id)
        restricted = {each.creator for each in wanted if await self._is_age_restricted(each.creator)}
        made = plan(standing, wanted, restricted=restricted, for_adults=for_adults)
        await self._refuse_beyond_limits(len(standing), made)
        return made

    async def _is_age_restricted(self, handle: Handle) -> bool:
        known = await self._db.read(creators.by_handle, handle)
        return known is not None and is_age_restricted(await self._watching.status(known.id))

    async def _tail(self, handle: Handle) -> int:
        known = await self._db.read(creators.by_handle, handle)
        return 0 if known is None else await self._log.last_seq(known.id)

    async def _refuse_beyond_limits(self, standing: int, made: Plan) -> None:
        count, most = standing + len(made.created), self._limits.watches_per_guild
        if made.created and count > most:
            raise BadInput(
                "This server would have {count} watches, and this bot allows {most}. End some with `/unwatch`, "
                "or ask the bot's operator to raise `limits.watches_per_guild`.",
                count=count,
                most=most,
            )
        followed = {watch.handle for watch in await self._db.read(watches.active)}
        new = {each.creator for each in (*made.created, *(each for _, each in made.changed)) if not each.paused} - followed
        if new and len(followed) + len(new) > self._limits.creators:
            raise BadInput(
                "This bot would follow {count} creators, and it may follow {most}. Ask its operator to raise `limits.creators`.",
                count=len(followed) + len(new),
                most=self._limits.creators,
            )


def _wanted(each: Portable, plan: Plan, for_adults: Collection[ChannelId]) -> Wanted:
    is_held = each.paused and each.creator in plan.held and each.channel_id not in for_adults
    return Wanted(each.creator, each.channel_id, each.settings, each.paused, is_held)


def portable(watch: Watch, channels: Mapping[ChannelId, str], roles: Mapping[DiscordRoleId, str]) -> Portable:
    """A watch as it stands in a file. Of pauses, only those that the server chose are part of what it wants; that LIVEs for
    adults are relayed into a channel that is not for them is confirmed in each server anew.
    """
    role_id = watch.settings.ping_role_id
    return Portable(
        creator=watch.handle,
        channel_id=watch.channel_id,
        channel=channels.get(watch.channel_id, ""),
        settings=replace(watch.settings, adults_anyway=False),
        ping_role=roles.get(role_id, "") if role_id is not None else "",
        paused=watch.paused_why in MEANT,
    )


def plan(
    standing: Sequence[Watch],
    wanted: Sequence[Portable],
    *,
    restricted: Collection[Handle] = (),
    for_adults: Collection[ChannelId] = (),
) -> Plan:
    """What is new, what is different and what stands so already. Watches that the file does not name are left alone."""
    by_key = {(watch.handle, watch.channel_id): watch for watch in standing}
    created, changed, same, held = [], [], [], set()
    for each in wanted:
        watch = by_key.get((each.creator, each.channel_id))
        begins = not each.paused and (watch is None or watch.paused_why in MEANT)
        is_confirmed = watch is not None and watch.settings.adults_anyway
        shall = replace(each, settings=replace(each.settings, adults_anyway=is_confirmed))
        if begins and each.creator in restricted and each.channel_id not in for_adults and not is_confirmed:
            held.add(each.creator)
            shall = replace(shall, paused=True)
        if watch is None:
            created.append(shall)
        elif watch.settings == shall.settings and _stands(watch, is_paused=shall.paused):
            same.append(shall)
        else:
            changed.append((watch, shall))
    return Plan(tuple(created), tuple(changed), tuple(same), frozenset(held))


def _stands(watch: Watch, *, is_paused: bool) -> bool:
    """Whether nothing is to be done about the pause. What the bot paused by itself stands still, and no file lets it go on."""
    return watch.paused_at is not None if is_paused else watch.paused_why not in MEANT
