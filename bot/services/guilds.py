"""Guilds: their settings, whether the bot is still there, and what happens to their watches when it is not.

Being there is looked at as a whole, not event by event: what the gateway shows is compared with what the database knows, at
every change and every few seconds. So a removal is found alike whether it happened before our eyes, while the bot was off, or
while the database refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from typing import Protocol

from bot.clock import Bell, Clock
from bot.model.guild import GuildSettings, Place, Server
from bot.model.ids import ChannelId, DiscordUserId, GuildId, PostId
from bot.storage import guilds
from bot.storage.database import Database
from bot.storage.portions import in_portions

GRACE_MS = 30 * 24 * 3_600_000
"""So long after the bot was removed everything of the guild is kept, for the case that it was a mistake."""

POSTS_AT_ONCE = 200

DEFAULT_SETTINGS = GuildSettings()

Edit = Callable[[GuildSettings], GuildSettings]
"""A change of some fields, applied inside the transaction that stores it: who changed another field meanwhile loses nothing."""

_log = logging.getLogger(__name__)


class Servers(Protocol):
    """What the gateway shows of Discord. Nothing here asks Discord but `direct`."""

    def present(self) -> AbstractSet[GuildId] | None:
        """The servers that the bot is in, those with an outage too; None until Discord has told all of them."""

    def server(self, guild_id: GuildId) -> Server | None:
        """One of them."""

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        """A channel of it; None for one that we do not see, which may be there all the same (an archived thread)."""

    def deleted(self) -> Collection[ChannelId]:
        """Channels that were deleted before our eyes and that nobody has `noted` yet."""

    def noted(self, deleted: Collection[ChannelId]) -> None:
        """Those deletions have had their effect."""

    async def direct(self, user_id: DiscordUserId) -> ChannelId:
        """The direct messages with somebody. Raises `DeliveryError`."""


class Guilds:
    """What concerns a guild as a whole. `bell` is rung when settings change, and when watches stand still or go on."""

    def __init__(self, db: Database, bell: Bell, *, clock: Clock) -> None:
        self._db = db
        self._bell = bell
        self._clock = clock
        self._settings: dict[GuildId, GuildSettings] = {}
        self._is_reconciled = False

    def settings(self, guild_id: GuildId | None) -> GuildSettings:
        """What the guild chose, from memory: whoever checks a permission cannot wait for a database."""
        return self._settings.get(guild_id, DEFAULT_SETTINGS) if guild_id is not None else DEFAULT_SETTINGS

    async def load(self) -> None:
        """Read all settings into memory."""
        self._settings = {each.id: each.settings for each in await self._db.read(guilds.known)}

    async def change(self, guild_id: GuildId, edit: Edit, by: DiscordUserId) -> GuildSettings:
        """Edit the guild's settings; the new ones hold at once."""
        now_ms = self._clock.now_ms()
        changed = await self._db.write(guilds.revise, guild_id, edit=edit, by=by, now_ms=now_ms)
        self._settings[guild_id] = changed
        # Whoever alerts takes up a new channel at once.
        self._bell.ring()
        return changed

    async def reconcile(self, present: AbstractSet[GuildId]) -> None:
        """Compare with the servers that the bot is in: pause the watches of those it left, note those it came back to."""
        known = await self._db.read(guilds.known)
        self._settings = {each.id: each.settings for each in known}
        for each in known:
            if each.left_at is None and each.id not in present:
                paused = await self._db.write(guilds.left, each.id, now_ms=self._clock.now_ms())
                _log.info("guild=%d left: %d watches stand still, everything of it is erased in 30 days", each.id, len(paused))
                self._bell.ring()
            elif each.left_at is not None and each.id in present:
                await self._db.write(guilds.returned, each.id)
                _log.info("guild=%d returned", each.id)
        self._is_reconciled = True

    async def erase_due(self) -> None:
        """Erase whatever belongs to guilds that the bot left more than 30 days ago.

        Not before Discord has told which guilds we are in: one may have come back while the bot was off.
        """
        if not self._is_reconciled:
            return
        before_ms = self._clock.now_ms() - GRACE_MS
        for guild_id in await self._db.read(guilds.due, before_ms=before_ms):
            for some in in_portions(await self._db.read(guilds.posts_of, guild_id), most=POSTS_AT_ONCE):
                await self._db.write(guilds.erase_posts, [PostId(each) for each in some])
            while await self._db.write(guilds.erase, guild_id, before_ms=before_ms):
                pass
            self._settings.pop(guild_id, None)
            _log.info("guild=%d erased, 30 days after the bot was removed", guild_id)
