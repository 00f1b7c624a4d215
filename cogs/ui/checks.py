"""THE one rule of who may do what, for commands, buttons and forms alike.

The decisions are pure functions of plain values that return the sentence of a refusal, or None. Every refusal names the missing
permission and where to grant it. Discord's own command settings can only narrow this rule.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.app_commands import AppCommandChannel, AppCommandThread

from bot.errors import BadInput
from bot.language import Language
from bot.model.guild import GuildSettings
from bot.model.permissions import NAMES, Permission, missing, to_post, to_relay
from cogs.ui.locale import t_of

Channel = AppCommandChannel | AppCommandThread
"""A channel as an option of a command brings it: with the invoker's permissions there."""

_THREADS = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)
_FORUMS = (discord.ChannelType.forum, discord.ChannelType.media)


@dataclass(frozen=True, slots=True)
class Target:
    """A channel that something shall be posted in, as it is right now.

    `invoker` and `bot` are permissions there, as Discord's bits; `bot` is None when the bot is not in the server at all.
    `is_known`: the bot has the channel in its cache. A private thread that it is not a member of it never has.
    `is_for_adults`: Discord calls it age-restricted; a thread is what its channel is. `is_seen`: the invoker sees it for
    certain; who is in a private thread only Discord knows.
    """

    channel_id: int
    type: discord.ChannelType
    invoker: int
    bot: int | None
    is_known: bool = True
    is_locked: bool = False
    is_for_adults: bool = False
    is_seen: bool = True

    @property
    def mention(self) -> str:
        return f"<#{self.channel_id}>"

    @property
    def is_thread(self) -> bool:
        return self.type in _THREADS


_NO_SETTINGS = GuildSettings()


def configuration_refusal(
    permissions: int, roles: Collection[int] = (), settings: GuildSettings = _NO_SETTINGS
) -> BadInput | None:
    """Whether somebody with these permissions and roles in the server may configure the bot."""
    if not missing(Permission.MANAGE_GUILD, permissions):
        return None
    if settings.manager_role_id is None:
        return BadInput(
            "This needs the **Manage Server** permission. An admin can grant it under Server Settings > Roles > your role."
        )
    if settings.manager_role_id in roles:
        return None
    return BadInput("This needs the **Manage Server** permission or the role {role}.", role=f"<@&{settings.manager_role_id}>")


def moderation_refusal(permissions: int, roles: Collection[int] = (), settings: GuildSettings = _NO_SETTINGS) -> BadInput | None:
    """Whether somebody with these permissions and roles in the whole server may moderate: read comments, work on cases."""
    if configuration_refusal(permissions, roles, settings) is None or not missing(Permission.MANAGE_MESSAGES, permissions):
        return None
    if settings.moderator_role_id is None:
        return BadInput(
            "This needs the **Manage Messages** permission in the whole server. "
            "An admin can grant it under Server Settings > Roles > your role, or name a moderator role with `/settings`."
        )
    if settings.moderator_role_id in roles:
        return None
    return BadInput(
        "This needs the **Manage Messages** permission in the whole server, or the role {role}.",
        role=f"<@&{settings.moderator_role_id}>",
    )


def target_refusal(t: Language, target: Target) -> str | None:
    """Whether the bot may be told to post there: by this person, and at all."""
    return _kind_refusal(t, target) or _invoker_refusal(t, target) or _bot_refusal(t, target)


def _kind_refusal(t: Language, target: Target) -> str | None:
    where = target.mention
    if target.type in _FORUMS:
        return t(
            "{channel} is a forum, which takes posts and no lines. Choose a text channel, or one of the forum's posts.",
            channel=where,
        )
    if target.type is discord.ChannelType.category:
        return t("{channel} is a category. Choose a text channel in it.", channel=where)
    if target.is_locked:
        return t("{channel} is a locked thread. Unlock it, or choose another channel.", channel=where)
    return None


def _invoker_refusal(t: Language, target: Target) -> str | None:
    if not target.is_seen and missing(Permission.MANAGE_THREADS, target.invoker):
        return t(
            "I cannot tell whether you are in the private thread {channel}. Do this in the thread itself, "
            "or let somebody do it who has {permission} there.",
            channel=target.mention,
            permission=spoken(t, [NAMES[Permission.MANAGE_THREADS]]),
        )
    lacking = missing(to_post(is_thread=target.is_thread), target.invoker)
    if not lacking:
        return None
    named = spoken(t, lacking)
    return t.n(
        "You need {permissions} in {channel} yourself to have something posted there. "
        "Who manages that channel can grant it under Edit Channel > Permissions.",
        "You need {permissions} in {channel} yourself to have something posted there. "
        "Who manages that channel can grant them under Edit Channel > Permissions.",
        len(lacking),
        permissions=named,
        channel=target.mention,
    )


