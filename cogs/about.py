"""/about: what this bot is, for anybody."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RelayBot
from bot.language import N_
from bot.model.permissions import invite_url
from cogs.ui.locale import t_of

TEXT = N_(
    """\
I relay TikTok LIVE into Discord: chat, gifts, follows, shares, PK battles, and that something was removed. \
An admin starts with `/watch creator:@name channel:#channel`.

**Nothing a viewer writes can ping anybody here.** Links are shown, never opened or previewed.
**What a creator's moderators remove on TikTok is removed from my posts too.** Comments are kept for a limited time that the \
operator of this bot sets, then erased.
**Unofficial.** This is no product of TikTok or Discord; the stream is opened with the help of a third party that signs requests.

[Add me to a server](<{invite}>)"""
)


class About(commands.Cog):
    """Touches neither storage nor network, so it answers at once."""

    @app_commands.command(name="about", description=N_("What this bot does, what it keeps, and how to add it to a server"))
    async def about(self, interaction: discord.Interaction[RelayBot]) -> None:
        """In the language of whoever asks."""
        invite = invite_url(interaction.application_id)
        await interaction.response.send_message(t_of(interaction)(TEXT, invite=invite), ephemeral=True, suppress_embeds=True)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    await bot.add_cog(About())
