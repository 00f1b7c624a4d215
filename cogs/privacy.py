"""/privacy: what is kept, how to be forgotten, and a server's own data: to have it, or to erase it."""

from __future__ import annotations

import io
import re
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RelayBot, reply
from bot.errors import BadInput
from bot.language import N_, Language
from bot.model import keeping
from bot.model.forgetting import ForgetRequest, sentence
from bot.services.privacy import Privacy as Service
from cogs.errors import on_error
from cogs.subscriptions import acknowledge, guild, invoker
from cogs.ui import checks, panel_forms
from cogs.ui.buttons import Button, Interaction, Pressable, row
from cogs.ui.locale import t_of

ANSWER_WITHIN_S = 840.0
"""Discord lets us change an answer for 15 minutes."""

MOST_NAME_CHARS = 100

KEPT = (
    N_("**What I am for:** I show a TikTok LIVE's chat here, and take back here what is removed there."),
    N_(
        "**What I keep of people on TikTok:** everything that a LIVE sends, for {hours} h; comments and posted lines for at most "
        "{days} days; names, sums of gifts, cases and moderators' notes for {viewer_days} days."
    ),
    N_("**This server** looks back {own_days} days at comments. Cases and notes are never shown to another server."),
    N_(
        "**Who sees it:** everybody who sees the channels that I post in; its moderators, with `/lookup` and cases; "
        "and whoever runs this bot, because it is stored in clear."
    ),
    N_(
        "**Of people on Discord** I keep the ids of those who changed a setting, read removed comments or worked on a case, "
        "and no message of theirs."
    ),
    N_("**To be forgotten:** `/privacy forget`. It holds for every server that I am in, and for the future."),
    N_(
        "**This server's data:** `/privacy export` and `/privacy erase`, for admins. "
        "When I am removed, all of it is erased 30 days later."
    ),
)

PLACES = {
    "events": N_("events of LIVEs"),
    "comments": N_("comments"),
    "lines": N_("lines that I posted"),
    "cards": N_("cards that named you"),
    "gifts": N_("sums of gifts"),
    "cases": N_("moderators' cases"),
    "notes": N_("moderators' notes"),
    "rules": N_("watchlist entries"),
    "reads": N_("notes of who read removed comments of yours"),
    "names": N_("names that I knew you by"),
}

OUT_OF_REACH = N_(
    "**Out of my reach:** screenshots and copies that people made; posts that I no longer know, because they are older than "
    "{days} days, and Discord's own copies; what others wrote about you without TikTok's mention; settings in which a server's "
    "admins typed your name; backups that this bot's operator made before now; and what TikTok itself shows."
)


