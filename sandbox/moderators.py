"""Those who moderate in the demo guild, and the story in which two of them act by themselves.

They find a button by what stands on it, as people do, and know nothing of the bot that put it there.
"""

from __future__ import annotations

from functools import partial

from sandbox.discord import components
from sandbox.discord.server import Discord
from sandbox.discord.world import Guild, Member, Message
from sandbox.tiktok.clock import Clock

CHANNEL = "mods"
ROLE = "moderators"
ANN, BEN = "ann", "ben"

LOOKS_AFTER_S = 4.0
"""How long one takes before doing anything."""
FOR_EVER_S = 7 * 86_400.0


def engage(guild: Guild, you: Member) -> None:
    """ann, ben and you moderate: a role that may manage messages, and a channel that nobody else reads."""
    role = guild.role(ROLE, ["manage_messages"], mentionable=True)
    for member in (guild.member(ANN), guild.member(BEN), you):
        if role.id not in member.role_ids:
            member.add_role(role)
    channel = guild.channel(CHANNEL)
    channel.overwrite(guild.everyone, deny=["view_channel"])
    channel.overwrite(role, allow=["view_channel"])
    channel.allow_bot("view_channel")


async def take_turns(discord: Discord, guild: Guild, clock: Clock) -> None:
    """ann reads what was removed, then ben says that he is on it: once, on the oldest card that offers it."""
    for name, label in ((ANN, "Reveal"), (BEN, "I'm on it")):
        await discord.until(partial(_offering, guild, label), FOR_EVER_S)
        await clock.sleep(LOOKS_AFTER_S)
        for message, custom_id in _offering(guild, label)[:1]:
            pressed = await discord.press(message, guild.member(name), custom_id)
            await pressed.answered(FOR_EVER_S)


def _offering(guild: Guild, label: str) -> list[tuple[Message, str]]:
    """The messages of the moderators' channel with a button of this label that can be pressed, and its id."""
    return [
        (message, str(each["custom_id"]))
        for message in guild.channel(CHANNEL).messages
        for _, each in components.walk(message.components)
        if each.get("label") == label and not each.get("disabled")
    ]
