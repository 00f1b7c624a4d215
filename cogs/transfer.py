"""/export and /import: all watches of a server as a file."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Self

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RelayBot
from bot.errors import BadInput
from bot.language import N_, Language
from bot.model.ids import ChannelId, DiscordRoleId
from bot.services.portable import MOST_BYTES, Fitted, dump, fitted, parse
from bot.services.transfer import Plan, Transfer
from cogs.subscriptions import acknowledge, guild, invoker
from cogs.ui import checks, previews, sentences
from cogs.ui.buttons import Interaction, Pressable, row
from cogs.ui.locale import t_of

FILE_NAME = "watches.json"

FETCH_S = 20.0
"""How long Discord's file server may take for an upload: it has a few megabytes at most."""


class Transfers(commands.Cog):
    """Checks a file against this server as if somebody had typed it all; the service does the rest."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer

    @app_commands.command(
        name="export", description=N_("Everything that is watched here, with all settings, as a file for /import")
    )
    @app_commands.default_permissions(manage_guild=True)
    async def export(self, interaction: Interaction) -> None:
        """The file, privately."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        found = await self._transfer.export(guild(interaction), channels_of(interaction), roles_of(interaction))
        if not found:
            raise BadInput(sentences.NOTHING_WATCHED)
        file = discord.File(io.BytesIO(dump(found)), FILE_NAME)
        await interaction.edit_original_response(content=previews.exported(t_of(interaction), len(found)), attachments=[file])

    @app_commands.command(name="import", description=N_("Watch what a file of /export says; shows first what that would change"))
    @app_commands.describe(file=N_("A file that /export wrote, of this server or of another"))
    @app_commands.default_permissions(manage_guild=True)
    async def import_(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Check everything, show what would be done, and wait for the button."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        t = t_of(interaction)
        channels, roles = channels_of(interaction), roles_of(interaction)
        # Beside the loop: long lists of words take a quarter of a second.
        wanted = await asyncio.to_thread(parse, t, await _content(file))
        found = fitted(wanted, channels, roles, await self._transfer.export(guild(interaction), channels, roles))
        refusals = list(dict.fromkeys(_refusals(t, interaction, found)))
        if found.missing or refusals:
            raise BadInput(previews.problems(t, found.missing, refusals))
        plan, number = await self._transfer.preview(guild(interaction), found.watches, _for_adults(interaction, found))
        await _show(interaction, t, plan, found, number)


class Apply(Pressable, template=r"import:(?P<number>\d{1,19})"):
    """Does what the preview said."""

    @classmethod
    def button(cls, t: Language, number: int) -> Self:
        return cls(discord.ui.Button(label=t("Do it"), style=discord.ButtonStyle.primary, custom_id=f"import:{number}"))

    async def pressed(self, interaction: Interaction) -> None:
        """All of it or nothing; once."""
        await interaction.response.defer()
        checks.require_configuration(interaction)
        t, transfer = t_of(interaction), interaction.client.services.transfer
        try:
            plan = await transfer.apply(guild(interaction), self.about["number"], invoker(interaction))
        except BadInput as refusal:
            # The preview is void, so its button goes too.
            await interaction.edit_original_response(content=t(refusal.text, **refusal.values), embed=None, view=None)
            return
        interaction.client.services.tuning.forget(guild(interaction))
        await interaction.edit_original_response(content=previews.done(t, plan), embed=None, view=None)


async def _content(file: discord.Attachment) -> bytes:
    """What was uploaded. Raises `BadInput` before anything is loaded that is too large."""
    if file.size > MOST_BYTES:
        raise BadInput("A file of watches has at most {count} KiB.", count=MOST_BYTES // 1024)
    try:
        async with asyncio.timeout(FETCH_S):
            return await file.read()
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError):
        raise BadInput("Discord did not give me the file. Try again.") from None


async def _show(interaction: Interaction, t: Language, plan: Plan, found: Fitted, number: int) -> None:
    embed = discord.Embed(title=t("What this file would do"), description=previews.preview(t, plan, found))
    if not plan.does_something:
        await interaction.edit_original_response(content=t("Everything in this file stands here already."), embed=embed)
        return
    await interaction.edit_original_response(embed=embed, view=row(Apply.button(t, number)))


def _refusals(t: Language, interaction: Interaction, found: Fitted) -> Iterator[str]:
    """What speaks against the file's channels and pings: by this person, and at all."""
    for each in found.watches:
        target = checks.target_at(interaction, each.channel_id)
        if target is None:
            continue
        if refusal := checks.target_refusal(t, target):
            yield refusal
        role = interaction.guild.get_role(each.settings.ping_role_id or 0) if interaction.guild else None
        if role is not None and (refusal := checks.ping_refusal(t, checks.ping_role(role), target)):
            yield refusal


def _for_adults(interaction: Interaction, found: Fitted) -> set[ChannelId]:
    targets = (checks.target_at(interaction, each.channel_id) for each in found.watches)
    return {ChannelId(target.channel_id) for target in targets if target is not None and target.is_for_adults}


def channels_of(interaction: Interaction) -> dict[ChannelId, str]:
    """The server's channels and open threads, by name."""
    there = interaction.guild
    return {ChannelId(each.id): each.name for each in [*there.channels, *there.threads]} if there else {}


def roles_of(interaction: Interaction) -> dict[DiscordRoleId, str]:
    """The server's roles, by name."""
    return {DiscordRoleId(role.id): role.name for role in interaction.guild.roles} if interaction.guild else {}


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(Apply)
    await bot.add_cog(Transfers(bot.services.transfer))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(Apply)
