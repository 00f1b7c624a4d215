"""A person before the panel of `/tune`, in the sandbox's Discord: presses, picks, sends forms, reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.language import language
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import Watch
from bot.storage import watches
from cogs.tune import view
from cogs.ui import panel_controls
from cogs.ui.panel import Press, Tab
from sandbox.discord.components import stored as stored_by_discord
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Channel, Member, Message
from tests.doubles.community import Community

BUTTON, ROLE_MENU = 2, 6
UPDATE = 6
"""Discord's number of "the answer will be an update of this message"."""
T = language("en")
REFUSED = "This needs the **Manage Server** permission."


async def watched(community: Community, handle: str = "alice", channel: Channel | None = None) -> Watch:
    watch = (
        await community.watching.watch(
            GuildId(community.live.guild.id), ChannelId((channel or community.live).id), handle, DiscordUserId(community.admin.id)
        )
    ).watch
    await community.bell.wait(0)
    return watch


async def stored(community: Community, watch: Watch) -> Watch:
    found = await community.db.read(watches.of_id, guild_id=watch.guild_id, watch_id=watch.id)
    assert found is not None
    return found


async def opened(community: Community, creator: str = "alice", channel: str = "", *, by: Member | None = None) -> Message:
    """The panel, or the question which one."""
    options = {"creator": creator} | ({"channel": channel} if channel else {})
    return await (await community.use("tune", options, by=by)).answered()


def controls(message: Message) -> dict[str, dict[str, Any]]:
    """By name."""
    found = {}
    for row in message.components:
        for component in row["components"]:
            press = Press.of(component["custom_id"])
            assert press is not None
            found[press.control] = component
    return found


def said(message: Message) -> str:
    return "\n".join([message.content, *(embed.get("description", "") for embed in message.embeds)])


async def shows(community: Community, message: Message, part: str) -> None:
    await community.discord.until(lambda: part in said(message))


async def pick(community: Community, message: Message, control: str, *values: object, by: Member | None = None) -> Interaction:
    custom_id = controls(message)[control]["custom_id"]
    return await community.discord.choose(message, by or community.admin, custom_id, list(values))


async def press(community: Community, message: Message, control: str, *, by: Member | None = None) -> Interaction:
    return await community.discord.press(message, by or community.admin, controls(message)[control]["custom_id"])


async def section(community: Community, message: Message, tab: Tab, *, by: Member | None = None) -> None:
    await pick(community, message, "section", tab, by=by)
    await community.discord.until(lambda: controls(message)["section"]["custom_id"].split(":")[2] == tab)


async def send(community: Community, form: Interaction, text: str, *, by: Member | None = None) -> Interaction:
    await form.acknowledged()
    assert form.modal is not None
    return await community.discord.submit(form, by or community.admin, {"box0": text})


def posted(community: Community, where: Channel, watch: Watch, tab: Tab, *, asks: str = "") -> Message:
    """A panel of this watch in some channel, as if it had come there."""
    return put(community, where, view(panel_controls.rows(T, watch, tab, asks=asks)))


def put(community: Community, where: Channel, controls: discord.ui.View) -> Message:
    """A message of the bot's with these controls."""
    world = community.discord.state.world
    return world.post(where, world.bot, content="forged", components=stored_by_discord(controls.to_components()))


async def drive(community: Community, message: Message, control: str, by: Member) -> Interaction:
    """Use a control, whatever it is."""
    component = controls(message)[control]
    if component["type"] == BUTTON:
        return await press(community, message, control, by=by)
    values: Sequence[object] = [message.channel.guild.role("anyone", mentionable=True)]
    if component["type"] != ROLE_MENU:
        values = [next(option["value"] for option in component["options"] if not option["default"])]
    return await pick(community, message, control, *values, by=by)
