"""A press in the panel of `/tune`, and the very next line in the channel."""

from __future__ import annotations

from bot.model.ids import CreatorId
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import SOON_S, House, lines
from tests.doubles.tuner import controls

BOB = Viewer("bob", "Bob")
ALICE = CreatorId(1)
"""The only creator in a new database."""


async def test_what_an_admin_changes_shows_in_the_next_line_and_what_is_paused_is_not_repeated(house: House) -> None:
    discord, room, channel = house.sandbox.discord, house.already_live("alice"), house.guild.channel("live")
    await house.watch("alice", channel)
    room.chat(BOB, "see https://example.com/a")
    await house.until(lambda: any("hxxps" in line for line in lines(channel)))
    panel = await (await house.types(channel, "tune", creator="alice")).answered()

    async def choose(control: str, *values: str, shows: str) -> None:
        await discord.choose(panel, house.you, controls(panel)[control]["custom_id"], list(values))
        await house.until(lambda: any(shows in embed["description"] for embed in panel.embeds))

    async def press(control: str, *, shows: str) -> None:
        await discord.press(panel, house.you, controls(panel)[control]["custom_id"])
        await house.until(lambda: any(shows in embed["description"] for embed in panel.embeds))

    await choose("section", "look", shows="Defang links")
    await house.until(lambda: "links" in controls(panel))
    await choose("links", "drop", shows="Drop links")
    room.chat(BOB, "see https://example.com/b")
    await house.until(lambda: r"**Bob** see \[link\]" in lines(channel))

    await choose("section", "more", shows="Drop links")
    await house.until(lambda: "pause" in controls(panel))
    await press("pause", shows="paused")
    # The room is followed on for a while, so the log has it; going on starts behind it.
    log = house.parts.log
    tail = await log.last_seq(ALICE)
    room.chat(BOB, "nobody hears this")
    assert await log.wait(ALICE, after=tail, timeout_s=SOON_S)
    await press("resume", shows="relaying")
    room.chat(BOB, "here again")
    await house.until(lambda: "**Bob** here again" in lines(channel))
    assert not any("nobody hears this" in line for line in lines(channel))
