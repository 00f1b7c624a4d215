"""The buttons under a notice. They work after any restart: what one is about stands in its custom id."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import discord

from bot.client import RelayBot, reply
from bot.errors import BadInput
from bot.language import Language
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import PauseReason, Watch
from bot.services.notices import ABSENCE, EVERYWHERE, channels_named
from cogs.ui import checks
from cogs.ui.buttons import Interaction, Pressable
from cogs.ui.locale import t_of

_log = logging.getLogger(__name__)


class Resume(Pressable, template=r"resume:(?P<guild>\d{1,20}):(?P<channel>\d{1,20})"):
    """Resumes what the bot paused by itself: in a channel for its fault, or everywhere for faults or for its absence."""

    why: ClassVar = PauseReason.FAULT

    async def pressed(self, interaction: Interaction) -> None:
        """Resume and say what was resumed; a second press finds nothing left and says so."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild_id, channel_id = GuildId(self.about["guild"]), ChannelId(self.about["channel"])
        _require(interaction, guild_id)
        services, is_one = interaction.client.services, channel_id not in (ABSENCE, EVERYWHERE)
        if is_one:
            checks.require_voice(interaction, channel_id)
        resumed, staying = await services.watching.resume_all(
            guild_id,
            channel_id if is_one else None,
            PauseReason.LEFT if channel_id == ABSENCE else self.why,
            DiscordUserId(interaction.user.id),
            may_write=partial(checks.may_write, interaction),
        )
        services.tuning.forget(guild_id)
        await reply(interaction, _said(t_of(interaction), resumed, staying))
        if not staying:
            await _disarm(interaction)


class Adults(Resume, template=r"adults:(?P<guild>\d{1,20}):(?P<channel>\d{1,20})"):
    """The confirmation: relays LIVEs for adults into a channel that is not age-restricted, or into all that are held for it."""

    why = PauseReason.ADULTS


def _require(interaction: Interaction, guild_id: GuildId) -> None:
    """In the server itself THE rule holds; in direct messages it is its owner who was told."""
    if interaction.guild_id == guild_id:
        checks.require_configuration(interaction)
        return
    guild = interaction.client.get_guild(guild_id) if interaction.guild_id is None else None
    if guild is None or guild.owner_id != interaction.user.id or not interaction.client.serves(guild_id):
        raise BadInput("This button is not for this server.")


def _said(t: Language, resumed: Sequence[Watch], staying: Sequence[Watch]) -> str:
    if not (resumed or staying):
        return t("Nothing stands paused for this reason any more.")
    said = [t.n("{count} watch goes on.", "{count} watches go on.", len(resumed))] if resumed else []
    if staying:
        channels = channels_named(t, [each.channel_id for each in staying])
        said.append(t("You may not write in {channels} yourself, so what is paused there stays so.", channels=channels))
    return "\n".join(said)


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
    bot.add_dynamic_items(Resume, Adults)


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(Resume, Adults)
