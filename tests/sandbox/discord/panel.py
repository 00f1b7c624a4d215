"""A small bot of discord.py's own parts: a panel with a button, menus and a form, a button that survives restarts."""

from __future__ import annotations

import io
import re
from typing import Any, Self

import discord
from discord import app_commands

from tests.sandbox.discord.served import Relay


class Note(discord.ui.Modal, title="Note"):
    """Both ways to put a field in a form: alone in a row, and under a label of its own."""

    text: discord.ui.TextInput[Note] = discord.ui.TextInput(label="Text", custom_id="text", max_length=10)
    kind: discord.ui.Label[Note] = discord.ui.Label(
        text="Kind",
        component=discord.ui.Select(custom_id="kind", options=[discord.SelectOption(label=k, value=k) for k in ("good", "bad")]),
    )
    about: discord.ui.Label[Note] = discord.ui.Label(
        text="About whom", component=discord.ui.UserSelect(custom_id="about", required=False, min_values=0)
    )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        kind, about = self.kind.component, self.about.component
        assert isinstance(kind, discord.ui.Select)
        assert isinstance(about, discord.ui.UserSelect)
        whom = ", ".join(user.name for user in about.values) or "nobody"
        text = f"{self.text.value}, {kind.values[0]}, about {whom}"
        if interaction.message is not None:
            await interaction.response.edit_message(content=text)
        else:
            await interaction.response.send_message(text, ephemeral=True)


class Panel(discord.ui.View):
    """Each control answers in another of Discord's ways."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(discord.ui.Button(label="Elsewhere", url="https://example.org"))
        self.add_item(discord.ui.Button(label="Not now", custom_id="off", disabled=True))

    @discord.ui.button(label="Count", custom_id="count", emoji="➕", style=discord.ButtonStyle.primary)
    async def count(self, interaction: discord.Interaction[Any], button: discord.ui.Button[Panel]) -> None:
        button.label = "Counted"
        await interaction.response.edit_message(content="1", view=self)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction[Any], _button: discord.ui.Button[Panel]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")
        await interaction.followup.send("and privately", ephemeral=True)

    @discord.ui.button(label="Write", custom_id="write")
    async def write(self, interaction: discord.Interaction[Any], _button: discord.ui.Button[Panel]) -> None:
        await interaction.response.send_modal(Note())

    @discord.ui.select(
        custom_id="kinds", max_values=2, options=[discord.SelectOption(label=k, value=k) for k in ("chat", "gifts", "follows")]
    )
    async def kinds(self, interaction: discord.Interaction[Any], select: discord.ui.Select[Panel]) -> None:
        await interaction.response.send_message(" and ".join(select.values), ephemeral=True)

    @discord.ui.select(cls=discord.ui.ChannelSelect, custom_id="where", channel_types=[discord.ChannelType.text])
    async def where(self, interaction: discord.Interaction[Any], select: discord.ui.ChannelSelect[Panel]) -> None:
        channel = select.values[0]
        await interaction.response.send_message(f"{channel.name} {channel.permissions.manage_guild}", ephemeral=True)

    @discord.ui.select(cls=discord.ui.RoleSelect, custom_id="role")
    async def role(self, interaction: discord.Interaction[Any], select: discord.ui.RoleSelect[Panel]) -> None:
        await interaction.response.send_message(select.values[0].name, ephemeral=True)

    @discord.ui.select(cls=discord.ui.MentionableSelect, custom_id="whom", max_values=5)
    async def whom(self, interaction: discord.Interaction[Any], select: discord.ui.MentionableSelect[Panel]) -> None:
        await interaction.response.send_message(" ".join(v.name for v in select.values), ephemeral=True)


class Case(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"case:(?P<id>\d+)"):
    """A button that works whatever process sent it: all it needs is in its custom id."""

    def __init__(self, case_id: int) -> None:
        super().__init__(discord.ui.Button(label="Handled", custom_id=f"case:{case_id}"))
        self.case_id = case_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        view = discord.ui.View(timeout=None)
        await interaction.response.edit_message(content=f"case {self.case_id} handled", view=view)


async def with_panel(bot: Relay) -> None:
    """`/panel`, `/import`, `/export`, and a command in the menu of messages."""

    async def panel(interaction: discord.Interaction[Relay]) -> None:
        await interaction.response.send_message("a panel", view=Panel(), ephemeral=True)

    async def read(interaction: discord.Interaction[Relay], file: discord.Attachment) -> None:
        content = await file.read()
        await interaction.response.send_message(f"{file.filename}: {content.decode()}", ephemeral=True)

    async def export(interaction: discord.Interaction[Relay]) -> None:
        file = discord.File(io.BytesIO(b"{}"), "watches.json", description="All watches")
        await interaction.response.send_message("Here", file=file, ephemeral=True)

    async def report(interaction: discord.Interaction[Relay], message: discord.Message) -> None:
        await interaction.response.send_message(f"reported: {message.content}", ephemeral=True)

    # Annotations are text in this module, and discord.py looks their names up in it.
    bot.tree.add_command(app_commands.Command(name="panel", description="Show the panel.", callback=panel))
    bot.tree.add_command(app_commands.Command(name="import", description="Read a file.", callback=read))
    bot.tree.add_command(app_commands.Command(name="export", description="Write a file.", callback=export))
    bot.tree.add_command(app_commands.ContextMenu(name="Report", callback=report))
    bot.add_dynamic_items(Case)
    await bot.tree.sync()
