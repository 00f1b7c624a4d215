"""The buttons of a case: under its alert card, under `/cases`, and in the small menu behind "…".

A custom id has the case's id and nothing else. Whose case it is, and what may be done with it, is decided at each press: by the
server of the press, by the permission of who presses, and by the case as it stands then.

A card belongs to everybody in its channel, so every press is answered with a message that only the presser sees; the card itself
is edited by whoever delivers cards.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, Self

import discord

from bot.language import Language
from bot.model.case import Case, CaseState
from bot.model.ids import CaseId, DiscordUserId, GuildId
from bot.moderation.cases import CLOSED, Move, Person
from bot.services.cases import MOST_NOTE_CHARS, MOST_WITH_CONTEXT
from cogs.ui import case_pages, checks
from cogs.ui.buttons import Interaction, Pressable, row
from cogs.ui.locale import t_of

NOTE = re.compile(r"case:note:(?P<case>\d{1,18})")
"""The button's custom id, and its form's."""

MOVES: Mapping[str, Move] = {
    "claim": Move.CLAIM,
    "done": Move.DONE,
    "false": Move.FALSE_ALARM,
    "take": Move.TAKE_OVER,
    "release": Move.RELEASE,
    "reopen": Move.REOPEN,
}

NOBODY = discord.AllowedMentions.none()


class Reveal(Pressable, template=r"case:reveal:(?P<case>\d{1,18})"):
    """Shows what was removed, to whoever may see it, and writes down that they did."""

    async def pressed(self, interaction: Interaction) -> None:
        """Privately, with a file for more than a few lines."""
        await _begin(interaction)
        t = t_of(interaction)
        found = await interaction.client.services.cases.reveal(_guild(interaction), _case(self.about), _by(interaction).id)
        said, is_all = case_pages.revealed(t, found)
        embed = discord.Embed(title=case_pages.revealed_title(t, found.case), description=said)
        embed.set_footer(text=t("Only you see this. That you looked is written down."))
        files = []
        if len(found.lines) > MOST_WITH_CONTEXT or not is_all:
            text = case_pages.file(found).encode("utf-8", "replace")
            files.append(discord.File(io.BytesIO(text), f"case-{found.case.number}.txt"))
        await interaction.edit_original_response(embed=embed, attachments=files, allowed_mentions=NOBODY)


class Act(Pressable, template=r"case:(?:claim|done|false|take|release|reopen):(?P<case>\d{1,18})"):
    """Takes the case further."""

    @classmethod
    def button(cls, label: str, what: str, case: Case) -> Self:
        return cls(discord.ui.Button(label=label, custom_id=f"case:{what}:{case.id}"))

    async def pressed(self, interaction: Interaction) -> None:
        """Done, or told who was faster."""
        await _begin(interaction)
        what = self.custom_id.split(":")[1]
        after = await interaction.client.services.cases.move(
            _guild(interaction), _case(self.about), MOVES[what], _by(interaction)
        )
        await _say(interaction, _moved(t_of(interaction), after))


class Note(Pressable, template=NOTE):
    """Opens the form of a note. What is sent is found by its custom id: see `cogs.cases`."""

    async def pressed(self, interaction: Interaction) -> None:
        """A form is the first answer or none; nothing is read from storage before it."""
        checks.require_moderation(interaction)
        t = t_of(interaction)
        form = discord.ui.Modal(title=t("A note about this case"), custom_id=self.custom_id)
        box: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="note", style=discord.TextStyle.paragraph, min_length=1, max_length=MOST_NOTE_CHARS
        )
        hint = t("Only this server's moderators read it.")
        form.add_item(discord.ui.Label(text=t("Note"), description=hint, component=box))
        # Nobody waits for it.
        form.stop()
        await interaction.response.send_modal(form)


class More(Pressable, template=r"case:more:(?P<case>\d{1,18})"):
    """What was done to the case, and what is done rarely."""

    async def pressed(self, interaction: Interaction) -> None:
        """Privately."""
        await _begin(interaction)
        await show(interaction, _case(self.about))


async def show(interaction: Interaction, case_id: CaseId) -> None:
    """One case with its history and what can be done with it, in the private answer."""
    services, t = interaction.client.services, t_of(interaction)
    case, steps = await services.cases.case(_guild(interaction), case_id)
    creators = dict(await services.cases.creators(_guild(interaction)))
    embed = discord.Embed(
        title=f"{case_pages.STATES[case.state]} " + t("Case #{number}", number=case.number),
        description=case_pages.history(t, case, steps, creators.get(case.creator_id, "")),
    )
    await interaction.edit_original_response(content=None, embed=embed, view=row(*_rarer(t, case)), allowed_mentions=NOBODY)


async def noted(interaction: Interaction, custom_id: str, text: str) -> None:
    """A form was sent: it may be forged, like every other id."""
    about = NOTE.fullmatch(custom_id)
    if about is None:
        return
    await _begin(interaction)
    case = await interaction.client.services.cases.note(
        _guild(interaction), CaseId(int(about["case"])), text, _by(interaction).id
    )
    t = t_of(interaction)
    await _say(interaction, t("Noted in case #{number}.", number=case.number))


def _rarer(t: Language, case: Case) -> list[discord.ui.Item[Any]]:
    buttons: list[discord.ui.Item[Any]] = [
        Reveal(discord.ui.Button(label=t("Reveal"), style=discord.ButtonStyle.primary, custom_id=f"case:reveal:{case.id}"))
    ]
    if case.state in CLOSED:
        buttons.append(Act.button(t("Reopen"), "reopen", case))
    elif case.state is CaseState.CLAIMED:
        buttons.append(Act.button(t("Let it go"), "release", case))
        buttons.append(Act.button(t("Take it over"), "take", case))
    else:
        buttons.append(Act.button(t("I'm on it"), "claim", case))
    if case.state not in CLOSED:
        buttons.append(Act.button(t("Done"), "done", case))
        buttons.append(Act.button(t("False alarm"), "false", case))
    return buttons


def _moved(t: Language, case: Case) -> str:
    match case.state:
        case CaseState.CLAIMED:
            return t("Case #{number} is yours.", number=case.number)
        case CaseState.DONE:
            return t("Case #{number} is done.", number=case.number)
        case CaseState.FALSE_ALARM:
            return t("Case #{number} is closed as a false alarm.", number=case.number)
        case _:
            return t("Case #{number} is open again; nobody has it.", number=case.number)


async def _begin(interaction: Interaction) -> None:
    """Acknowledge with a private answer, then look whether the presser may moderate at all."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    checks.require_moderation(interaction)


async def _say(interaction: Interaction, text: str) -> None:
    await interaction.edit_original_response(content=text, allowed_mentions=NOBODY)


def _by(interaction: Interaction) -> Person:
    return Person(DiscordUserId(interaction.user.id), may_configure=checks.may_configure(interaction) is None)


def _guild(interaction: Interaction) -> GuildId:
    return GuildId(interaction.guild_id or 0)


def _case(about: Mapping[str, int]) -> CaseId:
    return CaseId(about["case"])


BUTTONS = (Reveal, Act, Note, More)