def _bot_refusal(t: Language, target: Target) -> str | None:
    if target.bot is None:
        return t(
            "I am not a member of this server: I was added without the bot scope. Invite me again with the link in `/about`."
        )
    if target.type is discord.ChannelType.private_thread and not target.is_known:
        return t("I am not in the private thread {channel}. Mention me there to add me, then try again.", channel=target.mention)
    lacking = missing(to_relay(is_thread=target.is_thread), target.bot)
    if not lacking:
        return None
    named = spoken(t, lacking)
    return t.n(
        "I need {permissions} in {channel}. Grant it to my role there, under Edit Channel > Permissions.",
        "I need {permissions} in {channel}. Grant them to my role there, under Edit Channel > Permissions.",
        len(lacking),
        permissions=named,
        channel=target.mention,
    )


@dataclass(frozen=True, slots=True)
class PingRole:
    """A role that a go-live post shall ping. `is_mentionable`: by everybody, as its own settings say."""

    role_id: int
    is_mentionable: bool = False
    is_everyone: bool = False


def ping_refusal(t: Language, role: PingRole, target: Target) -> str | None:
    """Whether posts in this channel can ping the role: told at set-up, since Discord posts such a line and pings nobody.

    Who may not mention the role there themselves cannot have it mentioned by the bot either.
    """
    if role.is_everyone:
        return t("I never ping @everyone. Make a role that people can choose, and name that one.")
    if role.is_mentionable:
        return None
    names = {
        "role": f"<@&{role.role_id}>",
        "channel": target.mention,
        "permission": f"**{t(NAMES[Permission.MENTION_EVERYONE])}**",
    }
    if missing(Permission.MENTION_EVERYONE, target.invoker):
        return t(
            "You may not mention {role} in {channel} yourself: that needs {permission}, or a role that anyone may mention.",
            **names,
        )
    if missing(Permission.MENTION_EVERYONE, target.bot or 0):
        return t(
            "I cannot ping {role} in {channel}. Allow anyone to mention it, under Server Settings > Roles, "
            "or grant my role {permission} there.",
            **names,
        )
    return None


def publicity_refusal(t: Language, target: Target, everyone: int, *, is_confirmed: bool = False) -> str | None:
    """Whether alerts may stand in a channel, given what @everyone is granted there: they name people.

    A channel that everybody reads is taken only when somebody says that they know it.
    """
    if is_confirmed or missing(Permission.VIEW_CHANNEL, everyone):
        return None
    return t(
        "Everybody in this server can read {channel}, and alerts say whose comments were removed. "
        "Choose a channel for moderators only, or confirm that it shall be this one.",
        channel=target.mention,
    )


def everyone_at(interaction: discord.Interaction[Any], channel_id: int) -> int:
    """What @everyone is granted in a channel, as the cache has it. Nothing is certain of one that is not there: all of it."""
    guild = interaction.guild
    place = guild.get_channel_or_thread(channel_id) if guild else None
    home = place.parent if isinstance(place, discord.Thread) else place
    if guild is None or home is None:
        return int(Permission.VIEW_CHANNEL)
    if isinstance(place, discord.Thread) and place.type is discord.ChannelType.private_thread:
        return 0
    return home.permissions_for(guild.default_role).value


def ping_role(role: discord.Role) -> PingRole:
    """A role as the server has it."""
    return PingRole(role.id, is_mentionable=role.mentionable, is_everyone=role.is_default())


def spoken(t: Language, permissions: Sequence[str]) -> str:
    """`**View Channel** and **Send Messages**`."""
    *others, last = [f"**{t(name)}**" for name in permissions]
    return t("{others} and {last}", others=", ".join(others), last=last) if others else last


def may_configure(interaction: discord.Interaction[Any]) -> BadInput | None:
    """Why the invoker may not configure the bot; None when they may."""
    roles = [role.id for role in interaction.user.roles] if isinstance(interaction.user, discord.Member) else []
    settings = interaction.client.services.guilds.settings(interaction.guild_id)
    return configuration_refusal(held(interaction), roles, settings)


