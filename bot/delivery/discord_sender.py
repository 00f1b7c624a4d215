"""Discord as a `Sender`, through discord.py's bot path.

Nothing pings but a message's own role (allowed mentions go with every call, because an edit that leaves them out parses with the
defaults), no link is previewed, and lines are silent: a relayed chat must not ring a phone for every post.

An answer is waited for as long as the library may sleep between storing the message and returning it (it does so after the
last request of a bucket, up to that bucket's 5 s, and through a 429's pause). Only a call that outlives `ANSWER_S` is
cancelled: on this path that is safe, and leaving it running could post long after the nonce is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import aiohttp
import discord

from bot.delivery import gate
from bot.delivery.sender import Posted
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.draft import Urgency
from bot.model.ids import ChannelId, DiscordMessageId
from bot.model.message import ButtonStyle, Embed, Message

ANSWER_S = 60.0

MOST_LOOKED_AT = 200
"""Messages of a channel, other people's included, among which our own recent ones are looked for."""

_NOBODY = discord.AllowedMentions.none()


class DiscordSender:
    """Posts through a client that is logged in; needs no cache and no gateway."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send(self, channel_id: ChannelId, message: Message, *, nonce: str, urgency: Urgency) -> DiscordMessageId:
        """Post once, however often it is called with this nonce within a few minutes."""
        channel = self._channel(channel_id)
        with _ours(urgency):
            async with asyncio.timeout(ANSWER_S):
                posted = await channel.send(
                    message.content or None,
                    embeds=[_embed(each) for each in message.embeds],
                    view=_view(message) or discord.utils.MISSING,
                    nonce=nonce,
                    allowed_mentions=_only(message.ping_role_id),
                    # The flag hides our own embeds as well as previews of links.
                    suppress_embeds=not message.embeds,
                    silent=message.silent,
                )
        return DiscordMessageId(posted.id)

    async def edit(self, channel_id: ChannelId, message_id: DiscordMessageId, message: Message, *, urgency: Urgency) -> None:
        """Replace what it says. Flags are not sent, so it keeps its suppressed previews (`Message.edit` would lift them)."""
        posted = self._channel(channel_id).get_partial_message(message_id)
        with _ours(urgency):
            async with asyncio.timeout(ANSWER_S):
                await posted.edit(
                    content=message.content or None,
                    embeds=[_embed(each) for each in message.embeds],
                    view=_view(message),
                    allowed_mentions=_NOBODY,
                )

    async def delete(self, channel_id: ChannelId, message_id: DiscordMessageId, *, urgency: Urgency) -> None:
        """Take it away; somebody else may have done so before."""
        with _ours(urgency):
            async with asyncio.timeout(ANSWER_S):
                with suppress(discord.NotFound):
                    await self._channel(channel_id).get_partial_message(message_id).delete()

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


def embeds_of(message: Message) -> list[discord.Embed]:
    """A message's embeds as discord.py's."""
    return [_embed(each) for each in message.embeds]


def _only(role_id: int | None) -> discord.AllowedMentions:
    """This role pings and nothing else; what the library is not told, it would let ping."""
    roles: list[discord.abc.Snowflake] = [] if role_id is None else [discord.Object(role_id)]
    return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)


def _embed(embed: Embed) -> discord.Embed:
    made = discord.Embed(
        title=embed.title or None,
        description=embed.description or None,
        url=embed.url or None,
        colour=embed.colour,
        timestamp=datetime.fromtimestamp(embed.timestamp_ms / 1000, UTC) if embed.timestamp_ms else None,
    )
    for field in embed.fields:
        made.add_field(name=field.name, value=field.value, inline=field.inline)
    if embed.author:
        made.set_author(name=embed.author)
    if embed.footer:
        made.set_footer(text=embed.footer)
    if embed.thumbnail_url:
        made.set_thumbnail(url=embed.thumbnail_url)
    return made


def _view(message: Message) -> discord.ui.View | None:
    """The buttons. Who answers a press is a matter of its custom id (DynamicItem), so this view listens to nothing."""
    if not message.buttons:
        return None
    view = discord.ui.View(timeout=None)
    for row, buttons in enumerate(message.buttons):
        for each in buttons:
            is_link = each.style is ButtonStyle.LINK
            view.add_item(
                discord.ui.Button(
                    style=discord.ButtonStyle(int(each.style)),
                    label=each.label,
                    url=each.target if is_link else None,
                    custom_id=None if is_link else each.target,
                    emoji=each.emoji or None,
                    disabled=each.is_disabled,
                    row=row,
                )
            )
    view.stop()
    return view


def _posted(message: discord.Message) -> Posted:
    texts = (message.content, *(embed.description or embed.title or "" for embed in message.embeds))
    return Posted(
        message_id=DiscordMessageId(message.id),
        content="\n".join(filter(None, texts)),
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
