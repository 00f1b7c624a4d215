"""What the gateway shows of Discord: which servers the bot is in, what a channel allows, what was deleted.

It listens to the gateway's events themselves, before discord.py makes its own of them. Being in a server is what READY and
GUILD_CREATE say, until a GUILD_DELETE without `unavailable`; discord.py's cache would not do, for it keeps a server that a new
session does not name any more, and calls a server with an outage like one that it has not heard of yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableMapping
from collections.abc import Set as AbstractSet
from typing import Any

import aiohttp
import discord

from bot.clock import Bell
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.guild import Place, Server
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId

MOST_DELETED = 1000
"""Deletions that wait for their effect. One that is lost is found by Discord's refusals (10003)."""

CHANGES = (
    "GUILD_UPDATE",
    "GUILD_ROLE_UPDATE",
    "GUILD_ROLE_DELETE",
    "GUILD_MEMBER_UPDATE",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "THREAD_LIST_SYNC",
)
"""After these, a channel may allow what it did not allow before, or the other way round."""

Parse = Callable[[Any], None]


class GatewayServers:
    """Servers as `bot.services.guilds.Servers`. `bell` rings at every change."""

    def __init__(self, client: discord.AutoShardedClient) -> None:
        self.bell = Bell()
        self._client = client
        self._by_shard: dict[int, set[GuildId]] = {}
        self._deleted: dict[ChannelId, None] = {}

    def listen(self, parsers: MutableMapping[str, Parse]) -> None:
        """Hear the events that these parsers are given."""
        ours: dict[str, Parse] = {
            "READY": self._on_ready,
            "GUILD_CREATE": self._on_guild_create,
            "GUILD_DELETE": self._on_guild_delete,
            "THREAD_DELETE": self._on_thread_delete,
            **dict.fromkeys(CHANGES, self._on_change),
        }
        for event, note in ours.items():
            parsers[event] = _then(parsers[event], note)
        # Its threads go with a channel, and discord.py forgets them.
        parsers["CHANNEL_DELETE"] = _then(self._on_channel_delete, parsers["CHANNEL_DELETE"])

    def reset(self) -> None:
        """The client starts anew, with as many shards as Discord then wants."""
        self._by_shard.clear()

    # --- Servers -----------------------------------------------------------------------------------------------------

    def present(self) -> AbstractSet[GuildId] | None:
        """The servers that READY named and those that came since; None until every shard had its READY."""
        if not self._by_shard or len(self._by_shard) != self._client.shard_count:
            return None
        return frozenset().union(*self._by_shard.values())

    def server(self, guild_id: GuildId) -> Server | None:
        """As discord.py has it in memory."""
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            return None if guild is None else Server(guild_id, DiscordUserId(guild.owner_id or 0), is_available=False)
        updates = guild.public_updates_channel
        return Server(
            guild_id,
            DiscordUserId(guild.owner_id or 0),
            locale=str(guild.preferred_locale),
            updates_channel_id=None if updates is None else ChannelId(updates.id),
        )

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        """A channel, or a thread that is not archived. A thread has no permissions of its own, its parent's count."""
        guild = self._client.get_guild(guild_id)
        channel = None if guild is None else guild.get_channel_or_thread(channel_id)
        account = self._client.user
        me = None if guild is None or account is None else guild.get_member(account.id)
        if channel is None or me is None:
            return None
        is_thread = isinstance(channel, discord.Thread)
        home = channel.parent if isinstance(channel, discord.Thread) else channel
        return Place(
            channel_id,
            granted=home.permissions_for(me).value if home is not None else 0,
            is_thread=is_thread,
            is_locked=isinstance(channel, discord.Thread) and channel.locked,
            takes_text=isinstance(channel, discord.abc.Messageable),
            is_public=home is not None
            and channel.type is not discord.ChannelType.private_thread
            and home.permissions_for(home.guild.default_role).view_channel,
            is_for_adults=getattr(home, "nsfw", False),
        )

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        """Whether everybody may mention this role; None when there is none such."""
        guild = self._client.get_guild(guild_id)
        role = None if guild is None else guild.get_role(role_id)
        return None if role is None else role.mentionable

    def deleted(self) -> Collection[ChannelId]:
        """Oldest first."""
        return tuple(self._deleted)

    def noted(self, deleted: Collection[ChannelId]) -> None:
        """Forget them."""
        for channel_id in deleted:
            self._deleted.pop(channel_id, None)

    async def direct(self, user_id: DiscordUserId) -> ChannelId:
        """That it opens does not mean that messages reach them: a closed door (50007) is met by the first one."""
        try:
            return ChannelId((await self._client.create_dm(discord.Object(user_id))).id)
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise DeliveryUnknown(f"Discord answered HTTP {error.status}") from error
            raise Undeliverable(f"Discord answered HTTP {error.status}, code {error.code}", code=error.code) from error
        except (aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            raise DeliveryUnknown(f"no answer from Discord: {type(error).__name__}") from error

    # --- The gateway's events ------------------------------------------------------------------------------------------

    def _on_ready(self, ready: Any) -> None:
        shard_id, _ = ready.get("shard") or (0, 1)
        self._by_shard[shard_id] = {GuildId(int(guild["id"])) for guild in ready["guilds"]}
        self.bell.ring()

    def _on_guild_create(self, guild: Any) -> None:
        guild_id = GuildId(int(guild["id"]))
        shard = self._by_shard.get((guild_id >> 22) % (self._client.shard_count or 1))
        if shard is not None:
            shard.add(guild_id)
        self.bell.ring()

    def _on_guild_delete(self, guild: Any) -> None:
        if not guild.get("unavailable"):
            for there in self._by_shard.values():
                there.discard(GuildId(int(guild["id"])))
        self.bell.ring()

    def _on_channel_delete(self, channel: Any) -> None:
        self._on_thread_delete(channel)
        guild = self._client.get_guild(int(channel["guild_id"]))
        for thread in guild.threads if guild is not None else ():
            if thread.parent_id == int(channel["id"]):
                self._on_thread_delete({"id": thread.id})

    def _on_thread_delete(self, thread: Any) -> None:
        self._deleted[ChannelId(int(thread["id"]))] = None
        while len(self._deleted) > MOST_DELETED:
            del self._deleted[next(iter(self._deleted))]
        self.bell.ring()

    def _on_change(self, _change: Any) -> None:
        self.bell.ring()


def _then(first: Parse, second: Parse) -> Parse:
    def both(payload: Any) -> None:
        first(payload)
        second(payload)

    return both