class Privacy(commands.Cog):
    """Everybody may ask what is kept and to be forgotten; a server's data is its admins'."""

    privacy = app_commands.Group(name="privacy", description=N_("What I keep, how to be forgotten, and this server's data"))

    def __init__(self, service: Service) -> None:
        self._service = service

    @privacy.command(name="about", description=N_("What I keep, for how long, who sees it, and how to be forgotten"))
    async def about(self, interaction: Interaction) -> None:
        """From memory: it answers at once."""
        service, days = self._service, self._service.look_back_days(guild(interaction))
        await reply(interaction, about(t_of(interaction), hours=service.log_hours, days=service.instance_days, own_days=days))

    @privacy.command(name="forget", description=N_("Have a TikTok account of yours forgotten, in every server that I am in"))
    async def forget(self, interaction: Interaction) -> None:
        """The sentence; then the same answer tells what came of it."""
        await acknowledge(interaction)
        t = t_of(interaction)
        asked = await self._service.ask(invoker(interaction))
        if not await reply(interaction, to_type(t, asked)):
            return
        asked = await self._service.outcome(asked, timeout_s=ANSWER_WITHIN_S)
        await reply(interaction, standing(t, asked, days=self._service.instance_days))

    @privacy.command(name="status", description=N_("How your request to be forgotten stands"))
    async def status(self, interaction: Interaction) -> None:
        """One's own, and nobody else's."""
        await acknowledge(interaction)
        asked = await self._service.status(invoker(interaction))
        await reply(interaction, standing(t_of(interaction), asked, days=self._service.instance_days))

    @privacy.command(name="keep", description=N_("How many days this server looks back at comments"))
    @app_commands.describe(days=N_("From 1 to 90; never longer than this bot keeps them"))
    async def keep(self, interaction: Interaction, days: app_commands.Range[int, 1, 90]) -> None:
        """A setting of the server's."""
        await acknowledge(interaction)
        checks.require_configuration(interaction)
        await self._service.keep(guild(interaction), days, invoker(interaction))
        t, actual = t_of(interaction), self._service.look_back_days(guild(interaction))
        said = t.n("This server looks back {count} day at comments.", "This server looks back {count} days at comments.", actual)
        if actual < days:
            said += "\n" + t("The operator of this bot keeps them no longer.")
        await reply(interaction, said)

    @privacy.command(name="export", description=N_("Everything that I keep for this server, as a file"))
    async def export(self, interaction: Interaction) -> None:
        """The file, privately."""
        await acknowledge(interaction)
        checks.require_manage_server(interaction)
        name, body = await self._service.export(guild(interaction))
        t = t_of(interaction)
        said = t("Everything that I keep for this server. It holds names and notes about people: keep it to yourself.")
        await interaction.edit_original_response(content=said, attachments=[discord.File(io.BytesIO(body), name)])

    @privacy.command(name="erase", description=N_("Erase everything that I keep for this server, now"))
    async def erase(self, interaction: Interaction) -> None:
        """First what that means; nothing is erased yet."""
        await acknowledge(interaction)
        checks.require_manage_server(interaction)
        t = t_of(interaction)
        said = t(
            "This ends all watches of this server and erases its settings, rules, cases, notes and history, now and for good. "
            "My posts stay in your channels, but I can no longer take anything back in them. "
            "You may want `/privacy export` first."
        )
        await interaction.edit_original_response(content=said, view=row(Erase.button(t)))

    @commands.Cog.listener("on_interaction")
    async def form_sent(self, interaction: Interaction) -> None:
        """A form is found by its custom id, after a restart as well."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
            return
        if interaction.data.get("custom_id") != ERASE or not await interaction.client.tree.interaction_check(interaction):
            return
        try:
            await acknowledge(interaction)
            checks.require_manage_server(interaction)
            typed = panel_forms.typed(interaction.data)
            if interaction.guild is None or not is_name(typed, interaction.guild.name):
                raise BadInput("That is not this server's name. Nothing was erased.")
            await self._service.erase(guild(interaction), invoker(interaction))
            t = t_of(interaction)
            await reply(interaction, t("Everything that I kept for this server is erased."))
        except Exception as error:  # noqa: BLE001  # the edge of a form
            await on_error(interaction, error)


ERASE = "privacy:erase"


class Erase(Pressable, template=re.escape(ERASE)):
    """Opens the form in which the server's name is to be typed. The form has the button's custom id."""

    @classmethod
    def button(cls, t: Language) -> Self:
        made: Button = discord.ui.Button(label=t("Erase everything…"), style=discord.ButtonStyle.danger, custom_id=ERASE)
        return cls(made)

    async def pressed(self, interaction: Interaction) -> None:
        """A form is the first answer or none."""
        checks.require_manage_server(interaction)
        t = t_of(interaction)
        form = discord.ui.Modal(title=t("Erase everything"), custom_id=ERASE)
        box: discord.ui.TextInput[Any] = discord.ui.TextInput(custom_id="name", min_length=1, max_length=MOST_NAME_CHARS)
        form.add_item(
            discord.ui.Label(text=t("The name of this server"), description=t("So that it is no mistake."), component=box)
        )
        form.stop()
        await interaction.response.send_modal(form)


def is_name(typed: str, name: str) -> bool:
    """Whether this is the server's name, as a person types it."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold() != ""


def about(t: Language, *, hours: int, days: int, own_days: int) -> str:
    """What is kept, for anybody."""
    values = {"hours": hours, "days": days, "own_days": own_days, "viewer_days": keeping.VIEWER_DAYS}
    return "\n".join(t(each, **values) for each in KEPT)


def to_type(t: Language, asked: ForgetRequest) -> str:
    """What somebody has to do now."""
    return "\n".join(
        [
            t("Type this sentence in the chat of any LIVE that I relay, with the TikTok account that shall be forgotten:"),
            f"```\n{sentence(asked.code)}\n```",
            t(
                "It works once, until {until}. I do not relay or keep it. **Everything of that account is then erased, in every "
                "server, and this cannot be undone.** What comes of it I tell here, and in `/privacy status`.",
                until=f"<t:{round(asked.expires_at.timestamp())}:t>",
            ),
        ]
    )


def standing(t: Language, asked: ForgetRequest | None, *, days: int) -> str:
    """How a request stands: waiting, too late, at work, or what was erased and what could not be."""
    if asked is None:
        return t("You did not ask to be forgotten. `/privacy forget` tells you how.")
    if asked.used_at is None:
        until = f"<t:{round(asked.expires_at.timestamp())}:R>"
        return t("The sentence was not typed yet. Its time ends, or ended, {until}. A new one: `/privacy forget`.", until=until)
    if asked.done_at is None:
        return t(
            "You typed it. From that moment nothing more of you is kept; what was kept is being erased. See `/privacy status`."
        )
    counted = [f"- {t(name)}: {t.number(asked.erased[what])}" for what, name in PLACES.items() if asked.erased.get(what)]
    return "\n".join(
        [
            t("**You are forgotten.** Your later comments appear as “(opted out)”, without name and text. I erased:"),
            *(counted or ["- " + t("nothing: I had kept nothing of you")]),
            t(OUT_OF_REACH, days=days),
        ]
    )


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(Erase)
    await bot.add_cog(Privacy(bot.services.privacy))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(Erase)
