"""What moderators live through: TikTok takes comments away, and the whole bot, from the socket on, tells them so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId
from bot.storage import guilds, watches
from sandbox.app import Sandbox
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Channel, Guild, Member, Message
from sandbox.tiktok import messages
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room
from tests.doubles.house import House, at_work, lines, plain

BOB, MOD = Viewer("bob_1", "Bob"), Viewer("modesty", "Modesty")
MODERATES = ["manage_messages", "view_channel", "send_messages"]


@dataclass
class Staff:
    """A server's moderators: their channel, and two of them."""

    house: House
    guild: Guild
    channel: Channel
    ann: Member
    ben: Member

    @property
    def cards(self) -> list[Message]:
        return [each for each in self.channel.messages if each.embeds]

    @property
    def card(self) -> Message:
        (card,) = self.cards
        return card

    async def press(self, member: Member, what: str, card: Message | None = None) -> Interaction:
        """Press a button of a card, until the private answer is there."""
        card = card or self.card
        pressed = await self.house.sandbox.discord.press(card, member, button(card, what))
        await self.house.until(lambda: answered(pressed))
        return pressed


def button(card: Message, what: str) -> str:
    """The custom id of a card's button."""
    ids = [str(each["custom_id"]) for row in card.components for each in row["components"]]
    return next(each for each in ids if each.startswith(f"case:{what}:"))


def shown(message: Message) -> str:
    """All that a message says."""
    said = [message.content]
    for embed in message.embeds:
        said += [embed.get("title") or "", embed.get("description") or "", (embed.get("footer") or {}).get("text") or ""]
    return plain("\n".join(said)).replace("\\", "")


def answered(pressed: Interaction) -> str:
    return "\n".join(shown(each) for each in pressed.messages if not each.loading)


async def told_to(house: House, pressed: Interaction) -> str:
    """The private answer, once it is there."""
    await house.until(lambda: answered(pressed))
    return answered(pressed)


async def staff_of(house: House, guild: Guild | None = None, *, escalate_after_s: int = 600, role_id: int | None = None) -> Staff:
    """Give a server's moderators a channel for alerts."""
    guild = guild or house.guild
    channel = guild.channel("moderators")
    ann, ben = guild.member("ann", permissions=MODERATES), guild.member("ben", permissions=MODERATES)
    await house.parts.db.write(
        guilds.change,
        GuildId(guild.id),
        settings=GuildSettings(
            alert_channel_id=ChannelId(channel.id),
            alert_role_id=None if role_id is None else DiscordRoleId(role_id),
            escalate_after_s=escalate_after_s,
        ),
        by=DiscordUserId(ann.id),
        now_ms=1,
    )
    await house.parts.client.services.guilds.load()
    return Staff(house, guild, channel, ann, ben)


async def watched(house: House, handle: str = "alice") -> tuple[Room, Channel]:
    """A creator who is live, watched, and whose removals are listened for."""
    room, channel = house.already_live(handle), house.guild.channel("live")
    await house.watch(handle, channel)
    await house.until(lambda: room.sockets == 1)
    await house.until(lambda: house.parts.alerts.following)
    return room, channel