def held(interaction: discord.Interaction[Any]) -> int:
    """What the invoker holds in the whole server, as Discord's bits.

    An interaction tells what holds in its channel, where an exception may grant anything; the cache tells what their roles
    grant, and may be late. So both must say it. Owners and administrators have everything in both.
    """
    if not isinstance(interaction.user, discord.Member):
        return 0
    return interaction.permissions.value & interaction.user.guild_permissions.value


def require_configuration(interaction: discord.Interaction[Any]) -> None:
    """Raise `BadInput` with the refusal unless the invoker may configure the bot."""
    _raise(may_configure(interaction))


def may_moderate(interaction: discord.Interaction[Any]) -> BadInput | None:
    """Why the invoker may not moderate; None when they may. What is granted in one channel only does not count."""
    settings = interaction.client.services.guilds.settings(interaction.guild_id)
    if not isinstance(interaction.user, discord.Member):
        return moderation_refusal(0, (), settings)
    roles = [role.id for role in interaction.user.roles]
    return moderation_refusal(interaction.user.guild_permissions.value, roles, settings)


def require_moderation(interaction: discord.Interaction[Any]) -> None:
    """Raise `BadInput` with the refusal unless the invoker may moderate."""
    _raise(may_moderate(interaction))


def require_manage_server(interaction: discord.Interaction[Any]) -> None:
    """The same without the manager role: who names that role decides who configures the bot."""
    _raise(configuration_refusal(held(interaction)))


def require_target(interaction: discord.Interaction[Any], channel: Channel) -> Target:
    """Raise `BadInput` with the refusal unless the invoker may have something posted there, and the bot can."""
    target = target_of(interaction, channel)
    _raise(target_refusal(t_of(interaction), target))
    return target


def target_of(interaction: discord.Interaction[Any], channel: Channel) -> Target:
    """What the interaction and the cache say about the channel; asks nobody."""
    guild, me = interaction.guild, _me(interaction)
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
        is_for_adults=getattr(place if isinstance(channel, AppCommandThread) else channel, "nsfw", False),
    )


def target_at(interaction: discord.Interaction[Any], channel_id: int) -> Target | None:
    """A channel that no option brought, as the cache has it; None for one that is not there, or that we do not see."""
    guild, me, invoker = interaction.guild, _me(interaction), interaction.user
    place = guild.get_channel_or_thread(channel_id) if guild else None
    if place is None or not isinstance(invoker, discord.Member):
        return None
    home = place.parent if isinstance(place, discord.Thread) else place
    return Target(
        channel_id=place.id,
        type=place.type,
        invoker=place.permissions_for(invoker).value if home is not None else 0,
        bot=None if me is None else place.permissions_for(me).value if home is not None else 0,
        is_locked=isinstance(place, discord.Thread) and place.locked,
        is_for_adults=getattr(home, "nsfw", False),
        is_seen=place.type is not discord.ChannelType.private_thread or interaction.channel_id == place.id,
    )


def require_voice(interaction: discord.Interaction[Any], channel_id: int) -> None:
    """Raise `BadInput` with the refusal unless the invoker may write there; a channel that is not seen refuses nobody."""
    target = target_at(interaction, channel_id)
    _raise(None if target is None else _invoker_refusal(t_of(interaction), target))


def may_write(interaction: discord.Interaction[Any], channel_id: int) -> bool:
    """Whether `require_voice` takes it."""
    target = target_at(interaction, channel_id)
    return target is None or _invoker_refusal(t_of(interaction), target) is None


def is_for_adults(interaction: discord.Interaction[Any], channel_id: int | None) -> bool:
    """Whether a channel is age-restricted, as the cache has it; one that we do not see is not."""
    target = None if channel_id is None else target_at(interaction, channel_id)
    return target is not None and target.is_for_adults


def may_read(interaction: discord.Interaction[Any], channel_id: int) -> bool:
    """Whether the invoker sees this channel. Of a private thread nobody knows who is in it, so nobody sees it."""
    target = target_at(interaction, channel_id)
    if target is None or target.type is discord.ChannelType.private_thread:
        return False
    return not missing(Permission.VIEW_CHANNEL, target.invoker)


def _me(interaction: discord.Interaction[Any]) -> discord.Member | None:
    guild, account = interaction.guild, interaction.client.user
    return guild.get_member(account.id) if guild and account else None


def _raise(refusal: BadInput | str | None) -> None:
    if refusal is not None:
        raise refusal if isinstance(refusal, BadInput) else BadInput(refusal)
