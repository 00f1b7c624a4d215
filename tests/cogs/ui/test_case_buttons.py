"""The buttons of a case: private answers, the permission looked at anew, forged ids harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.language import language
from bot.model.case import Case, CaseKind
from bot.model.comment import CommentRow
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.viewer import Subject
from bot.moderation import alerts
from bot.storage import comments, creators, cursors, watches
from cogs.ui.buttons import Pressable
from cogs.ui.case_buttons import BUTTONS, MOVES
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Member, Message
from tests.cogs.test_cases import moderator, said, shows
from tests.doubles.community import Community

T = 1_700_000_000_000
ROOM, BOB = RoomId("100"), ViewerId("4242")


def matching(custom_id: str) -> list[type[Pressable]]:
    return [each for each in BUTTONS if each.__discord_ui_compiled_template__.fullmatch(custom_id)]


def test_every_button_of_a_card_is_answered_by_exactly_one_kind() -> None:
    case = Case(
        id=CaseId(7),
        guild_id=GuildId(1),
        number=1,
        key="k",
        kind=CaseKind.REMOVAL,
        creator_id=CreatorId(1),
        room_id=ROOM,
        viewer_id=BOB,
        viewer_handle=Handle("bob"),
        viewer_name="Bob",
        opened_at=datetime.fromtimestamp(T / 1000, UTC),
    )
    targets = [each.target for row in alerts.buttons(language("en"), case) for each in row]
    assert len(targets) == 6
    for target in [*targets, *(f"case:{what}:7" for what in MOVES)]:
        assert len(matching(target)) == 1, target


@pytest.mark.parametrize("forged", ["case:claim:", "case:claim:x", "case:erase:1", "case:claim:1:2", f"case:done:{'9' * 40}"])
def test_other_ids_are_nobodys(forged: str) -> None:
    assert matching(forged) == []


async def a_case(community: Community) -> tuple[Interaction, Message, Member]:
    """A case about three comments of bob's, as a moderator sees it."""
    assert community.bot is not None
    guild_id = GuildId(community.live.guild.id)
    alice = await community.db.write(creators.ensure, Handle("alice"), now_ms=1)
    now_ms = community.time.now_ms()
    await community.db.write(
        watches.place,
        guild_id=guild_id,
        channel_id=ChannelId(community.live.id),
        creator_id=alice.id,
        by=DiscordUserId(1),
        now_ms=now_ms - 1000,
        cursor_seq=0,
    )
    rows = [
        CommentRow(alice.id, seq, ROOM, MessageId(str(seq)), BOB, f"@everyone *text* {seq}", now_ms, now_ms)
        for seq in range(1, 6)
    ]
    await community.db.write(comments.add, rows)
    await community.db.write(cursors.move, "comments", alice.id, 9)
    subject = Subject(BOB, Handle("bob"), "Bob", alice.id, ROOM, 1, 5, 5)
    await community.bot.services.cases.open_manual(guild_id, subject, by=DiscordUserId(5))
    mo = moderator(community.live.guild)
    one = await community.use("cases", by=mo, number=1)
    await shows(community, one, "Case #1")
    return one, one.messages[0], mo


def button(message: Message, what: str) -> str:
    ids = [str(each["custom_id"]) for row in message.components for each in row["components"]]
    return next(each for each in ids if each.startswith(f"case:{what}:"))


async def test_a_reveal_is_private_pings_nobody_and_brings_a_file(community: Community) -> None:
    _, message, mo = await a_case(community)
    pressed = await community.discord.press(message, mo, button(message, "reveal"))
    text = await shows(community, pressed, "what was written")
    assert "@everyone *text* 5" in text
    (answer,) = pressed.messages
    assert answer.ephemeral
    assert not answer.pings
    assert answer.attachments[0]["filename"] == "case-1.txt"
    assert re.search(r"@​everyone", answer.embeds[0]["description"])


async def test_a_case_is_claimed_let_go_closed_and_reopened(community: Community) -> None:
    _, message, mo = await a_case(community)
    case_id = button(message, "claim").rpartition(":")[2]
    other = moderator(community.live.guild, "other")
    for who, what, answer in (
        (mo, "claim", "Case #1 is yours."),
        (other, "done", f"<@{mo.id}> has case #1."),
        (other, "take", "Case #1 is yours."),
        (other, "release", "Case #1 is open again; nobody has it."),
        (mo, "false", "Case #1 is closed as a false alarm."),
        (mo, "claim", "Case #1 is closed already."),
        (mo, "reopen", "Case #1 is open again; nobody has it."),
        (mo, "done", "Case #1 is done."),
    ):
        one = await community.use("cases", by=who, number=1)
        await shows(community, one, "Case #1")
        shown = one.messages[0]
        # Whatever this view offers: a client can send any id.
        shown.components[0]["components"][0]["custom_id"] = f"case:{what}:{case_id}"
        pressed = await community.discord.press(shown, who, f"case:{what}:{case_id}")
        await shows(community, pressed, answer)
    history = await community.use("cases", by=mo, number=1)
    await shows(community, history, "closed it as done")
    assert [word in said(history) for word in ("is on it", "took it over", "let it go", "reopened it")] == [True] * 4


async def test_a_member_who_lost_the_permission_since_reads_nothing(community: Community) -> None:
    _, message, mo = await a_case(community)
    for role in mo.guild.roles.values():
        if role.id != mo.guild.id:
            mo.guild.set_permissions(role, ["view_channel", "send_messages"])
    pressed = await community.discord.press(message, mo, button(message, "reveal"))
    refused = await shows(community, pressed, "**Manage Messages**")
    assert "text" not in refused.replace("the text", "")


async def test_a_forged_case_is_no_case(community: Community) -> None:
    _, message, mo = await a_case(community)
    for what in ("reveal", "claim", "more"):
        message.components[0]["components"][0]["custom_id"] = f"case:{what}:999999999999999999"
        pressed = await community.discord.press(message, mo, f"case:{what}:999999999999999999")
        await shows(community, pressed, "There is no such case in this server.")
