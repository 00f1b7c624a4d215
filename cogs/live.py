"""/live: how a watched creator's LIVE stands, and a private summary for who was away.

Anybody may ask, but only for creators that are relayed into a channel that they can read.
"""

from __future__ import annotations

from typing import Any, Self

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot
from bot.delivery.discord_sender import embeds_of
from bot.errors import BadInput
from bot.language import N_, Language
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId
from bot.model.message import Embed, Message
from bot.model.watch import Watch
from bot.services.naming import completions
from bot.services.now import Now, Sees
from bot.services.watching import is_age_restricted
from cogs.subscriptions import MOST_CHARS, acknowledge, guild, offers
from cogs.ui import checks, live_card, sentences
from cogs.ui.buttons import Interaction, Pressable, row
from cogs.ui.locale import t_of


class Live(commands.Cog):
    """Touches only the log and the database, so it works wherever the TikTok half runs."""

    def __init__(self, now: Now) -> None:
        self._now = now

    @app_commands.command(name="live", description=N_("How a relayed creator's LIVE stands: viewers, likes, PK, top gifters"))
    @app_commands.describe(creator=N_("Whose LIVE: somebody who is relayed here"))
    async def live(self, interaction: Interaction, creator: Range[str, 1, MOST_CHARS]) -> None:
        """The card, with a button for the details of the last minutes."""
        await acknowledge(interaction)
        t, now = t_of(interaction), self._now
        watch = await now.named(guild(interaction), creator, here=here(interaction), sees=sees(interaction))
        found = await now.standing(watch)
        if found.status.state is CreatorState.LIVE:
            _require_adults(interaction, found.status, watch)
        buttons: list[discord.ui.Item[Any]] = []
        if found.status.state is CreatorState.LIVE:
            if address := live_card.address(watch.handle):
                buttons.append(discord.ui.Button(label=t("Watch on TikTok"), url=address))
            buttons.append(Missed.button(t, watch.creator_id))
        await interaction.edit_original_response(embed=_embed(live_card.now(t, found, now.now_ms())), view=row(*buttons))

    @live.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Those that the person may ask about."""
        seen = await self._now.seen(guild(interaction), sees(interaction))
        return offers(completions((watch.handle for watch in seen), typed))


class Missed(Pressable, template=r"live:missed:(?P<creator>\d{1,18})"):
    """The button "Catch me up": a private summary for whoever presses it."""

    @classmethod
    def button(cls, t: Language, creator_id: CreatorId) -> Self:
        return cls(discord.ui.Button(label=t("Catch me up"), custom_id=f"live:missed:{creator_id}"))

    async def pressed(self, interaction: Interaction) -> None:
        """What happened, as far as the watch relays it."""
        await acknowledge(interaction)
        t, now = t_of(interaction), interaction.client.services.now
        creator_id = CreatorId(self.about["creator"])
        watch = await now.of_creator(guild(interaction), creator_id, here=here(interaction), sees=sees(interaction))
        _require_adults(interaction, await interaction.client.services.watching.status(creator_id), watch)
        found = await now.caught_up(watch)
        embed = live_card.summary(t, found, watch.handle, watch.settings.look, now.now_ms())
        await interaction.edit_original_response(embed=_embed(embed))


def here(interaction: Interaction) -> ChannelId:
    """Where the command was used."""
    return ChannelId(interaction.channel_id or 0)


def sees(interaction: Interaction) -> Sees:
    """Whether this person may hear of what is relayed into a channel."""
    if not checks.may_configure(interaction):
        return lambda _channel_id: True
    return lambda channel_id: checks.may_read(interaction, channel_id)


def _require_adults(interaction: Interaction, status: CreatorStatus, watch: Watch) -> None:
    """Raise `BadInput` for a LIVE that TikTok shows to adults only, unless Discord shows this channel to adults only, too."""
    if is_age_restricted(status) and not checks.is_for_adults(interaction, interaction.channel_id):
        raise BadInput(
            "TikTok shows the LIVEs of {creator} to adults only. Ask in an age-restricted channel.",
            creator=sentences.at(watch.handle),
        )


def _embed(embed: Embed) -> discord.Embed:
    (made,) = embeds_of(Message(embeds=(embed,)))
    return made


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(Missed)
    await bot.add_cog(Live(bot.services.now))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(Missed)
