"""What delivery needs of Discord. Two implementations: `discord_sender.py` and the tests' verified double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.model.draft import Urgency
from bot.model.ids import ChannelId, DiscordMessageId
from bot.model.message import Message


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours that stands in a channel. `nonce` is empty where Discord does not tell it any more.

    `content` is what `text_of` the message says: an embed's description where the text stands in one.
    """

    message_id: DiscordMessageId
    content: str
    created_at_ms: int
    nonce: str = ""


def text_of(message: Message) -> str:
    """What a person reads first: two messages of ours with equal texts are taken for the same one."""
    return "\n".join(filter(None, (message.content, *(embed.description or embed.title for embed in message.embeds))))


class Sender(Protocol):
    """Posts and edits messages in which nothing pings but the role they name, and no link is previewed.

    Each raises `Undeliverable` on a permanent refusal and `DeliveryUnknown` when no answer came.
    """

    async def send(self, channel_id: ChannelId, message: Message, *, nonce: str, urgency: Urgency) -> DiscordMessageId:
        """Post. The same nonce within a few minutes returns the first message instead of a second one."""

    async def edit(self, channel_id: ChannelId, message_id: DiscordMessageId, message: Message, *, urgency: Urgency) -> None:
        """Make a message of ours say this instead. An edit pings nobody."""

    async def delete(self, channel_id: ChannelId, message_id: DiscordMessageId, *, urgency: Urgency) -> None:
        """Take a message of ours away. One that is gone already is no error."""

    async def recent(self, channel_id: ChannelId, *, limit: int = 50) -> Sequence[Posted]:
        """Our own newest messages in the channel, newest first."""
