"""/alerts: where moderators are told of what happens in a LIVE's chat, and the watchlist: what else they want to hear of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot, reply
from bot.errors import BadInput
from bot.language import N_, Language
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordRoleId, RuleId
from bot.model.rule import DEFAULT_RULE_COOLDOWN_S, Detector, RuleAction, RuleKind
from bot.moderation.flags import DETECTORS, KINDS
from bot.moderation.rules import MOST_PATTERN_CHARS
from bot.services.guilds import Guilds
from bot.services.rulebook import MOST_COOLDOWN_S, Listed, Rulebook, Wish
from bot.services.watching import Watching
from cogs.subscriptions import MOST_CHARS, acknowledge, guild, invoker, offers
from cogs.ui import checks, rule_list
from cogs.ui.buttons import Button, Interaction, Pressable, row
from cogs.ui.locale import t_of

DEFAULT_MINUTES = 10
MOST_MINUTES = 24 * 60
OFF = "off"

KIND_CHOICES = [Choice(name=name, value=str(kind)) for kind, name in KINDS.items()]
ACTION_CHOICES = [Choice(name=name, value=str(action)) for action, name in rule_list.ACTIONS.items()]
DETECTOR_CHOICES = [Choice(name=name, value=str(each)) for each, name in DETECTORS.items()]

Select = discord.ui.Select[Any]


class Alerts(commands.Cog):
    """Where alerts go is configuration; what is on the watchlist is for moderators."""

    alerts = app_commands.Group(name="alerts", description=N_("Alerts for moderators, and the watchlist"))
    watchlist = app_commands.Group(name="watch", description=N_("What moderators want to hear of"), parent=alerts)

    def __init__(self, guilds: Guilds, rulebook: Rulebook, watching: Watching) -> None:
        self._guilds = guilds
        self._rulebook = rulebook
        self._watching = watching

    # --- Where alerts go -----------------------------------------------------------------------------------------------

    @alerts.command(name="channel", description=N_("Tell moderators here of removed comments, and of what the watchlist finds"))
    @app_commands.describe(
        channel=N_("A channel that only moderators read"),
        role=N_("Whom to ping when nobody takes a case"),
        escalate_after=N_("After so many minutes; 0: never (default: 10)"),
    )
    async def channel(
        self,
        interaction: Interaction,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread,
        role: discord.Role | None = None,
        escalate_after: Range[int, 0, MOST_MINUTES] = DEFAULT_MINUTES,
    ) -> None:
        """Set it, or ask first where everybody would read along."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        t, target = t_of(interaction), checks.require_target(interaction, channel)
        _require_pingable(t, role, target)
        question = checks.publicity_refusal(t, target, checks.everyone_at(interaction, target.channel_id))
        if question is None:
            await _set(interaction, target.channel_id, role.id if role else 0, escalate_after)
            return
        button = Anyway.button(t, target.channel_id, role.id if role else 0, escalate_after)
        await interaction.edit_original_response(content=question, view=row(button))

    @alerts.command(name="off", description=N_("No more alerts; cases and the watchlist stay"))
    async def off(self, interaction: Interaction) -> None:
        """The channel is forgotten."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        await self._guilds.change(guild(interaction), _silenced, invoker(interaction))
        t = t_of(interaction)
        await reply(interaction, t("There are no alerts from now on. Cases and the watchlist stay."))

    @alerts.command(name="show", description=N_("Where alerts go, whom they ping, and how long the watchlist is"))
    async def show(self, interaction: Interaction) -> None:
        """What is set."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        await reply(interaction, await _shown(interaction))

    # --- The watchlist -------------------------------------------------------------------------------------------------

    @watchlist.command(name="add", description=N_("Put a word, a phrase, an expression or a user on the watchlist"))
    @app_commands.describe(
        kind=N_("What kind of thing to look for"),
        pattern=N_("What to look for; in words and phrases * stands for anything"),
        action=N_("What happens then (default: alert)"),
        creator=N_("Only in this creator's LIVEs (default: everybody whom this server watches)"),
        cooldown=N_("Seconds until the same author can alert again (default: 60)"),
    )
    @app_commands.choices(kind=KIND_CHOICES, action=ACTION_CHOICES)
    async def add(
        self,
        interaction: Interaction,
        kind: str,
        pattern: Range[str, 1, MOST_PATTERN_CHARS],
        action: str = RuleAction.ALERT,
        creator: Range[str, 1, MOST_CHARS] | None = None,
        cooldown: Range[int, 0, MOST_COOLDOWN_S] = DEFAULT_RULE_COOLDOWN_S,
    ) -> None:
        """A new rule, or another action for one that stands."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        await self._put(interaction, Wish(RuleKind(kind), pattern, RuleAction(action), creator or "", cooldown))

    @watchlist.command(name="detector", description=N_("Switch a built-in detector on or off"))
    @app_commands.describe(
        name=N_("Links and invites; or the same text again and again, by one or by many"),
        action=N_("What happens then, or off"),
        creator=N_("Only in this creator's LIVEs (default: everybody whom this server watches)"),
    )
    @app_commands.choices(name=DETECTOR_CHOICES, action=[*ACTION_CHOICES, Choice(name=N_("off"), value=OFF)])
    async def detector(
        self, interaction: Interaction, name: str, action: str, creator: Range[str, 1, MOST_CHARS] | None = None
    ) -> None:
        """A detector is a rule without a pattern."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        if action != OFF:
            await self._put(interaction, Wish(RuleKind.DETECTOR, Detector(name), RuleAction(action), creator or ""))
            return
        gone = await self._rulebook.turn_off(guild(interaction), Detector(name), creator or "", invoker(interaction))
        await reply(interaction, _removed(t_of(interaction), gone))

    @watchlist.command(name="list", description=N_("Show the watchlist, and switch rules on and off"))
    async def list_(self, interaction: Interaction) -> None:
        """The first page."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        await show_page(interaction, 0)

    @watchlist.command(name="remove", description=N_("Take something off the watchlist"))
    @app_commands.describe(rule=N_("Choose it from the list"))
    async def remove(self, interaction: Interaction, rule: Range[str, 1, MOST_PATTERN_CHARS]) -> None:
        """By the id that a suggestion carries, or by typing what it reads like."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        rule_id = _id(rule)
        if rule_id is None:
            found = await self._rulebook.complete(t_of(interaction), guild(interaction), rule)
            if len(found) > 1:
                raise BadInput("Several rules read like that. Choose one from the list that appears while you type.")
            rule_id = found[0].rule.id if found else RuleId(0)
        gone = await self._rulebook.remove(guild(interaction), rule_id, invoker(interaction))
        await reply(interaction, _removed(t_of(interaction), gone))

    @watchlist.command(name="test", description=N_("What it would have found in the last hour; only for you"))
    @app_commands.describe(
        kind=N_("What kind of thing to look for"),
        pattern=N_("A rule to try out (default: the rules that are switched on)"),
        creator=N_("Only in this creator's LIVEs (default: everybody whom this server watches)"),
    )
    @app_commands.choices(kind=KIND_CHOICES)
    async def test(
        self,
        interaction: Interaction,
        kind: str = RuleKind.KEYWORD,
        pattern: Range[str, 1, MOST_PATTERN_CHARS] | None = None,
        creator: Range[str, 1, MOST_CHARS] | None = None,
    ) -> None:
        """Changes nothing and alerts nobody."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        wish = Wish(RuleKind(kind), pattern) if pattern else None
        found = await self._rulebook.try_out(guild(interaction), wish, creator or "", by=invoker(interaction))
        nobody = discord.AllowedMentions.none()
        await interaction.edit_original_response(embed=rule_list.tried(t_of(interaction), found), allowed_mentions=nobody)

    @remove.autocomplete("rule")
    async def complete_rule(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """The server's own rules. Only for those who may see them."""
        if checks.may_moderate(interaction):
            return []
        t = t_of(interaction)
        found = await self._rulebook.complete(t, guild(interaction), typed)
        return [Choice(name=rule_list.label(t, each), value=f"#{each.rule.id}") for each in found]

    @add.autocomplete("creator")
    @detector.autocomplete("creator")
    @test.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Whom this server watches. Only for those who may moderate."""
        if checks.may_moderate(interaction):
            return []
        return offers(await self._watching.handles(guild(interaction), typed))

    async def _put(self, interaction: Interaction, wish: Wish) -> None:
        added, is_new = await self._rulebook.add(guild(interaction), wish, invoker(interaction))
        has_channel = self._guilds.settings(guild(interaction)).alert_channel_id is not None
        await reply(interaction, rule_list.added(t_of(interaction), added, is_new=is_new, has_channel=has_channel))


class Anyway(Pressable, template=r"alerts:anyway:(?P<channel>\d{1,20}):(?P<role>\d{1,20}):(?P<minutes>\d{1,4})"):
    """ "Alerts there all the same": into a channel that everybody reads."""

    @classmethod
    def button(cls, t: Language, channel_id: int, role_id: int, minutes: int) -> Self:
        return cls(
            discord.ui.Button(
                label=t("Alerts there all the same"),
                style=discord.ButtonStyle.danger,
                custom_id=f"alerts:anyway:{channel_id}:{role_id}:{minutes}",
            )
        )

    async def pressed(self, interaction: Interaction) -> None:
        """Everything is looked at anew: it may be another server's channel, or not be there any more."""
        await interaction.response.defer()
        checks.require_configuration(interaction)
        t, target = t_of(interaction), checks.target_at(interaction, self.about["channel"])
        if target is None or interaction.guild is None or self.about["minutes"] > MOST_MINUTES:
            raise BadInput("That channel is not in this server, or I do not see it.")
        if refusal := checks.target_refusal(t, target):
            raise BadInput(refusal)
        role = interaction.guild.get_role(self.about["role"])
        if role is None and self.about["role"]:
            raise BadInput("That role is not in this server any more.")
        _require_pingable(t, role, target)
        await _set(interaction, target.channel_id, self.about["role"], self.about["minutes"])


