"""Changing a watch that stands: one field of its settings at a time, and letting it stand still."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.clock import Bell, Clock
from bot.model.ids import DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, PauseReason, Watch, WatchSettings
from bot.services.naming import creator_named
from bot.storage import watches
from bot.storage.database import Database

Edit = Callable[[WatchSettings], WatchSettings]
"""A change of one field. It is applied to the settings as they stand in the database, inside the transaction that stores them:
whoever changed another field meanwhile loses nothing."""

MOST_REMEMBERED = 1024


def own(**values: Any) -> Edit:
    """These fields of the settings themselves."""
    return lambda settings: replace(settings, **values)


def look(**values: Any) -> Edit:
    """These fields of the look."""
    return lambda settings: replace(settings, look=replace(settings.look, **values))


def filters(**values: Any) -> Edit:
    """These fields of the filters."""
    return lambda settings: replace(settings, filters=replace(settings.filters, **values))


def template(kind: EventKind, text: str) -> Edit:
    """The template of one kind; an empty one is none."""

    def edit(settings: WatchSettings) -> WatchSettings:
        templates = {**dict(settings.look.templates), kind: text}
        return look(templates=tuple(sorted((each, said) for each, said in templates.items() if said)))(settings)

    return edit


def defaults(settings: WatchSettings) -> WatchSettings:
    """Everything as a new watch has it, but for the language that was chosen, and for what was confirmed."""
    return look(locale=settings.look.locale)(WatchSettings(adults_anyway=settings.adults_anyway))


class Tuning:
    """Changes watches. `bell` rings at each change: relay and ingest take it up at once."""

    def __init__(self, db: Database, bell: Bell, *, clock: Clock) -> None:
        self._db = db
        self._bell = bell
        self._clock = clock
        self._remembered: OrderedDict[WatchId, Watch] = OrderedDict()

    async def standing(self, guild_id: GuildId, creator: str) -> Sequence[Watch]:
        """The guild's watches of this creator, by channel. Raises `BadInput` for what names no creator."""
        handle = creator_named(creator)
        return [watch for watch in await self._db.read(watches.of_guild, guild_id) if watch.handle == handle]

    async def watch(self, guild_id: GuildId, watch_id: WatchId) -> Watch | None:
        """A watch of this guild; None for one that has ended, or is another's."""
        return self._noted(watch_id, await self._db.read(watches.of_id, guild_id=guild_id, watch_id=watch_id))

    async def change(self, guild_id: GuildId, watch_id: WatchId, edit: Edit, by: DiscordUserId) -> Watch | None:
        """Change one field; None for a watch that has ended, or is another guild's."""
        changed = await self._db.write(
            watches.revise, guild_id=guild_id, watch_id=watch_id, edit=edit, by=by, now_ms=self._clock.now_ms()
        )
        self._bell.ring()
        return self._noted(watch_id, changed)

    async def pause(self, guild_id: GuildId, watch_id: WatchId, by: DiscordUserId) -> Watch | None:
        """Let it stand still until somebody resumes it (`Watching.resume`); None as for `change`."""
        if await self.watch(guild_id, watch_id) is None:
            return None
        await self._db.write(watches.pause, [watch_id], why=PauseReason.ASKED, by=by, now_ms=self._clock.now_ms())
        self._bell.ring()
        return await self.watch(guild_id, watch_id)

    def forget(self, guild_id: GuildId) -> None:
        """Somebody changed watches of this guild past us: what is remembered of them may be old."""
        for watch_id in [each for each, watch in self._remembered.items() if watch.guild_id == guild_id]:
            del self._remembered[watch_id]

    def remembered(self, guild_id: GuildId, watch_id: WatchId) -> Watch | None:
        """The watch as this process last saw it, from memory: a form must open before a database could answer."""
        watch = self._remembered.get(watch_id)
        return watch if watch is not None and watch.guild_id == guild_id else None

    def _noted(self, watch_id: WatchId, watch: Watch | None) -> Watch | None:
        if watch is None:
            # It may be another guild's, who may remember it on.
            return None
        known = self._remembered.pop(watch_id, watch)
        self._remembered[watch_id] = watch if watch.revision >= known.revision else known
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return watch
