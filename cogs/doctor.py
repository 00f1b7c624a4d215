"""/doctor: why something does not arrive, and what to do about it."""

from __future__ import annotations

from typing import Self

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot
from bot.language import N_
from bot.model.ids import CreatorId
from bot.services.doctor import Doctor, counted
from cogs.subscriptions import MOST_CHARS, acknowledge, guild, offers
from cogs.ui import checks, examination, pages
from cogs.ui.buttons import Interaction, Pressable, row
from cogs.ui.locale import t_of

ALL = CreatorId(0)


class Examination(commands.Cog):
    """One command."""

    def __init__(self, doctor: Doctor) -> None:
        self._doctor = doctor

    @app_commands.command(
        name="doctor",
        description=N_("Examine what is relayed here: creator, connection, permissions, queue, and how to mend what is wrong"),
    )
    @app_commands.describe(creator=N_("Only this creator (default: everybody who is watched here)"))
    @app_commands.default_permissions(manage_guild=True)
    async def doctor(self, interaction: Interaction, creator: Range[str, 1, MOST_CHARS] | None = None) -> None:
        """The first page."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        chosen = ALL if creator is None else await self._doctor.creator_named(guild(interaction), creator)
        await show_page(interaction, chosen, 0)

    @doctor.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Whom this server watches; only for those who may see the list."""
        if checks.may_configure(interaction):
            return []
        return offers(await self._doctor.handles(guild(interaction), typed))


class Leaf(Pressable, template=r"doctor:(?P<creator>\d{1,18}):(?P<page>\d{1,4})"):
    """Turns to a page of the examination, which is made anew."""

    @classmethod
    def button(cls, sign: str, creator_id: CreatorId, page: int, *, is_there: bool) -> Self:
        return cls(discord.ui.Button(label=sign, custom_id=f"doctor:{creator_id}:{max(0, page)}", disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await interaction.response.defer()
        checks.require_configuration(interaction)
        await show_page(interaction, CreatorId(self.about["creator"]), self.about["page"])


async def show_page(interaction: Interaction, creator_id: CreatorId, page: int) -> None:
    """A page of the examination in place of what stands there; the last one if there are fewer by now."""
    t, doctor = t_of(interaction), interaction.client.services.doctor
    found = await doctor.examine(guild(interaction), creator_id or None)
    blocks = [examination.report(t, each, guild_id=guild(interaction), now_ms=doctor.now_ms) for each in found]
    alerts = None if creator_id else await doctor.alerts(guild(interaction))
    if alerts is not None:
        blocks.insert(0, examination.alerts(t, alerts))
    leaves = pages.pages(blocks)
    page = min(page, len(leaves) - 1)
    counts = {name: t.number(each) for name, each in counted(found).items()}
    embed = discord.Embed(title=t("{well} well, {ailing} failing, {paused} paused", **counts), description=leaves[page])
    buttons = []
    if len(leaves) > 1:
        embed.set_footer(text=f"{page + 1}/{len(leaves)}")
        buttons = [
            Leaf.button("◀", creator_id, page - 1, is_there=page > 0),
            Leaf.button("▶", creator_id, page + 1, is_there=page + 1 < len(leaves)),
        ]
    await interaction.edit_original_response(embed=embed, view=row(*buttons))


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(Leaf)
    await bot.add_cog(Examination(bot.services.doctor))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(Leaf)
