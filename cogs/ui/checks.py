"""THE one rule of who may do what, for commands, buttons and forms alike.

The decisions are pure functions of plain values that return the sentence of a refusal, or None. Every refusal names the missing
permission and where to grant it. Discord's own command settings can only narrow this rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
from discord.app_commands import AppCommandChannel, AppCommandThread

from bot.errors import BadInput
from bot.model.permissions import Permission, missing, spoken, to_post, to_relay

Channel = AppCommandChannel | AppCommandThread
"""A channel as an option of a command brings it: with the invoker's permissions there."""

_THREADS = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)
_FORUMS = (discord.ChannelType.forum, discord.ChannelType.media)


@dataclass(frozen=True, slots=True)
class Target:
    """A channel that something shall be posted in, as it is right now.

    `invoker` and `bot` are permissions there, as Discord's bits; `bot` is None when the bot is not in the server at all.
    `is_known`: the bot has the channel in its cache. A private thread that it is not a member of it never has.
    """

    channel_id: int
    type: discord.ChannelType
    invoker: int
    bot: int | None
    is_known: bool = True
    is_locked: bool = False

    @property
    def mention(self) -> str:
        return f"<#{self.channel_id}>"

    @property
    def is_thread(self) -> bool:
        return self.type in _THREADS


def configuration_refusal(permissions: int) -> str | None:
    """Whether somebody with these permissions in the server may configure the bot."""
    if missing(Permission.MANAGE_GUILD, permissions):
        return "This needs the **Manage Server** permission. An admin can grant it under Server Settings > Roles > your role."
    return None


def target_refusal(target: Target) -> str | None:
    """Whether the bot may be told to post there: by this person, and at all."""
    return _kind_refusal(target) or _invoker_refusal(target) or _bot_refusal(target)


def _kind_refusal(target: Target) -> str | None:
    if target.type in _FORUMS:
        return f"{target.mention} is a forum, which takes posts and no lines. Choose a text channel, or one of the forum's posts."
    if target.type is discord.ChannelType.category:
        return f"{target.mention} is a category. Choose a text channel in it."
    if target.is_locked:
        return f"{target.mention} is a locked thread. Unlock it, or choose another channel."
    return None


def _invoker_refusal(target: Target) -> str | None:
    lacking = missing(to_post(is_thread=target.is_thread), target.invoker)
    if not lacking:
        return None
    return (
        f"You need {spoken(lacking)} in {target.mention} yourself to have something posted there. "
        "Who manages that channel can grant it under Edit Channel > Permissions."
    )


def _bot_refusal(target: Target) -> str | None:
    if target.bot is None:
        return "I am not a member of this server: I was added without the bot scope. Invite me again with the link in `/about`."
    if target.type is discord.ChannelType.private_thread and not target.is_known:
        return f"I am not in the private thread {target.mention}. Mention me there to add me, then try again."
    lacking = missing(to_relay(is_thread=target.is_thread), target.bot)
    if not lacking:
        return None
    return f"I need {spoken(lacking)} in {target.mention}. Grant it to my role there, under Edit Channel > Permissions."


def require_configuration(interaction: discord.Interaction[Any]) -> None:
    """Raise `BadInput` with the refusal unless the invoker may configure the bot."""
    _raise(configuration_refusal(interaction.permissions.value))


def require_target(interaction: discord.Interaction[Any], channel: Channel) -> None:
    """Raise `BadInput` with the refusal unless the invoker may have something posted there, and the bot can."""
    _raise(target_refusal(target_of(interaction, channel)))


def target_of(interaction: discord.Interaction[Any], channel: Channel) -> Target:
    """What the interaction and the cache say about the channel; asks nobody."""
    guild, account = interaction.guild, interaction.client.user
    me = guild.get_member(account.id) if guild and account else None
    # A thread has no permissions of its own, its parent's count.
    place_id = channel.parent_id if isinstance(channel, AppCommandThread) else channel.id
    place = guild.get_channel(place_id) if guild else None
    bot = None if me is None else place.permissions_for(me).value if place is not None else 0
    return Target(
        channel_id=channel.id,
        type=channel.type,
        invoker=channel.permissions.value,
        bot=bot,
        is_known=guild is not None and guild.get_channel_or_thread(channel.id) is not None,
        is_locked=isinstance(channel, AppCommandThread) and channel.locked,
    )


def _raise(refusal: str | None) -> None:
    if refusal is not None:
        raise BadInput(refusal)