class Turn(Pressable, template=r"rules:page:(?P<page>\d{1,3})"):
    """Turns to a page of the watchlist, as it is by then."""

    @classmethod
    def button(cls, sign: str, page: int, *, is_there: bool) -> Self:
        return cls(discord.ui.Button(label=sign, custom_id=f"rules:page:{max(0, page)}", disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await interaction.response.defer()
        checks.require_moderation(interaction)
        await show_page(interaction, self.about["page"])


class Switch(Pressable, template=r"rules:switch:(?P<page>\d{1,3})"):
    """Switches the chosen rule off if it is on, and on if it is off."""

    @classmethod
    def menu(cls, t: Language, page: int, options: list[discord.SelectOption]) -> Self:
        placeholder = t("Switch a rule on or off…")
        return cls(cast("Button", Select(placeholder=placeholder, custom_id=f"rules:switch:{page}", options=options)))

    async def pressed(self, interaction: Interaction) -> None:
        """The page again."""
        await interaction.response.defer()
        checks.require_moderation(interaction)
        rule_id = _id(str(next(iter(getattr(self.item, "values", ())), "")))
        switched = None
        if rule_id is not None:
            switched = await interaction.client.services.rulebook.switch(guild(interaction), rule_id, invoker(interaction))
        await show_page(interaction, self.about["page"], notice="" if switched else t_of(interaction)(rule_list.GONE))


async def show_page(interaction: Interaction, page: int, *, notice: str = "") -> None:
    """A page of the watchlist in place of what stands there; the last one if there are fewer by now."""
    t = t_of(interaction)
    found = await interaction.client.services.rulebook.listed(guild(interaction))
    nobody = discord.AllowedMentions.none()
    if not found:
        await interaction.edit_original_response(content=t(rule_list.NO_RULES), embed=None, view=None)
        return
    last = rule_list.last_page(found)
    page = min(page, last)
    options = [
        discord.SelectOption(label=rule_list.label(t, each), value=f"#{each.rule.id}") for each in rule_list.of_page(found, page)
    ]
    items: list[discord.ui.Item[Any]] = [Switch.menu(t, page, options)]
    if last:
        items += [Turn.button("◀", page - 1, is_there=page > 0), Turn.button("▶", page + 1, is_there=page < last)]
    embed = rule_list.page_of(t, found, page)
    await interaction.edit_original_response(content=notice or None, embed=embed, view=row(*items), allowed_mentions=nobody)


def _silenced(settings: GuildSettings) -> GuildSettings:
    return replace(settings, alert_channel_id=None, alert_role_id=None)


async def _set(interaction: Interaction, channel_id: int, role_id: int, minutes: int) -> None:
    guilds = interaction.client.services.guilds

    def edit(settings: GuildSettings) -> GuildSettings:
        role = DiscordRoleId(role_id) if role_id else None
        return replace(settings, alert_channel_id=ChannelId(channel_id), alert_role_id=role, escalate_after_s=minutes * 60)

    await guilds.change(guild(interaction), edit, invoker(interaction))
    t = t_of(interaction)
    said = t("Saved.") + "\n" + await _shown(interaction)
    await interaction.edit_original_response(content=said, view=None, allowed_mentions=discord.AllowedMentions.none())


async def _shown(interaction: Interaction) -> str:
    services = interaction.client.services
    rules = await services.rulebook.listed(guild(interaction))
    return rule_list.settings(t_of(interaction), services.guilds.settings(guild(interaction)), rules)


def _require_pingable(t: Language, role: discord.Role | None, target: checks.Target) -> None:
    if role is not None and (refusal := checks.ping_refusal(t, checks.ping_role(role), target)):
        raise BadInput(refusal)


def _removed(t: Language, gone: Listed | None) -> str:
    if gone is None:
        return t(rule_list.GONE)
    return t("No longer on the watchlist:") + "\n" + rule_list.line(t, gone)


def _id(typed: str) -> RuleId | None:
    """`#12`, as our suggestions and menus carry it."""
    digits = typed.removeprefix("#")
    is_id = typed != digits and digits.isascii() and digits.isdecimal() and len(digits) <= 18
    return RuleId(int(digits)) if is_id else None


BUTTONS = (Anyway, Turn, Switch)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(Alerts(bot.services.guilds, bot.services.rulebook, bot.services.watching))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(*BUTTONS)
