"""/lookup, and "TikTok line…" in the menu of a message: who somebody on TikTok is, for moderators only.

Every answer is private, and none of its buttons remembers anything: a custom id says of whom, the interaction's own server what
may be told of them, and the permission is looked at on each press.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot
from bot.errors import BadInput
from bot.events.ids import ViewerId
from bot.language import N_, Language
from bot.model.ids import DiscordMessageId, PostId
from bot.model.viewer import NoteId, PostedLine, Profile
from bot.services.viewers import MOST_NOTE_CHARS, Viewers
from bot.text import cut
from cogs.errors import on_error
from cogs.subscriptions import acknowledge, guild, invoker, offers
from cogs.ui import checks, line_list, profile
from cogs.ui.buttons import Button, Interaction, Pressable, row
from cogs.ui.locale import t_of

MOST_CHARS = 300
MENU = N_("TikTok line…")

Select = discord.ui.Select[Any]
P = TypeVar("P", bound=Pressable)
_NOTE = re.compile(r"lookup:note:(?P<viewer>\d{1,20})")

SECONDARY, DANGER = discord.ButtonStyle.secondary, discord.ButtonStyle.danger


class Lookup(commands.Cog):
    """The command, the menu, and the form that a button opened."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers

    @app_commands.command(name="lookup", description=N_("Who is this on TikTok? What this server's watches saw, only for you"))
    @app_commands.describe(user=N_("@handle, the address of a TikTok profile, or a TikTok user's id"))
    async def lookup(self, interaction: Interaction, user: Range[str, 1, MOST_CHARS]) -> None:
        """Figures, the newest comments, and what can be done."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        found = await self._viewers.find(guild(interaction), user)
        await show(interaction, found.viewer_id, notice=profile.others(t_of(interaction), found))

    @lookup.autocomplete("user")
    async def complete_user(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Whom this server's watches saw. Only for those who may look them up."""
        if checks.may_moderate(interaction):
            return []
        return offers(await self._viewers.complete(guild(interaction), typed))

    async def lines(self, interaction: Interaction, message: discord.Message) -> None:
        """The lines of a relayed message, to choose one."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        found = await self._viewers.lines_in(guild(interaction), DiscordMessageId(message.id))
        await show_lines(interaction, found[0].post_id, 0)

    @commands.Cog.listener("on_interaction")
    async def form_sent(self, interaction: Interaction) -> None:
        """A form is found by its custom id: discord.py would forget it at a restart, and keep it for ever if nobody sent it."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
            return
        about = _NOTE.fullmatch(str(interaction.data.get("custom_id", "")))
        if about is None or not await interaction.client.tree.interaction_check(interaction):
            return
        try:
            await interaction.response.defer()
            checks.require_moderation(interaction)
            viewer_id = ViewerId(str(int(about["viewer"])))
            await self._viewers.note(guild(interaction), viewer_id, _typed(interaction.data), invoker(interaction))
            t = t_of(interaction)
            await show(interaction, viewer_id, notice=t("Noted."))
        except Exception as error:  # noqa: BLE001  # the edge of a form
            await on_error(interaction, error)


# --- What a look-up shows ----------------------------------------------------------------------------------------------------


async def show(interaction: Interaction, viewer_id: ViewerId, page: int = 0, *, notice: str = "") -> None:
    """The look-up in place of what stands there, with a page of comments below it."""
    t, viewers = t_of(interaction), interaction.client.services.viewers
    found, said = await viewers.look_up(guild(interaction), viewer_id, page, by=invoker(interaction))
    newer = Comments.button(t("Newer"), viewer_id, said.number - 1, is_there=said.number > 0)
    older = Comments.button(t("Older"), viewer_id, said.number + 1, is_there=said.has_older)
    await _put(
        interaction,
        notice,
        [profile.summary(t, found), profile.comments(t, said)],
        row(newer, older, *_actions(interaction, t, found)),
    )


