"""A whole journey: somebody writes in a LIVE, a moderator asks who that is, and takes a line out of the relay."""

from __future__ import annotations

from sandbox.discord.world import Message
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import SOON_S, House, lines, plain, told

BOB = Viewer("bob", "Bob")
EVE = Viewer("eve", "Eve")


def controls(message: Message) -> list[str]:
    return [each["custom_id"] for row in message.components for each in row["components"]]


async def test_a_moderator_asks_who_that_is_and_hides_one_line_of_theirs(house: House) -> None:
    discord = house.sandbox.discord
    room, channel = house.already_live("alice"), house.guild.channel("live")
    await house.watch("alice", channel)
    room.chat(BOB, "stays")
    room.chat(EVE, "buy *followers*")
    room.gift(EVE, "Rose", 5)
    await house.until(lambda: any("Rose" in line for line in lines(channel)))

    async def looked_up() -> str:
        typed = await house.types(channel, "lookup", user="@Eve")
        fields = [f"{each['name']}: {each['value']}" for each in typed.messages[0].embeds[0].get("fields") or ()]
        return plain("\n".join([told(typed), *fields]))

    # Who wrote is kept a moment after it was relayed.
    await house.until(lambda: house.parts.keeper.kept >= 2)
    shown = await looked_up()
    assert "Wrote: 1 comment in 1 LIVE" in shown
    assert r"**@alice** buy \*followers\*" in shown

    post = next(each for each in channel.messages if "followers" in each.content)
    used = await discord.interact(channel, house.you, "TikTok line…", target=post)
    menu = await used.answered(SOON_S)
    (option,) = [each for each in menu.components[0]["components"][0]["options"] if each["label"] == "Eve buy *followers*"]
    await discord.choose(menu, house.you, controls(menu)[0], [option["value"]])
    await house.until(lambda: any(each.startswith("line:hide:") for each in controls(menu)))
    await discord.press(menu, house.you, next(each for each in controls(menu) if each.startswith("line:hide:")))

    await house.until(lambda: not any("followers" in line for line in lines(channel)), timeout_s=5.0)
    assert "**Bob** stays" in lines(channel)
    assert "*🗑️ removed*" in lines(channel)
    await house.until(lambda: "🗑️ removed" in menu.content)
