"""What delivery needs of Discord. Two implementations: `discord_sender.py` and the tests' verified double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.model.draft import Urgency
from bot.model.ids import ChannelId, DiscordMessageId


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours that stands in a channel. `nonce` is empty where Discord does not tell it any more."""

    message_id: DiscordMessageId
    content: str
    created_at_ms: int
    nonce: str = ""


class Sender(Protocol):
    """Posts and edits text in which nothing pings and no link is previewed.

    Each raises `Undeliverable` on a permanent refusal and `DeliveryUnknown` when no answer came.
    """

    async def send(self, channel_id: ChannelId, content: str, *, nonce: str, urgency: Urgency) -> DiscordMessageId:
        """Post. The same nonce within a few minutes returns the first message instead of a second one."""

    async def edit(self, channel_id: ChannelId, message_id: DiscordMessageId, content: str, *, urgency: Urgency) -> None:
        """Replace the text of a message of ours."""

    async def recent(self, channel_id: ChannelId, *, limit: int = 50) -> Sequence[Posted]:
        """Our own newest messages in the channel, newest first."""
