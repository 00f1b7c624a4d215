"""Channels that refuse us, whether it was a line or a card that they refused."""

from __future__ import annotations

from typing import Protocol

from bot.model.fault import Trouble
from bot.model.ids import ChannelId


class Poster(Protocol):
    """Who posts: the dispatcher, the outbox."""

    def troubles(self) -> dict[ChannelId, Trouble]:
        """Channels in which nothing can be posted for now."""

    def retry(self, channel_id: ChannelId) -> None:
        """Try again now what was refused there."""


class Troubles:
    """All of them as one."""

    def __init__(self, *posters: Poster) -> None:
        self._posters = posters

    def troubles(self) -> dict[ChannelId, Trouble]:
        """Channels in which nothing can be posted for now; of several words for one channel the first poster's."""
        return {channel_id: each for poster in reversed(self._posters) for channel_id, each in poster.troubles().items()}

    def retry(self, channel_id: ChannelId) -> None:
        """Try again now what was refused there."""
        for poster in self._posters:
            poster.retry(channel_id)
