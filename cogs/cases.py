"""/cases: what moderators should look at, who does, and what was done; and the form of a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import RelayBot
from bot.events.ids import ViewerId
from bot.language import N_
from bot.model.ids import CreatorId
from bot.services import cases as service
from bot.services.cases import Cases
from bot.storage.cases import Filter
from cogs.errors import on_error
from cogs.subscriptions import MOST_CHARS, acknowledge, guild, invoker, offers
from cogs.ui import case_buttons, case_pages, checks
from cogs.ui.buttons import Interaction, Pressable, row
from cogs.ui.locale import t_of

MOST_NUMBER = 2_000_000_000


class CaseList(commands.Cog):
    """The command, and the form that a button opened."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    @app_commands.command(
        name="cases", description=N_("Removed comments and other cases: who has which, and what was done; only for you")
    )
    @app_commands.describe(
        state=N_("Only those that stand so"),
        creator=N_("Only in this creator's LIVEs"),
        viewer=N_("Only about this viewer: a handle, or an id"),
        mine=N_("Only those that you have, or closed"),
        number=N_("One case, with everything that was done to it"),
    )
    @app_commands.choices(state=[Choice(name=name, value=number) for number, name in enumerate(case_pages.CHOICES)])
    async def cases(
        self,
        interaction: Interaction,
        state: Choice[int] | None = None,
        creator: Range[str, 1, MOST_CHARS] | None = None,
        viewer: Range[str, 1, MOST_CHARS] | None = None,
        mine: bool = False,  # an option of a command
        number: Range[int, 1, MOST_NUMBER] | None = None,
    ) -> None:
        """The first page, or one case."""
        await acknowledge(interaction)
        checks.require_moderation(interaction)
        if number is not None:
            case, _ = await self._cases.numbered(guild(interaction), number)
            await case_buttons.show(interaction, case.id)
            return
        about = {
            "state": state.value if state else 0,
            "creator": await self._cases.creator_named(guild(interaction), creator) if creator else 0,
            "viewer": int(await self._cases.viewer_named(guild(interaction), viewer)) if viewer else 0,
            "mine": int(mine),
        }
        await show_page(interaction, about, 0)

    @cases.autocomplete("creator")
    async def complete_creator(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """In whose LIVEs this server has cases. Only for those who may see the list."""
        if checks.may_moderate(interaction):
            return []
        wanted = typed.strip().removeprefix("@").lower()
        return offers([handle for _, handle in await self._cases.creators(guild(interaction)) if wanted in handle])

    @commands.Cog.listener("on_interaction")
    async def form_sent(self, interaction: Interaction) -> None:
        """A form is found by its custom id: discord.py would forget it at a restart, and keep it for ever if nobody sent it."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
            return
        custom_id = str(interaction.data.get("custom_id", ""))
        if not case_buttons.NOTE.fullmatch(custom_id) or not await interaction.client.tree.interaction_check(interaction):
            return
        try:
            await case_buttons.noted(interaction, custom_id, _typed(interaction.data))
        except Exception as error:  # noqa: BLE001  # the edge of a form
            await on_error(interaction, error)


class Turn(
    Pressable,
    template=r"cases:(?P<state>\d):(?P<creator>\d{1,18}):(?P<viewer>\d{1,20}):(?P<mine>[01]):(?P<page>\d{1,4})",
):
    """Turns to a page of the list, as it is by then."""

    @classmethod
    def button(cls, sign: str, about: Mapping[str, int], page: int, *, is_there: bool) -> Self:
        which = f"{about['state']}:{about['creator']}:{about['viewer']}:{about['mine']}"
        return cls(discord.ui.Button(label=sign, custom_id=f"cases:{which}:{max(0, page)}", disabled=not is_there))

    async def pressed(self, interaction: Interaction) -> None:
        """In place."""
        await interaction.response.defer()
        checks.require_moderation(interaction)
        await show_page(interaction, self.about, self.about["page"])


async def show_page(interaction: Interaction, about: Mapping[str, int], page: int) -> None:
    """A page of the list in place of what stands there. `about`: the filter in numbers, as a custom id has it."""
    t = t_of(interaction)
    which = Filter(
        states=service.CHOICES[about["state"]] if about["state"] < len(service.CHOICES) else (),
        creator_id=CreatorId(about["creator"]) or None,
        viewer_id=ViewerId(str(about["viewer"])) if about["viewer"] else None,
        owner_id=invoker(interaction) if about["mine"] else None,
    )
    found = await interaction.client.services.cases.listed(guild(interaction), which, page)
    embed = discord.Embed(title=t.n("{count} case", "{count} cases", found.count), description=case_pages.listed(t, found))
    buttons = []
    if found.pages > 1:
        embed.set_footer(text=f"{found.number + 1}/{found.pages}")
        buttons = [
            Turn.button("◀", about, found.number - 1, is_there=found.number > 0),
            Turn.button("▶", about, found.number + 1, is_there=found.number + 1 < found.pages),
        ]
    await interaction.edit_original_response(embed=embed, view=row(*buttons), allowed_mentions=discord.AllowedMentions.none())


def _typed(submitted: Any) -> str:
    """What stands in the form's only box."""
    for each in submitted.get("components") or ():
        inside: Mapping[str, object] = each.get("component") or next(iter(each.get("components") or ()), {})
        if "value" in inside:
            return str(inside["value"])
    return ""


BUTTONS = (*case_buttons.BUTTONS, Turn)


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(CaseList(bot.services.cases))


async def teardown(bot: RelayBot) -> None:
    """Called by the client when it closes."""
    bot.remove_dynamic_items(*BUTTONS)
