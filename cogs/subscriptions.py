"""/watch, /unwatch, /watching: what a server wants relayed, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot
from bot.language import N_, Language
from bot.model import kinds
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import PauseReason, Watch
from bot.services.watching import Listed, Watching, Wish
from cogs.ui import checks, pages, sentences
from cogs.ui.buttons import Button, Interaction, Pressable, row
from cogs.ui.locale import t_of

OUTCOME_S = 20.0
"""How long `/watch` waits for TikTok's word: a look-up's own time-outs are shorter."""

MOST_CHARS = 300
"""Of a typed creator: the address of a LIVE with all its parameters may be long, and words may stand around it."""


class Subscriptions(commands.Cog):
    """Thin on purpose: each command acknowledges, checks, asks the service once and shows what it said."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    @app_commands.command(
        name="watch", description=N_("Relay a TikTok creator's LIVE into a channel, whenever they are live; or change how")
    )
    @app_commands.describe(
        creator=N_("Whose LIVE: @name, or the address of a TikTok profile or LIVE"),
        channel=N_("Where the lines appear: a text channel, a thread, or a voice channel's chat"),
        events=N_("What is relayed, with commas: chat, gift, follow … (default: all but joins and likes)"),
        min_diamonds=N_("Show only gifts worth at least this many diamonds (default: all)"),
    )
    @app_commands.default_permissions(manage_guild=True)
    async def watch(
        self,
        interaction: Interaction,
        creator: Range[str, 1, MOST_CHARS],
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread,
        events: Range[str, 1, MOST_CHARS] | None = None,
        min_diamonds: Range[int, 0, 1_000_000] | None = None,
    ) -> None:
        """Place a watch, or change the one that stands."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        target = checks.require_target(interaction, channel)
        placed = await self._watching.watch(
            guild(interaction),
            ChannelId(channel.id),
            creator,
            invoker(interaction),
            Wish(kinds.parse(events) if events else None, min_diamonds),
            locale=(interaction.guild_locale or interaction.locale).value,
            for_adults=target.is_for_adults,
        )
        interaction.client.services.tuning.forget(guild(interaction))
        t, creator_id = t_of(interaction), placed.watch.creator_id
        if placed.is_held:
            # Nobody looks at TikTok for a watch that stands still, so there is nothing to wait for.
            status = await self._watching.status(creator_id)
        else:
            await interaction.edit_original_response(content=sentences.checking(t, placed))
            status = await self._watching.outcome(creator_id, since=placed.asked_at, timeout_s=OUTCOME_S)
            placed = await self._watching.heed(placed, status, for_adults=target.is_for_adults)
        view = row(Anyway.button(t, placed.watch)) if placed.is_held else None
        await interaction.edit_original_response(content=sentences.outcome(t, placed, status), view=view)

    @app_commands.command(name="unwatch", description=N_("Stop relaying a TikTok creator; what was posted stays"))
    @app_commands.describe(
        creator=N_("Whom to stop relaying"),
        channel=N_("Only in this channel (default: in every channel of this server)"),
    )
    @app_commands.default_permissions(manage_guild=True)
    async def unwatch(
        self,
        interaction: Interaction,
        creator: Range[str, 1, MOST_CHARS],
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
    ) -> None:
        """Ask what exactly shall end; the button ends it."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        where = ChannelId(channel.id) if channel else None
        ending = await self._watching.ending(guild(interaction), creator, where)
        t = t_of(interaction)
        view = row(End.button(t, ending, where), Keep.button(t))
        await interaction.edit_original_response(content=sentences.ending(t, ending), view=view)

    @app_commands.command(
        name="watching", description=N_("Show which TikTok creators are relayed here, into which channels, and who is live")
    )
    @app_commands.default_permissions(manage_guild=True)
    async def watching(self, interaction: Interaction) -> None:
        """The first page."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        await show_page(interaction, await self._watching.of_guild(guild(interaction)), 0)

    @watch.autocomplete("creator")
    @unwatch.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Whom this server watches already; anybody else may be typed. Only for those who may see the list."""
        if checks.may_configure(interaction):
            return []
        return offers(await self._watching.handles(guild(interaction), typed))

    @watch.autocomplete("events")
    async def complete_events(self, _interaction: Interaction, typed: str) -> list[Choice[str]]:
        """The list as typed so far, with each kind that may come next."""
        return [Choice(name=offer, value=offer) for offer in kinds.complete(typed)]