async def show_notes(interaction: Interaction, viewer_id: ViewerId, page: int, *, notice: str = "") -> None:
    """The same with a page of notes below it; one's own can be deleted here."""
    t = t_of(interaction)
    found = await interaction.client.services.viewers.profile(guild(interaction), viewer_id)
    embed, page, count = profile.notes(t, found.notes, page)
    own = [note for note in found.notes if note.by == invoker(interaction)]
    buttons: list[discord.ui.Item[Any]] = [
        Notes.button("◀", viewer_id, page - 1, is_there=page > 0),
        Notes.button("▶", viewer_id, page + 1, is_there=page + 1 < count),
        Comments.button(t("Comments"), viewer_id, 0, is_there=True),
        AddNote.button(t, viewer_id),
    ]
    if own:
        options = [
            discord.SelectOption(label=cut(f"#{note.id} {note.text}", line_list.MOST_LABEL_CHARS), value=str(note.id))
            for note in own
        ]
        buttons.append(DeleteNote.menu(t, viewer_id, options))
    await _put(interaction, notice, [profile.summary(t, found), embed], row(*buttons))


def _actions(interaction: Interaction, t: Language, found: Profile) -> list[discord.ui.Item[Any]]:
    actions: list[discord.ui.Item[Any]] = [AddNote.button(t, found.viewer_id)]
    if found.notes:
        actions.append(Notes.button(t("All notes"), found.viewer_id, 0, is_there=True))
    if found.lives and interaction.client.services.viewers.cases is not None:
        actions.append(OpenCase.button(t, found.viewer_id))
    return actions


