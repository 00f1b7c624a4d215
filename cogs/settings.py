"""/settings: what holds for all watches of a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import RelayBot, reply
from bot.errors import BadInput
from bot.language import N_, Language, known
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordRoleId
from bot.services.guilds import Guilds
from cogs.subscriptions import acknowledge, guild, invoker
from cogs.ui import checks
from cogs.ui.buttons import Interaction
from cogs.ui.locale import t_of
from cogs.ui.panel import LANGUAGES

SERVERS_OWN = "server"

NAMES = {
    "admin_channel_id": N_("Admin channel"),
    "manager_role_id": N_("Manager role"),
    "moderator_role_id": N_("Moderator role"),
    "locale": N_("Language"),
}


class Settings(commands.Cog):
    """One command: without options it shows, with options it changes."""

    def __init__(self, guilds: Guilds) -> None:
        self._guilds = guilds

    @app_commands.command(
        name="settings", description=N_("Show or change what holds for the whole server: admin channel, roles, language")
    )
    @app_commands.describe(
        admin_channel=N_("Where I tell what you must know: a fault, my return"),
        manager_role=N_("Who may configure me besides those with Manage Server"),
        moderator_role=N_("Who moderates the creators' chats"),
        locale=N_("The language of what I tell this server by myself, and of new watches"),
        clear=N_("Take one of these back"),
    )
    @app_commands.rename(locale="language")
    @app_commands.choices(
        locale=[
            Choice(name=N_("The server's own"), value=SERVERS_OWN),
            *(Choice(name=LANGUAGES.get(code, code), value=code) for code in known()),
        ],
        clear=[Choice(name=name, value=field) for field, name in NAMES.items()],
    )
    @app_commands.default_permissions(manage_guild=True)
    async def settings(
        self,
        interaction: Interaction,
        admin_channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
        manager_role: discord.Role | None = None,
        moderator_role: discord.Role | None = None,
        locale: str | None = None,
        clear: str | None = None,
    ) -> None:
        """Without options it shows, with options it changes."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        before, wanted = self._guilds.settings(guild(interaction)), dict[str, Any]()
        if clear is not None:
            wanted[clear] = getattr(GuildSettings(), clear)
        if admin_channel is not None:
            checks.require_target(interaction, admin_channel)
            wanted["admin_channel_id"] = ChannelId(admin_channel.id)
        if manager_role is not None:
            wanted["manager_role_id"] = _role(manager_role)
        if moderator_role is not None:
            wanted["moderator_role_id"] = _role(moderator_role)
        if locale is not None:
            wanted["locale"] = "" if locale == SERVERS_OWN else locale
        t = t_of(interaction)
        if replace(before, **wanted) == before:
            await reply(interaction, shown(t, before))
            return
        checks.require_manage_server(interaction)
        changed = await self._guilds.change(
            guild(interaction), lambda settings: replace(settings, **wanted), invoker(interaction)
        )
        await reply(interaction, "\n".join([t("Saved."), shown(t, changed), *_advice(t, before, changed)]))


def shown(t: Language, settings: GuildSettings) -> str:
    """What is set, a line for each."""
    none = t("not set")
    roles = {name: none if role is None else f"<@&{role}>" for name, role in _roles(settings).items()}
    channel = settings.admin_channel_id
    where = (
        t("not set: I write where Discord writes to your moderators, else to the owner") if channel is None else f"<#{channel}>"
    )
    spoken = LANGUAGES.get(settings.locale, settings.locale) if settings.locale else t("the server's own")
    values = {"admin_channel_id": where, **roles, "locale": spoken}
    return "\n".join(f"**{t(name)}:** {values[field]}" for field, name in NAMES.items())


def _roles(settings: GuildSettings) -> dict[str, DiscordRoleId | None]:
    return {"manager_role_id": settings.manager_role_id, "moderator_role_id": settings.moderator_role_id}


def _advice(t: Language, before: GuildSettings, after: GuildSettings) -> list[str]:
    """Discord hides the commands from who lacks Manage Server, whatever we allow."""
    if after.manager_role_id is None or after.manager_role_id == before.manager_role_id:
        return []
    role = f"<@&{after.manager_role_id}>"
    return [
        t(
            "Discord shows my commands only to people with Manage Server. "
            "So that {role} sees them, add the role under Server Settings > Integrations > my name.",
            role=role,
        )
    ]


def _role(role: discord.Role) -> DiscordRoleId:
    """Everybody is not a role that means anything, and one of a bot or a shop has other masters."""
    if role.is_default():
        raise BadInput("@everyone is everybody. Choose a role that only some people have.")
    if role.managed:
        raise BadInput("{role} belongs to a bot or another service. Choose a role that you give to people.", role=role.mention)
    return DiscordRoleId(role.id)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    await bot.add_cog(Settings(bot.services.guilds))
