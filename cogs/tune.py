"""/tune: an interactive, private panel that changes a watch which stands.

Whatever is pressed, picked or sent holds at once: one field of the settings is written, the bell rings, the panel shows what
is stored now. The panel remembers nothing. A control's custom id names the watch and the control; who may use it, and whether
the watch is one of this server's, is looked at on every press. So it works after a restart, for several admins at a time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from weakref import WeakValueDictionary

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot
from bot.delivery.discord_sender import embeds_of
from bot.errors import BadInput
from bot.language import N_
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.message import Message
from bot.model.permissions import Permission
from bot.model.watch import PauseReason, Watch
from bot.services import tuning
from bot.services.tuning import Tuning
from bot.services.watching import Watching
from bot.text import escape
from cogs.errors import on_error
from cogs.ui import checks, panel, panel_choices, panel_controls, panel_forms, panel_preview, sentences
from cogs.ui.locale import t_of
from cogs.ui.panel import Press, Tab

Interaction = discord.Interaction[RelayBot]

_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""By the panel's message, for as long as somebody uses it."""

MOST_CHARS = 200
MOST_CHOICES = 25
"""What Discord shows of an autocompletion."""


class Tune(commands.Cog):
    """The command, and the forms that the panel opened."""

    def __init__(self, watching: Watching, service: Tuning) -> None:
        self._watching = watching
        self._tuning = service

    @app_commands.command(
        name="tune",
        description=N_("Change what is relayed of a creator, and how it looks: filters, style, templates, pings"),
    )
    @app_commands.describe(
        creator=N_("Whose watch to change"),
        channel=N_("Of which channel (only needed when several hear of this creator)"),
    )
    @app_commands.default_permissions(manage_guild=True)
    async def tune(
        self,
        interaction: Interaction,
        creator: Range[str, 1, MOST_CHARS],
        channel: Range[str, 1, MOST_CHARS] | None = None,
    ) -> None:
        """The panel, or the question which watch is meant."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        checks.require_configuration(interaction)
        found = await self._tuning.standing(_guild(interaction), creator)
        if not found:
            raise BadInput("Nobody of that name is watched here. `/watching` lists what is.")
        names = _names(interaction, found)
        if channel is not None:
            found = [watch for watch in found if _is_meant(channel, watch.channel_id, names)]
        match found:
            case []:
                raise BadInput("Nobody of that name is watched in that channel. `/watching` lists what is.")
            case [only]:
                await _show(interaction, Tab.WHAT, await self._tuning.watch(_guild(interaction), only.id))
            case _:
                await _ask_which(interaction, found, names)

    @tune.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Whom this server watches. Only for those who may see the list."""
        if checks.may_configure(interaction):
            return []
        handles = await self._watching.handles(_guild(interaction), typed)
        return [Choice(name=f"@{handle}", value=handle) for handle in handles[:MOST_CHOICES]]

    @tune.autocomplete("channel")
    async def complete_channel(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """The channels that hear of the creator who was typed before."""
        creator = interaction.namespace["creator"]
        if checks.may_configure(interaction) or not creator:
            return []
        try:
            found = await self._tuning.standing(_guild(interaction), str(creator))
        except BadInput:
            return []
        part = typed.strip().removeprefix("#").casefold()
        named = [(each, name) for each, name in _names(interaction, found).items() if part in name.casefold()]
        return [Choice(name=f"#{name}"[:100], value=str(channel_id)) for channel_id, name in named[:MOST_CHOICES]]

    @commands.Cog.listener("on_interaction")
    async def form_sent(self, interaction: Interaction) -> None:
        """A form is found by its custom id: discord.py would forget it at a restart, and keep it for ever if nobody sent it."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
            return
        press = Press.of(str(interaction.data.get("custom_id", "")))
        if press is not None and await interaction.client.tree.interaction_check(interaction):
            await _answered(interaction, _sent(interaction, press))


class Control(discord.ui.DynamicItem[discord.ui.Item[Any]], template=panel.CUSTOM_ID):
    """Any button or menu of the panel, in whichever process it was shown."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """Made anew for each press: all it knows is its custom id."""
        return cls(item)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """What holds for commands holds here."""
        return bool(await interaction.client.tree.interaction_check(interaction))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what this control is for."""
        if press := Press.of(self.custom_id):
            await _answered(interaction, _pressed(interaction, press, _picked(self.item)))


def view(rows: Sequence[Sequence[discord.ui.Item[Any]]]) -> discord.ui.View:
    """The rows as Discord's; every item answers through `Control`."""
    made = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for item in row:
            made.add_item(Control(item, row=number))
    return made


async def _pressed(interaction: Interaction, press: Press, values: Sequence[str]) -> None:
    press = panel_forms.pressed(press, values)
    if panel_forms.is_form(press.control):
        checks.require_configuration(interaction)
        await _open(interaction, press)
        return
    await interaction.response.defer()
    checks.require_configuration(interaction)
    async with _turn(interaction):
        if act := _ACTS.get(press.control):
            await act(interaction, press, values)
        else:
            await _change(interaction, press, panel_choices.edit(press.control, values))


async def _open(interaction: Interaction, press: Press) -> None:
    """A form is the first answer or none, so it is filled from memory; where that is empty (a restart) the panel comes first."""
    t, service = t_of(interaction), interaction.client.services.tuning
    watch = service.remembered(_guild(interaction), press.watch_id)
    if watch is not None:
        await interaction.response.send_modal(panel_forms.modal(press, panel_forms.form(t, press, watch.settings)))
        return
    await interaction.response.defer()
    found = await service.watch(_guild(interaction), press.watch_id)
    await _show(interaction, press.tab, found, t(panel.FORGOTTEN))


async def _sent(interaction: Interaction, press: Press) -> None:
    await interaction.response.defer()
    checks.require_configuration(interaction)
    if not panel_forms.is_form(press.control):
        raise BadInput(panel.OUTDATED)
    t, edit = t_of(interaction), panel_forms.edit(press, panel_forms.typed(interaction.data or {}))
    async with _turn(interaction):
        try:
            await _change(interaction, press, panel_forms.unless_changed(t, press, edit))
        except panel_forms.ChangedMeanwhile:
            found = await interaction.client.services.tuning.watch(_guild(interaction), press.watch_id)
            await _show(interaction, press.tab, found, t(panel.CHANGED))


async def _change(interaction: Interaction, press: Press, edit: tuning.Edit) -> None:
    """One field. Whoever may have a watch post in a channel may write there: a template is their own words."""
    service = interaction.client.services.tuning
    found = await service.watch(_guild(interaction), press.watch_id)
    if found is not None:
        checks.require_voice(interaction, found.channel_id)
        found = await service.change(_guild(interaction), press.watch_id, edit, _invoker(interaction))
    await _show(interaction, press.tab, found)


async def _look_again(interaction: Interaction, press: Press, values: Sequence[str]) -> None:
    """Another section, or the same one without its question."""
    tab = Tab(values[0]) if values and values[0] in set(Tab) else press.tab
    found = await interaction.client.services.tuning.watch(_guild(interaction), press.watch_id)
    await _show(interaction, tab, found)


async def _choose_watch(interaction: Interaction, _press: Press, values: Sequence[str]) -> None:
    chosen = int(values[0]) if values else 0
    await _show(interaction, Tab.WHAT, await interaction.client.services.tuning.watch(_guild(interaction), WatchId(chosen)))


async def _ask_reset(interaction: Interaction, press: Press, _values: Sequence[str]) -> None:
    t = t_of(interaction)
    found = await interaction.client.services.tuning.watch(_guild(interaction), press.watch_id)
    await _show(interaction, press.tab, found, t("Shall everything be as in a new watch? The language stays."), asks="reset")


async def _pause(interaction: Interaction, press: Press, _values: Sequence[str]) -> None:
    service = interaction.client.services.tuning
    await _show(interaction, press.tab, await service.pause(_guild(interaction), press.watch_id, _invoker(interaction)))


async def _resume(interaction: Interaction, press: Press, _values: Sequence[str]) -> None:
    """A creator for adults in a channel that is not is resumed by a second press, as `/watch` asks for one."""
    services = interaction.client.services
    found = await services.tuning.watch(_guild(interaction), press.watch_id)
    if found is not None:
        checks.require_voice(interaction, found.channel_id)
        await services.watching.resume(
            _guild(interaction),
            press.watch_id,
            _invoker(interaction),
            for_adults=checks.is_for_adults(interaction, found.channel_id),
            anyway=press.control == "resume_anyway",
        )
        found = await services.tuning.watch(_guild(interaction), press.watch_id)
    is_held = found is not None and found.paused_why is PauseReason.ADULTS
    notice = sentences.held(t_of(interaction), found) if found is not None and is_held else ""
    await _show(interaction, press.tab, found, notice, asks="resume" if is_held else "")


async def _ping(interaction: Interaction, press: Press, values: Sequence[str]) -> None:
    """The role to ping, if both of us may mention it there; what only I may not yet can be chosen all the same."""
    is_anyway = press.control == "role_anyway"
    role_id = press.about if is_anyway else values[0] if values else ""
    if not role_id:
        await _change(interaction, press, tuning.own(ping_role_id=None))
        return
    t = t_of(interaction)
    found = await interaction.client.services.tuning.watch(_guild(interaction), press.watch_id)
    role = interaction.guild.get_role(int(role_id)) if interaction.guild and role_id.isdigit() else None
    if found is None or role is None:
        await _show(interaction, press.tab, found, t("That role is gone. Choose another one."))
        return
    wanted, target = checks.ping_role(role), _target(interaction, found.channel_id)
    refusal = checks.ping_refusal(t, wanted, target)
    is_final = checks.ping_refusal(t, wanted, replace(target, bot=Permission.ADMINISTRATOR)) is not None
    if refusal is None or (is_anyway and not is_final):
        await _change(interaction, press, tuning.own(ping_role_id=DiscordRoleId(role.id)))
    else:
        await _show(interaction, press.tab, found, refusal, asks="" if is_final else str(role.id))


async def _preview(interaction: Interaction, press: Press, _values: Sequence[str]) -> None:
    """Private, and without any mention being one."""
    t = t_of(interaction)
    found = await interaction.client.services.tuning.watch(_guild(interaction), press.watch_id)
    if found is None:
        await _show(interaction, press.tab, None)
        return
    samples = panel_preview.messages(found, round(interaction.created_at.timestamp() * 1000))
    for sample in samples:
        await interaction.followup.send(
            sample.content,
            embeds=embeds_of(sample),
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
            suppress_embeds=not sample.embeds,
        )
    notice = "" if samples else t("Of the chosen kinds of events there is no sample.")
    await _show(interaction, press.tab, found, notice)


_ACTS: Mapping[str, Callable[[Interaction, Press, Sequence[str]], Awaitable[None]]] = {
    "section": _look_again,
    "section_again": _look_again,
    "watch": _choose_watch,
    "role": _ping,
    "role_anyway": _ping,
    "pause": _pause,
    "resume": _resume,
    "resume_anyway": _resume,
    "reset": _ask_reset,
    "preview": _preview,
}
"""What is more than a change of one field."""


async def _show(interaction: Interaction, tab: Tab, watch: Watch | None, notice: str = "", *, asks: str = "") -> None:
    """Put the panel where the interaction came from. `notice` stands above it."""
    t = t_of(interaction)
    if watch is None:
        await interaction.edit_original_response(content=t(panel.ENDED), embeds=[], view=None)
        return
    role_id = watch.settings.ping_role_id
    knows_role = role_id is not None and interaction.guild is not None and interaction.guild.get_role(role_id) is not None
    await interaction.edit_original_response(
        content=notice or None,
        embeds=embeds_of(Message(embeds=(panel.embed(t, watch),))),
        view=view(panel_controls.rows(t, watch, tab, knows_role=knows_role, asks=asks)),
        allowed_mentions=discord.AllowedMentions.none(),
    )


async def _ask_which(interaction: Interaction, found: Sequence[Watch], names: Mapping[int, str]) -> None:
    t = t_of(interaction)
    said = t(panel.WHICH, creator=f"@{escape(found[0].handle)}")
    if len(found) > panel_controls.MOST_OPTIONS:
        said = f"{said} {t(panel.SOME, count=panel_controls.MOST_OPTIONS)}"
    await interaction.edit_original_response(content=said, view=view([[panel_controls.choice(t, found, names)]]))


def _turn(interaction: Interaction) -> asyncio.Lock:
    """One use of a panel after the other: else an older answer could come last, and stay."""
    panel_id = interaction.message.id if interaction.message is not None else interaction.id
    return _turns.setdefault(panel_id, asyncio.Lock())


async def _answered(interaction: Interaction, work: Awaitable[None]) -> None:
    """One place answers for what failed, as for commands."""
    try:
        await work
    except Exception as error:  # noqa: BLE001  # the edge of a control's task
        await on_error(interaction, error)


def _picked(item: discord.ui.Item[Any]) -> Sequence[str]:
    """What was chosen, as text: values of options, or ids."""
    return [str(getattr(value, "id", value)) for value in getattr(item, "values", ())]


def _names(interaction: Interaction, found: Sequence[Watch]) -> Mapping[int, str]:
    """The names of these watches' channels; of one that the invoker does not see, the id."""
    names = {}
    for watch in found:
        place = interaction.guild.get_channel_or_thread(watch.channel_id) if interaction.guild else None
        is_seen = place is not None and checks.may_read(interaction, place.id)
        names[int(watch.channel_id)] = place.name if place is not None and is_seen else str(watch.channel_id)
    return names


def _is_meant(typed: str, channel_id: ChannelId, names: Mapping[int, str]) -> bool:
    """By id, mention or name."""
    meant = typed.strip().strip("<>").lstrip("#").casefold()
    return meant in (str(channel_id), names.get(channel_id, "").casefold())


def _target(interaction: Interaction, channel_id: ChannelId) -> checks.Target:
    """A channel that we do not see (an archived thread) has the permissions that hold where nothing is said about it."""
    found = checks.target_at(interaction, channel_id)
    if found is not None:
        return found
    return checks.Target(channel_id, discord.ChannelType.public_thread, invoker=checks.held(interaction), bot=0)


def _guild(interaction: Interaction) -> GuildId:
    return GuildId(interaction.guild_id or 0)


def _invoker(interaction: Interaction) -> DiscordUserId:
    return DiscordUserId(interaction.user.id)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(Control)
    await bot.add_cog(Tune(bot.services.watching, bot.services.tuning))


async def teardown(bot: RelayBot) -> None:
    """Else the old class would go on answering after a reload."""
    bot.remove_dynamic_items(Control)