async def test_a_removed_comment_becomes_a_case(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    for number in range(4):
        room.chat(MOD, f"before {number}")
    said = room.chat(BOB, "buy my followers")
    room.chat(MOD, "after")
    await house.until(lambda: "**Bob** buy my followers" in lines(channel))
    room.delete(message_ids=[said])
    await house.until(lambda: staff.cards)

    text = shown(staff.card)
    assert "Comment removed in @alice's live" in text
    assert "**Bob** (@bob_1)" in text
    assert re.search(r"Removed (\d+\.\d s after it was|within a second of being) posted", text)
    assert "TikTok does not say who removed it or why." in text
    assert f"Case #1 · message {said}" in text
    assert "never received" not in text
    (post,) = [each for each in channel.messages if "followers" in each.content or "~~" in each.content]
    assert f"https://discord.com/channels/{house.guild.id}/{channel.id}/{post.id}" in text
    assert "buy my followers" not in str(staff.card.embeds), "the channel reads no viewer's words"

    revealed = await staff.press(staff.ann, "reveal")
    assert "🗑️" in answered(revealed)
    assert "buy my followers" in answered(revealed)
    assert "before 0" in answered(revealed)
    assert "after" in answered(revealed)
    assert all(each.ephemeral for each in revealed.messages)
    await house.until(lambda: "Revealed once" in shown(staff.card))


async def test_a_mute_removes_twelve_lines_and_one_card_says_so(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    for number in range(12):
        room.chat(BOB, f"spam {number}")
    room.chat(MOD, "stop that")
    await house.until(lambda: "**Modesty** stop that" in lines(channel))
    room.mute(BOB, operator=MOD)
    await house.until(lambda: staff.cards and "Modesty" in shown(staff.cards[0]))

    text = shown(staff.card)
    assert "Comments removed in @alice's live" in text
    assert "12 comments by **Bob** (@bob_1) removed" in text
    assert "Muted by **Modesty** (@modesty), says TikTok." in text
    assert (text.count("Bob"), text.count("12 comments")) == (1, 1), "each once"
    assert "does not say who" not in text
    assert "spam" not in str(staff.card.embeds)

    revealed = await staff.press(staff.ann, "reveal")
    (answer,) = revealed.messages
    assert answer.attachments[0]["filename"] == "case-1.txt"
    assert "spam 11" in answered(revealed)
    assert len(staff.cards) == 1, "the member action is told with the removal that it caused"


async def test_a_wipe_that_nobody_explains_is_probably_a_mute(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    for number in range(3):
        room.chat(BOB, f"spam {number}")
    await house.until(lambda: "**Bob** spam 2" in lines(channel))
    room.delete(user_ids=[BOB.id])
    await house.until(lambda: staff.cards)
    text = shown(staff.card)
    assert "3 comments by **Bob** (@bob_1) removed; probably muted" in text
    assert "TikTok does not say who removed it or why." in text


async def test_a_removal_arrives_before_its_line(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    room.chat(MOD, "hello")
    await house.until(lambda: lines(channel))
    early = "7400000000000000555"
    room.delete(message_ids=[early])
    await house.until(lambda: staff.cards)
    assert "The text was never received." in shown(staff.card)
    assert "Nobody knows whose" in shown(staff.card)

    late = messages.chat(BOB, "too late", creator_id=room.creator.id)
    late.base.method, late.base.message_id, late.base.room_id = messages.METHODS[type(late)], int(early), int(room.id)
    room.raw(late.base.method, late.SerializeToString(), message_id=early)
    await house.until(lambda: "**Bob** (@bob_1)" in shown(staff.card))
    assert "never received" not in shown(staff.card)
    assert "Removed before it reached me." in shown(staff.card)
    assert "Case #1" in shown(staff.card)
    assert "too late" in answered(await staff.press(staff.ann, "reveal"))
    assert "**Bob** too late" not in lines(channel)


async def test_a_moderator_reveals_another_claims_and_nobody_else_sees(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    said = room.chat(BOB, "call me maybe")
    await house.until(lambda: "**Bob** call me maybe" in lines(channel))
    room.delete(message_ids=[said])
    await house.until(lambda: staff.cards)
    guest = house.guild.member("guest", permissions=["view_channel", "send_messages"])

    assert "call me maybe" in answered(await staff.press(staff.ann, "reveal"))
    assert "Case #1 is yours." in answered(await staff.press(staff.ben, "claim"))
    await house.until(lambda: f"<@{staff.ben.id}> is on it" in shown(staff.card))
    assert f"<@{staff.ben.id}> has case #1." in answered(await staff.press(staff.ann, "done"))
    for what in ("reveal", "more"):
        refused = answered(await staff.press(guest, what))
        assert "**Manage Messages**" in refused
        assert "maybe" not in refused
    history = answered(await staff.press(staff.ann, "more"))
    assert f"<@{staff.ann.id}> read the text" in history
    assert f"<@{staff.ben.id}> is on it" in history

    assert "Case #1 is done." in answered(await staff.press(staff.ben, "done"))
    await house.until(lambda: "🟢 Done" in shown(staff.card))
    assert staff.card.content == ""
    assert not any("maybe" in str(each.embeds) + each.content for each in staff.channel.messages)


async def test_a_restart_in_the_middle_of_a_wipe_makes_no_second_case(sandbox: Sandbox, database: Path) -> None:
    async with at_work(sandbox, database) as house:
        staff = await staff_of(house)
        room, channel = await watched(house)
        said = [room.chat(BOB, f"spam {number}") for number in range(3)]
        await house.until(lambda: "**Bob** spam 2" in lines(channel))
        room.delete(message_ids=[said[0]])
        await house.until(lambda: staff.cards)
        room.delete(message_ids=[said[1]])
        # Heard, and at most two seconds later told: the process ends in between.
        await house.until(lambda: "**Bob** spam 1" not in lines(channel))
    async with at_work(sandbox, database) as house:
        await house.until(lambda: room.sockets == 1)
        room.delete(message_ids=[said[2]])
        await house.until(lambda: "3 comments by" in shown(staff.card))
        assert "Case #1" in shown(staff.card)
        pressed = await sandbox.discord.press(staff.card, staff.ben, button(staff.card, "claim"))
        await house.until(lambda: answered(pressed))
        assert "Case #1 is yours." in answered(pressed), "buttons outlive the process"


async def test_two_servers_have_their_own_cases_of_one_removal_and_nothing_of_each_other(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    first = room.chat(BOB, "only the first server was there")
    await house.until(lambda: "**Bob** only the first server was there" in lines(channel))
    room.delete(message_ids=[first])
    await house.until(lambda: staff.cards)

    elsewhere = house.sandbox.discord.guild("Elsewhere")
    boss = elsewhere.member("boss", permissions=["manage_guild", "view_channel", "send_messages"])
    theirs = elsewhere.channel("theirs")
    strangers = await staff_of(house, elsewhere)
    await house.types(theirs, "watch", boss, creator="alice", channel=theirs)
    [placed] = [each for each in await house.parts.db.read(watches.active) if each.guild_id == elsewhere.id]
    said = room.chat(BOB, "both were there")
    await house.until(lambda: "**Bob** both were there" in lines(theirs))
    room.delete(user_ids=[BOB.id])
    await house.until(lambda: strangers.cards)
    await house.until(lambda: len(staff.cards) == 2 or "2 comments" in shown(staff.cards[0]))

    assert placed.guild_id == elsewhere.id
    text = shown(strangers.card)
    assert "Comment removed" in text, "what was said before their watch is not counted for them"
    assert "Case #1 " in text
    assert f"message {said}" in text
    revealed = answered(await strangers.press(strangers.ann, "reveal"))
    assert "both were there" in revealed
    assert "only the first" not in revealed

    # A forged id: their moderators' button, our case.
    mine = button(staff.cards[0], "reveal")
    strangers.card.components[0]["components"][0]["custom_id"] = mine
    for what in ("reveal", "claim"):
        strangers.card.components[0]["components"][0]["custom_id"] = mine.replace("reveal", what)
        pressed = await house.sandbox.discord.press(strangers.card, strangers.ann, mine.replace("reveal", what))
        assert "There is no such case in this server." in await told_to(house, pressed)
    assert "is on it" not in shown(staff.cards[0])


async def test_the_same_button_pressed_twice_at_once_is_one_claim(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    said = room.chat(BOB, "rude")
    await house.until(lambda: "**Bob** rude" in lines(channel))
    room.delete(message_ids=[said])
    await house.until(lambda: staff.cards)
    discord, claim = house.sandbox.discord, button(staff.card, "claim")
    pressed = [await discord.press(staff.card, member, claim) for member in (staff.ann, staff.ben, staff.ann)]
    await house.until(lambda: all(answered(each) for each in pressed))
    said_to = [answered(each) for each in pressed]
    assert sum("is yours." in each for each in said_to) == 1
    assert sum("has case #1." in each or "yours already" in each for each in said_to) == 2


async def test_an_unclaimed_case_pings_the_role_once_whatever_is_restarted(sandbox: Sandbox, database: Path) -> None:
    role = sandbox.discord.guild("The demo guild").role("night shift", mentionable=True)
    async with at_work(sandbox, database) as house:
        staff = await staff_of(house, escalate_after_s=1, role_id=role.id)
        room, channel = await watched(house)
        said = room.chat(BOB, "rude")
        await house.until(lambda: "**Bob** rude" in lines(channel))
        room.delete(message_ids=[said])
        await house.until(lambda: staff.cards)
    async with at_work(sandbox, database) as house:
        await house.until(lambda: any(each.pings.roles for each in staff.channel.messages))
        await house.until(lambda: "the moderators were pinged" in shown(staff.card))
    async with at_work(sandbox, database) as house:
        await house.parts.escalation.look()
        await house.until(house.parts.outbox.is_idle)
    (ping,) = [each for each in staff.channel.messages if each.pings.roles]
    assert ping.pings.roles == (role.id,)
    assert f"/{staff.card.id})" in ping.content


async def test_a_note_is_written_in_a_form_and_read_in_the_history(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    said = room.chat(BOB, "rude")
    await house.until(lambda: "**Bob** rude" in lines(channel))
    room.delete(message_ids=[said])
    await house.until(lambda: staff.cards)
    discord = house.sandbox.discord
    pressed = await discord.press(staff.card, staff.ann, button(staff.card, "note"))
    await house.until(lambda: pressed.modal)
    sent = await discord.submit(pressed, staff.ann, {"note": "third time this week"})
    await house.until(lambda: "Noted in case #1." in answered(sent))
    one = await house.types(house.guild.channel("live"), "cases", staff.ben, number=1)
    await house.until(lambda: "third time this week" in answered(one))
    listed = await house.types(house.guild.channel("live"), "cases", staff.ben, creator="alice", viewer="@bob_1", state=2)
    await house.until(lambda: "1 case" in answered(listed))
    assert "#1" in answered(listed)
    mine = await house.types(house.guild.channel("live"), "cases", staff.ben, mine=True)
    await house.until(lambda: "0 cases" in answered(mine))
    guest = house.guild.member("guest", permissions=["view_channel", "send_messages"])
    refused = await house.types(house.guild.channel("live"), "cases", guest)
    await house.until(lambda: "**Manage Messages**" in answered(refused))


async def test_a_member_action_that_removes_nothing_is_a_notice_with_its_operator(house: House) -> None:
    staff = await staff_of(house)
    room, channel = await watched(house)
    room.chat(MOD, "hello")
    await house.until(lambda: lines(channel))
    room.member(BOB, 5, operator=MOD)
    room.member(BOB, 9)
    await house.until(lambda: len(staff.cards) == 2)
    made, muted = sorted((shown(each) for each in staff.cards), key=lambda text: "muted" in text)
    assert "**Bob** (@bob_1) was made a moderator" in made
    assert "By **Modesty** (@modesty)." in made
    assert "**Bob** (@bob_1) was muted" in muted
    assert "TikTok does not say who did it." in muted
