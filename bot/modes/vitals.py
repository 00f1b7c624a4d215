"""What the running bot tells `/doctor`: the lanes, the gateway, and how following goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from bot.model.fault import Queue, Trouble
from bot.model.guild import Place
from bot.model.health import Health
from bot.model.ids import ChannelId, DiscordRoleId, GuildId


class Lanes(Protocol):
    """The dispatcher's part."""

    def queue(self, channel_id: ChannelId) -> Queue:
        """What waits for this channel."""


class Cards(Protocol):
    """The outbox's part."""

    def troubles(self) -> dict[ChannelId, Trouble]:
        """Channels in which nothing can be posted for now."""


class Places(Protocol):
    """The gateway's part."""

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        """The channel as the gateway shows it."""

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        """Whether everybody may mention this role; None when there is none such."""


class RunningVitals:
    """`bot.services.doctor.Vitals` of a bot that runs in this process. `snapshot`: the supervisor's."""

    def __init__(self, lanes: Lanes, cards: Cards, places: Places, snapshot: Callable[[], Health]) -> None:
        self._lanes = lanes
        self._cards = cards
        self._places = places
        self._snapshot = snapshot

    def health(self) -> Health:
        """How following goes."""
        return self._snapshot()

    def queue(self, channel_id: ChannelId) -> Queue:
        """What waits for this channel."""
        queue = self._lanes.queue(channel_id)
        return queue if queue.trouble else replace(queue, trouble=self._cards.troubles().get(channel_id))

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        """The channel as the gateway shows it."""
        return self._places.place(guild_id, channel_id)

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        """Whether everybody may mention this role; None when there is none such."""
        return self._places.is_mentionable(guild_id, role_id)
