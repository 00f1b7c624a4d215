"""Discord as a `Sender`, through discord.py's bot path.

Nothing pings (`AllowedMentions.none()` on every call, because an edit that leaves it out parses with the defaults), no link is
previewed, and posts are silent: a relayed chat must not ring a phone for every post.

An answer is waited for as long as the library may sleep between storing the message and returning it (it does so after the
last request of a bucket, up to that bucket's 5 s, and through a 429's pause). Only a call that outlives `ANSWER_S` is
cancelled: on this path that is safe, and leaving it running could post long after the nonce is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import aiohttp
import discord

from bot.delivery import gate
from bot.delivery.sender import Posted
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.draft import Urgency
from bot.model.ids import ChannelId, DiscordMessageId

ANSWER_S = 60.0

MOST_LOOKED_AT = 200
"""Messages of a channel, other people's included, among which our own recent ones are looked for."""

_NOBODY = discord.AllowedMentions.none()


class DiscordSender:
    """Posts through a client that is logged in; needs no cache and no gateway."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send(self, channel_id: ChannelId, content: str, *, nonce: str, urgency: Urgency) -> DiscordMessageId:
        """Post once, however often it is called with this nonce within a few minutes."""
        channel = self._channel(channel_id)
        with _ours(urgency):
            async with asyncio.timeout(ANSWER_S):
                message = await channel.send(content, nonce=nonce, allowed_mentions=_NOBODY, suppress_embeds=True, silent=True)
        return DiscordMessageId(message.id)

    async def edit(self, channel_id: ChannelId, message_id: DiscordMessageId, content: str, *, urgency: Urgency) -> None:
        """Replace the text. Flags are not sent, so the message keeps its suppressed previews (`Message.edit` would lift them)."""
        message = self._channel(channel_id).get_partial_message(message_id)
        with _ours(urgency):
            async with asyncio.timeout(ANSWER_S):
                await message.edit(content=content, allowed_mentions=_NOBODY)

    async def recent(self, channel_id: ChannelId, *, limit: int = 50) -> Sequence[Posted]:
        """Our own newest messages. Without the permission Read Message History Discord shows none."""
        channel = self._channel(channel_id)
        me = self._client.user
        mine: list[Posted] = []
        with _ours(Urgency.CHAT):
            async with asyncio.timeout(ANSWER_S):
                async for message in channel.history(limit=MOST_LOOKED_AT):
                    if me is not None and message.author.id == me.id:
                        mine.append(_posted(message))
                    if len(mine) >= limit:
                        break
        return mine

    def _channel(self, channel_id: ChannelId) -> discord.PartialMessageable:
        if self._client.user is None:
            raise DeliveryUnknown("the bot is not logged in to Discord")
        return self._client.get_partial_messageable(channel_id)


def _posted(message: discord.Message) -> Posted:
    return Posted(
        message_id=DiscordMessageId(message.id),
        content=message.content,
        created_at_ms=round(message.created_at.timestamp() * 1000),
        nonce=str(message.nonce or ""),
    )


@contextmanager
def _ours(urgency: Urgency) -> Iterator[None]:
    """Tells the gate how urgent this is, and the library's errors in our words."""
    token = gate.urgency.set(urgency)
    try:
        yield
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise DeliveryUnknown(f"Discord answered HTTP {error.status}") from error
        raise Undeliverable(f"Discord answered HTTP {error.status}, code {error.code}", code=error.code) from error
    except (discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise DeliveryUnknown(f"no answer from Discord: {type(error).__name__}") from error
    except RuntimeError as error:
        # What the library raises once its session is closed, at shutdown.
        raise DeliveryUnknown(f"no answer from Discord: {error}") from error
    finally:
        gate.urgency.reset(token)
