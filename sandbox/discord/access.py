"""What the bot may see and do, as refusals: 10003, 10004, 10008, 50001, 50013."""

from __future__ import annotations

from sandbox.discord.errors import refusal
from sandbox.discord.permissions import BITS
from sandbox.discord.world import Channel, Guild, Message, World


def guild(world: World, guild_id: int) -> Guild:
    """The guild, which the bot must be in."""
    found = world.guilds.get(guild_id)
    if found is None or not found.has_bot:
        raise refusal(10004)
    return found


def channel(world: World, channel_id: int) -> Channel:
    """The channel, which the bot must see."""
    found = world.channels.get(channel_id)
    if found is None:
        raise refusal(10003)
    if not found.guild.has_bot or not found.bot_permissions & BITS["view_channel"]:
        raise refusal(50001)
    return found


def require(place: Channel, name: str) -> None:
    """Refuse with 50013 unless the bot has this permission in the channel."""
    if not place.bot_permissions & BITS[name]:
        raise refusal(50013)


def message(place: Channel, message_id: int) -> Message:
    """A message of this channel that is not deleted."""
    found = place.guild.world.messages.get(message_id)
    if found is None or found.channel is not place:
        raise refusal(10008)
    return found