class Comments(Pressable, template=r"lookup:said:(?P<viewer>\d{1,20}):(?P<page>\d{1,4})"):
    """Turns to a page of somebody's comments."""

    @classmethod
    def button(cls, label: str, viewer_id: ViewerId, page: int, *, is_there: bool) -> Self:
        custom_id = f"lookup:said:{viewer_id}:{max(0, page)}"
        return cls(discord.ui.Button(label=label, custom_id=custom_id, disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await begin(interaction)
        await show(interaction, _viewer(self.about), self.about["page"])


class Notes(Pressable, template=r"lookup:notes:(?P<viewer>\d{1,20}):(?P<page>\d{1,4})"):
    """Turns to a page of the notes about somebody."""

    @classmethod
    def button(cls, label: str, viewer_id: ViewerId, page: int, *, is_there: bool) -> Self:
        custom_id = f"lookup:notes:{viewer_id}:{max(0, page)}"
        return cls(discord.ui.Button(label=label, custom_id=custom_id, disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await begin(interaction)
        await show_notes(interaction, _viewer(self.about), self.about["page"])


class AddNote(Pressable, template=_NOTE):
    """Opens the form of a note. The form has the button's custom id."""

    @classmethod
    def button(cls, t: Language, viewer_id: ViewerId) -> Self:
        return cls(discord.ui.Button(label=t("Add a note"), style=SECONDARY, custom_id=f"lookup:note:{viewer_id}"))

    async def pressed(self, interaction: Interaction) -> None:
        """A form is the first answer or none; nothing is read from storage before it."""
        checks.require_moderation(interaction)
        t = t_of(interaction)
        form = discord.ui.Modal(title=t("A note about this viewer"), custom_id=self.custom_id)
        box: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="note", style=discord.TextStyle.paragraph, min_length=1, max_length=MOST_NOTE_CHARS
        )
        hint = t("Only this server's moderators read it.")
        form.add_item(discord.ui.Label(text=t("Note"), description=hint, component=box))
        # Nobody waits for it: what is sent is found by its custom id.
        form.stop()
        await interaction.response.send_modal(form)


class DeleteNote(Pressable, template=r"lookup:unnote:(?P<viewer>\d{1,20})"):
    """Deletes one of the invoker's own notes, whatever the menu held."""

    @classmethod
    def menu(cls, t: Language, viewer_id: ViewerId, options: list[discord.SelectOption]) -> Self:
        return _menu(
            cls, Select(placeholder=t("Delete a note of yours…"), custom_id=f"lookup:unnote:{viewer_id}", options=options)
        )

    async def pressed(self, interaction: Interaction) -> None:
        """Gone, or said that it was."""
        await begin(interaction)
        t, chosen = t_of(interaction), _chosen(self)
        is_gone = chosen.isascii() and chosen.isdecimal() and len(chosen) <= 18
        if is_gone:
            viewers = interaction.client.services.viewers
            is_gone = await viewers.unnote(guild(interaction), NoteId(int(chosen)), invoker(interaction))
        notice = t("Deleted.") if is_gone else t("That is no note of yours, or it is deleted already.")
        await show_notes(interaction, _viewer(self.about), 0, notice=notice)


class OpenCase(Pressable, template=r"lookup:case:(?P<viewer>\d{1,20})"):
    """Opens a case about somebody."""

    @classmethod
    def button(cls, t: Language, viewer_id: ViewerId) -> Self:
        return cls(discord.ui.Button(label=t("Open a case"), style=SECONDARY, custom_id=f"lookup:case:{viewer_id}"))

    async def pressed(self, interaction: Interaction) -> None:
        """About the latest LIVE that they wrote in."""
        await begin(interaction)
        viewer_id = _viewer(self.about)
        opened = await interaction.client.services.viewers.open_case(guild(interaction), viewer_id, invoker(interaction))
        await show(interaction, viewer_id, notice=_opened(t_of(interaction), opened.number))


# --- What the menu of a message shows ----------------------------------------------------------------------------------------


async def show_lines(interaction: Interaction, post_id: PostId, page: int) -> None:
    """A page of a post's lines, in place of what stands there."""
    t = t_of(interaction)
    found = await interaction.client.services.viewers.lines(guild(interaction), post_id)
    last = line_list.last_page(found)
    page = min(page, last)
    buttons: list[discord.ui.Item[Any]] = [Pick.menu(t, post_id, line_list.options(t, found, page))]
    if last:
        buttons.append(Lines.button("◀", post_id, page - 1, is_there=page > 0))
        buttons.append(Lines.button("▶", post_id, page + 1, is_there=page < last))
    said = t.n("{count} line. Which one?", "{count} lines. Which one?", len(found))
    await _put(interaction, said, [], row(*buttons))


async def show_line(interaction: Interaction, line: PostedLine, *, notice: str = "") -> None:
    """One line, and what can be done with it."""
    t, viewers = t_of(interaction), interaction.client.services.viewers
    buttons: list[discord.ui.Item[Any]] = []
    if line.viewer_id:
        buttons.append(Act.button(t("Look up the author"), "look", line))
        if viewers.cases is not None:
            buttons.append(Act.button(t("Open a case"), "case", line))
        if viewers.watchlist is not None:
            buttons.append(Act.button(t("Add the author to the watchlist"), "watch", line))
    if not line.is_struck:
        buttons.append(Act.button(t("Hide this line"), "hide", line, DANGER))
    buttons.append(Lines.button(t("All lines"), line.post_id, 0, is_there=True))
    said = f"> {line.text}" if line.text else "🗑️ " + t("removed")
    await _put(interaction, "\n".join(filter(None, [notice, said])), [], row(*buttons))


class Lines(Pressable, template=r"line:list:(?P<post>\d{1,18}):(?P<page>\d{1,4})"):
    """Turns to a page of a post's lines."""

    @classmethod
    def button(cls, label: str, post_id: PostId, page: int, *, is_there: bool) -> Self:
        return cls(discord.ui.Button(label=label, custom_id=f"line:list:{post_id}:{max(0, page)}", disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await begin(interaction)
        await show_lines(interaction, PostId(self.about["post"]), self.about["page"])


class Pick(Pressable, template=r"line:pick:(?P<post>\d{1,18})"):
    """A line is chosen."""

    @classmethod
    def menu(cls, t: Language, post_id: PostId, options: list[discord.SelectOption]) -> Self:
        return _menu(cls, Select(placeholder=t("Choose a line"), custom_id=f"line:pick:{post_id}", options=options))

    async def pressed(self, interaction: Interaction) -> None:
        """It, and what can be done with it."""
        await begin(interaction)
        number, source = line_list.place_of(_chosen(self)) or (-1, -1)
        await show_line(interaction, await _line(interaction, self.about["post"], number, source))


class Act(
    Pressable,
    template=r"line:(?:look|case|watch|hide):(?P<post>\d{1,18}):(?P<number>\d{1,5}):(?P<source>\d{1,5})",
):
    """Something is done with a line, or its author."""

    @classmethod
    def button(cls, label: str, what: str, line: PostedLine, style: discord.ButtonStyle = SECONDARY) -> Self:
        custom_id = f"line:{what}:{line.post_id}:{line.number}:{line.source}"
        return cls(discord.ui.Button(label=label, style=style, custom_id=custom_id))

    async def pressed(self, interaction: Interaction) -> None:
        """The line is looked for anew: it may be another guild's, or gone."""
        await begin(interaction)
        line = await _line(interaction, self.about["post"], self.about["number"], self.about["source"])
        what = self.custom_id.split(":")[1]
        if what == "look":
            if not line.viewer_id:
                raise BadInput("Nobody wrote that line.")
            await show(interaction, line.viewer_id)
        else:
            notice = await _DOES[what](interaction, line)
            await show_line(interaction, await _line(interaction, line.post_id, line.number, line.source), notice=notice)


async def _open(interaction: Interaction, line: PostedLine) -> str:
    opened = await interaction.client.services.viewers.open_case_of(guild(interaction), line, invoker(interaction))
    return _opened(t_of(interaction), opened.number)


async def _watch(interaction: Interaction, line: PostedLine) -> str:
    t, viewers = t_of(interaction), interaction.client.services.viewers
    is_new = await viewers.put_on_watchlist(guild(interaction), line, invoker(interaction))
    return t("The author is on the watchlist now.") if is_new else t("The author is on the watchlist already.")


async def _hide(interaction: Interaction, line: PostedLine) -> str:
    t, viewers = t_of(interaction), interaction.client.services.viewers
    if await viewers.hide(guild(interaction), line, invoker(interaction)):
        return t("The line goes from this server. On TikTok it stays.")
    return t("The line was gone already.")


_DOES = {"case": _open, "watch": _watch, "hide": _hide}


# --- What all of them share --------------------------------------------------------------------------------------------------


async def begin(interaction: Interaction) -> None:
    """Acknowledge a press, then look whether it may be."""
    await interaction.response.defer()
    checks.require_moderation(interaction)


async def _put(interaction: Interaction, content: str, embeds: list[discord.Embed], view: discord.ui.View | None) -> None:
    nobody = discord.AllowedMentions.none()
    await interaction.edit_original_response(content=content or None, embeds=embeds, view=view, allowed_mentions=nobody)


async def _line(interaction: Interaction, post_id: int, number: int, source: int) -> PostedLine:
    return await interaction.client.services.viewers.line(guild(interaction), PostId(post_id), number, source)


def _opened(t: Language, number: int) -> str:
    return t("Case **#{number}** stands for it.", number=number)


def _viewer(about: Mapping[str, int]) -> ViewerId:
    return ViewerId(str(about["viewer"]))


def _menu(kind: type[P], select: Select) -> P:
    """What outlives a restart with a button does so with a menu."""
    return kind(cast("Button", select))


def _chosen(item: Pressable) -> str:
    """The first value of a menu; whoever sends another kind of component chose nothing."""
    values = getattr(item.item, "values", ())
    return str(values[0]) if values else ""


def _typed(submitted: Any) -> str:
    """What stands in the form's only box."""
    for each in submitted.get("components") or ():
        inside: Mapping[str, object] = each.get("component") or next(iter(each.get("components") or ()), {})
        if "value" in inside:
            return str(inside["value"])
    return ""


BUTTONS = (Comments, Notes, AddNote, DeleteNote, OpenCase, Lines, Pick, Act)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(*BUTTONS)
    cog = Lookup(bot.services.viewers)
    bot.tree.add_command(app_commands.ContextMenu(name=MENU, callback=cog.lines))
    await bot.add_cog(cog)


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(*BUTTONS)
    bot.tree.remove_command(MENU, type=discord.AppCommandType.message)
