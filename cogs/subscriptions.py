"""/watch, /unwatch, /watching: what a server wants relayed, and where."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot, reply
from bot.model import kinds
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import DEFAULT_KINDS, WatchSettings
from bot.services import Watching
from cogs.ui import checks, pages, sentences

Interaction = discord.Interaction[RelayBot]

OUTCOME_S = 20.0
"""How long `/watch` waits for TikTok's word: a look-up's own time-outs are shorter."""

MOST_CHARS = 200
"""Of a typed creator: the address of a LIVE with all its parameters may be long, the part that counts comes first."""


class Subscriptions(commands.Cog):
    """Thin on purpose: each command acknowledges, checks, asks the service once and shows what it said."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    @app_commands.command(name="watch")
    @app_commands.describe(
        creator="Whose LIVE: @name, or the address of a TikTok profile or LIVE",
        channel="Where the lines appear: a text channel, a thread, or a voice channel's chat",
        events="What is relayed, with commas: chat, gift, follow … (default: all but joins and likes)",
        min_diamonds="Show only gifts worth at least this many diamonds (default: all)",
    )
    @app_commands.default_permissions(manage_guild=True)
    async def watch(
        self,
        interaction: Interaction,
        creator: Range[str, 1, MOST_CHARS],
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread,
        events: Range[str, 1, MOST_CHARS] | None = None,
        min_diamonds: Range[int, 0, 1_000_000] = 0,
    ) -> None:
        """Relay a TikTok creator's LIVE into a channel, whenever they are live"""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        checks.require_target(interaction, channel)
        wanted = WatchSettings(kinds.parse(events) if events else DEFAULT_KINDS, min_diamonds)
        placed = await self._watching.watch(guild(interaction), ChannelId(channel.id), creator, invoker(interaction), wanted)
        await reply(interaction, sentences.checking(placed, wanted))
        status = await self._watching.outcome(placed.watch.creator_id, since=placed.asked_at, timeout_s=OUTCOME_S)
        await reply(interaction, sentences.outcome(placed, wanted, status))

    @app_commands.command(name="unwatch")
    @app_commands.describe(
        creator="Whom to stop relaying",
        channel="Only in this channel (default: in every channel of this server)",
    )
    @app_commands.default_permissions(manage_guild=True)
    async def unwatch(
        self,
        interaction: Interaction,
        creator: Range[str, 1, MOST_CHARS],
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
    ) -> None:
        """Stop relaying a TikTok creator; what was posted stays"""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        where = ChannelId(channel.id) if channel else None
        ended = await self._watching.unwatch(guild(interaction), creator, where, invoker(interaction))
        await reply(interaction, sentences.ended(ended))

    @app_commands.command(name="watching")
    @app_commands.default_permissions(manage_guild=True)
    async def watching(self, interaction: Interaction) -> None:
        """Show which TikTok creators are relayed here, into which channels, and who is live"""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        watched = await self._watching.of_guild(guild(interaction))
        if not watched:
            await reply(interaction, sentences.NOTHING_WATCHED)
            return
        first, *others = [
            discord.Embed(title="Watching" if number == 1 else f"Watching ({number})", description=page).set_footer(
                text=sentences.LEGEND
            )
            for number, page in enumerate(pages.pages(sentences.listed(*each) for each in watched), start=1)
        ]
        await interaction.edit_original_response(embed=first)
        for page in others:
            await interaction.followup.send(embed=page, ephemeral=True)

    @watch.autocomplete("creator")
    @unwatch.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Whom this server watches already; anybody else may be typed. Only for those who may see the list."""
        if checks.configuration_refusal(interaction.permissions.value):
            return []
        handles = await self._watching.handles(guild(interaction), typed)
        return [Choice(name=f"@{handle}", value=handle) for handle in handles[: kinds.MOST_CHOICES]]

    @watch.autocomplete("events")
    async def complete_events(self, _interaction: Interaction, typed: str) -> list[Choice[str]]:
        """The list as typed so far, with each kind that may come next."""
        return [Choice(name=offer, value=offer) for offer in kinds.complete(typed)]


async def acknowledge(interaction: Interaction) -> None:
    """The first await of every command: Discord forgets an interaction that is not answered within 3 seconds."""
    await interaction.response.defer(ephemeral=True, thinking=True)


def guild(interaction: Interaction) -> GuildId:
    """The server; the tree takes commands from nowhere else."""
    return GuildId(interaction.guild_id or 0)


def invoker(interaction: Interaction) -> DiscordUserId:
    """Who used the command."""
    return DiscordUserId(interaction.user.id)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    await bot.add_cog(Subscriptions(bot.services.watching))
