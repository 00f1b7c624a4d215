"""The button "Resume" under a notice. It works after any restart: what it is about stands in its custom id."""

from __future__ import annotations

import logging

import discord

from bot.client import RelayBot, reply
from bot.errors import BadInput
from bot.language import Language
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from cogs.ui import checks
from cogs.ui.buttons import Interaction, Pressable
from cogs.ui.locale import t_of

_log = logging.getLogger(__name__)


class Resume(Pressable, template=r"resume:(?P<guild>\d{1,20}):(?P<channel>\d{1,20})"):
    """Resumes what the bot paused by itself: in a channel for its fault, or (channel 0) everywhere for its absence."""

    async def pressed(self, interaction: Interaction) -> None:
        """Resume and say what was resumed; a second press finds nothing left and says so."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild_id, channel_id = GuildId(self.about["guild"]), ChannelId(self.about["channel"]) or None
        _require(interaction, guild_id)
        guilds = interaction.client.services.guilds
        resumed = await guilds.resume(guild_id, channel_id, DiscordUserId(interaction.user.id))
        await reply(interaction, _said(t_of(interaction), len(resumed)))
        await _disarm(interaction)


def _require(interaction: Interaction, guild_id: GuildId) -> None:
    """In the server itself THE rule holds; in direct messages it is its owner who was told."""
    if interaction.guild_id == guild_id:
        checks.require_configuration(interaction)
        return
    guild = interaction.client.get_guild(guild_id) if interaction.guild_id is None else None
    if guild is None or guild.owner_id != interaction.user.id or not interaction.client.serves(guild_id):
        raise BadInput("This button is not for this server.")


def _said(t: Language, count: int) -> str:
    if count == 0:
        return t("Nothing stands paused for this reason any more.")
    return t.n("{count} watch goes on.", "{count} watches go on.", count)


async def _disarm(interaction: Interaction) -> None:
    """Take the button away. That it stays is no harm."""
    if interaction.message is None:
        return
    try:
        await interaction.message.edit(view=None, allowed_mentions=discord.AllowedMentions.none())
    except discord.HTTPException as error:
        _log.info("message=%d keeps its button: %s", interaction.message.id, error)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(Resume)


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(Resume)