class Anyway(Pressable, template=r"watch:anyway:(?P<watch>\d{1,18})"):
    """ "Relay here anyway": a creator for adults in a channel that is not age-restricted."""

    @classmethod
    def button(cls, t: Language, watch: Watch) -> Self:
        """For this watch, which is held."""
        return cls(
            discord.ui.Button(
                label=t("Relay here anyway"), style=discord.ButtonStyle.danger, custom_id=f"watch:anyway:{watch.id}"
            )
        )

    async def pressed(self, interaction: Interaction) -> None:
        """The watch goes on."""
        await interaction.response.defer()
        checks.require_configuration(interaction)
        services, watch_id = interaction.client.services, WatchId(self.about["watch"])
        standing = await services.tuning.watch(guild(interaction), watch_id)
        if standing is not None:
            checks.require_voice(interaction, standing.channel_id)
        resumed = await services.watching.resume(
            guild(interaction), watch_id, invoker(interaction), anyway=True, only=PauseReason.ADULTS
        )
        await interaction.edit_original_response(content=_resumed(t_of(interaction), resumed), view=None)


def _resumed(t: Language, watch: Watch | None) -> str:
    if watch is None:
        return t("That watch has ended. `/watch` places a new one.")
    if watch.paused_at is not None:
        return t("That watch stands still for another reason. `/tune` shows it, and lets it go on.")
    return t(
        "{creator} is relayed into {channel} from now on.",
        creator=sentences.at(watch.handle),
        channel=sentences.mention(watch.channel_id),
    )


class End(Pressable, template=r"unwatch:(?P<creator>\d{1,18}):(?P<channel>\d{1,20}):(?P<newest>\d{1,18})"):
    """Ends what the question named, and nothing that was placed after it."""

    @classmethod
    def button(cls, t: Language, ending: Sequence[Watch], channel_id: ChannelId | None) -> Self:
        """For these watches of one creator: all of the server's, or those in one channel."""
        creator_id, newest = ending[0].creator_id, max(watch.id for watch in ending)
        button: Button = discord.ui.Button(
            label=t.n("End it", "End them", len(ending)),
            style=discord.ButtonStyle.danger,
            custom_id=f"unwatch:{creator_id}:{channel_id or 0}:{newest}",
        )
        return cls(button)

    async def pressed(self, interaction: Interaction) -> None:
        """It ends; a second press finds nothing left and says so."""
        await interaction.response.defer()
        checks.require_configuration(interaction)
        ended = await interaction.client.services.watching.end(
            guild(interaction),
            CreatorId(self.about["creator"]),
            ChannelId(self.about["channel"]) or None,
            newest=WatchId(self.about["newest"]),
            by=invoker(interaction),
        )
        await interaction.edit_original_response(content=sentences.ended(t_of(interaction), ended), view=None)


class Keep(Pressable, template=r"unwatch:keep"):
    """Leaves everything as it is."""

    @classmethod
    def button(cls, t: Language) -> Self:
        return cls(discord.ui.Button(label=t("Keep"), custom_id="unwatch:keep"))

    async def pressed(self, interaction: Interaction) -> None:
        """The question goes."""
        t = t_of(interaction)
        await interaction.response.edit_message(content=t("Nothing was changed."), view=None)


class Turn(Pressable, template=r"watching:(?P<page>\d{1,4})"):
    """Turns to a page of the list, as it is by then."""

    @classmethod
    def button(cls, sign: str, page: int, *, is_there: bool) -> Self:
        return cls(discord.ui.Button(label=sign, custom_id=f"watching:{max(0, page)}", disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await interaction.response.defer()
        checks.require_configuration(interaction)
        watched = await interaction.client.services.watching.of_guild(guild(interaction))
        await show_page(interaction, watched, self.about["page"])


async def show_page(interaction: Interaction, watched: Sequence[Listed], page: int) -> None:
    """A page of the list in place of what stands there; the last one if there are fewer by now."""
    t = t_of(interaction)
    found = pages.pages(sentences.listed(t, each) for each in watched)
    if not found:
        await interaction.edit_original_response(content=t(sentences.NOTHING_WATCHED), embed=None, view=None)
        return
    page = min(page, len(found) - 1)
    embed = discord.Embed(title=t("Watching"), description=found[page])
    embed.set_footer(text=sentences.footer(t, watched, page, len(found)))
    buttons = (
        [Turn.button("◀", page - 1, is_there=page > 0), Turn.button("▶", page + 1, is_there=page + 1 < len(found))]
        if len(found) > 1
        else []
    )
    await interaction.edit_original_response(embed=embed, view=row(*buttons))


def offers(handles: Sequence[str]) -> list[Choice[str]]:
    """Creators to choose from, as many as Discord shows."""
    return [Choice(name=f"@{handle}", value=handle) for handle in handles[: kinds.MOST_CHOICES]]


async def acknowledge(interaction: Interaction) -> None:
    """The first await of every command: Discord forgets an interaction that is not answered within 3 seconds."""
    await interaction.response.defer(ephemeral=True, thinking=True)


def guild(interaction: Interaction) -> GuildId:
    """The server; the tree takes commands from nowhere else."""
    return GuildId(interaction.guild_id or 0)


def invoker(interaction: Interaction) -> DiscordUserId:
    """Who used the command."""
    return DiscordUserId(interaction.user.id)


BUTTONS = (Anyway, End, Keep, Turn)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(Subscriptions(bot.services.watching))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(*BUTTONS)
