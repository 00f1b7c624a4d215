"""Buttons that outlive a restart: what one is about stands in its custom id, and whoever presses it is checked anew."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, Self, cast

import discord

from bot.client import RelayBot

Interaction = discord.Interaction[RelayBot]
Button = discord.ui.Button[Any]


class Pressable(discord.ui.DynamicItem[Button], template=r"(?!)"):
    """A kind of button: a `template` whose named groups are numbers, and what happens when it is `pressed`.

    `about` has those numbers. A custom id is sent by Discord's client, so anybody can send any: it says what is wished, never
    who may wish it.
    """

    def __init__(self, button: Button) -> None:
        super().__init__(button)
        found = self.template.fullmatch(self.custom_id)
        self.about = {name: int(digits) for name, digits in found.groupdict().items()} if found else {}

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """Called by discord.py at each press."""
        return cls(cast("Button", item))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The gate and the answer to a failure that commands have, too: discord.py has neither for these items."""
        tree = interaction.client.tree
        if not await tree.interaction_check(interaction):
            return
        try:
            await self.pressed(interaction)
        except Exception as error:  # noqa: BLE001  # the edge of a button: told in the one place for all failures
            await tree.on_error(interaction, error)

    @abstractmethod
    async def pressed(self, interaction: Interaction) -> None:
        """Somebody pressed it, and nothing is acknowledged yet. What is raised is told to them."""


def row(*buttons: discord.ui.Item[Any]) -> discord.ui.View | None:
    """The buttons under a message; None when there are none, which takes away those that are there."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view
