"""/privacy, as people use it."""

from __future__ import annotations

import re

import pytest

from bot.events import Handle, User, ViewerId
from bot.language import language
from bot.model.forgetting import ForgetRequest
from bot.model.ids import DiscordUserId
from bot.storage import guilds, privacy
from bot.storage.instants import from_ms
from cogs.privacy import OUT_OF_REACH, PLACES, about, is_name, standing, to_type
from tests.doubles.clock import START_MS
from tests.doubles.community import Community

T = language("en")


async def test_anybody_reads_what_is_kept(community: Community) -> None:
    member = community.discord.guild("fans").member("max", permissions=["view_channel", "send_messages"])
    told = await community.asked("privacy about", by=member)
    assert "/privacy forget" in told
    assert "stored in clear" in told
    assert "48 h" in told
    assert "7 days" in told
    assert len(told) < 2000


async def test_the_sentence_is_private_and_the_status_only_ones_own(community: Community) -> None:
    asked = await community.use("privacy forget")
    answer = await asked.answered()
    assert answer.ephemeral
    assert re.search(r"forget me [A-Z0-9]{4}\n", answer.content)
    assert "not typed yet" in await community.asked("privacy status")
    other = community.discord.guild("fans").member("max", permissions=["view_channel"])
    assert "did not ask" in await community.asked("privacy status", by=other)


async def test_the_answer_tells_what_came_of_it(community: Community) -> None:
    asked = await community.use("privacy forget")
    found = re.search(r"forget me (\w{4})", (await asked.answered()).content)
    assert found
    eve = User(ViewerId("7001"), Handle("eve"), "Eve")
    now_ms = community.time.now_ms()
    await community.db.write(privacy.prove, code=found[1], user=eve, digest="d", typed_at_ms=now_ms, now_ms=now_ms)
    await community.db.write(privacy.done, found[1], erased={"comments": 1234}, now_ms=now_ms)
    said = await asked.says("You are forgotten")
    assert "- comments: 1,234" in said.content
    assert "Out of my reach" in said.content


@pytest.mark.parametrize("command", ["privacy export", "privacy erase", "privacy keep"])
async def test_a_servers_data_is_its_admins(community: Community, command: str) -> None:
    member = community.discord.guild("fans").member("max", permissions=["view_channel", "send_messages"])
    asked = await community.use(command, {"days": 3} if command.endswith("keep") else {}, by=member)
    answer = await asked.answered()
    assert "Manage Server" in answer.content
    assert not answer.attachments
    assert not answer.components


async def test_the_export_is_a_private_file(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live)).answered()
    asked = await community.use("privacy export")
    answer = await asked.says("keep it to yourself")
    assert answer.ephemeral
    assert [each["filename"] for each in answer.attachments] == [f"relay-{community.live.guild.id}.json"]


async def test_how_long_is_chosen_within_what_the_operator_keeps(community: Community) -> None:
    assert await community.asked("privacy keep", days=3) == "This server looks back 3 days at comments."
    told = await community.asked("privacy keep", days=30)
    assert "7 days" in told
    assert "no longer" in told


async def test_erasing_needs_the_button_and_the_servers_name(community: Community) -> None:
    discord, admin = community.discord, community.admin
    await (await community.use("watch", creator="alice", channel=community.live)).answered()
    question = await (await community.use("privacy erase")).answered()

    pressed = await discord.press(question, admin, "privacy:erase")
    await pressed.acknowledged()
    wrong = await discord.submit(pressed, admin, {"name": "friends"})
    assert "Nothing was erased" in (await wrong.answered()).content
    assert await community.db.read(guilds.known)

    again = await discord.press(question, admin, "privacy:erase")
    await again.acknowledged()
    right = await discord.submit(again, admin, {"name": " Fans "})
    await right.says("is erased")
    assert await community.db.read(guilds.known) == []
    assert "Nothing" in await community.asked("watching") or "not watch" in await community.asked("watching")


async def test_who_lost_the_permission_meanwhile_erases_nothing(community: Community) -> None:
    discord, admin = community.discord, community.admin
    question = await (await community.use("privacy erase")).answered()
    pressed = await discord.press(question, admin, "privacy:erase")
    await pressed.acknowledged()
    discord.guild("fans").member("ann", permissions=["view_channel", "send_messages"])
    sent = await discord.submit(pressed, admin, {"name": "fans"})
    assert "Manage Server" in (await sent.answered()).content


def test_every_answer_fits_into_a_message() -> None:
    at = from_ms(START_MS)
    done = ForgetRequest("7F3K", DiscordUserId(1), at, at, at, dict.fromkeys(PLACES, 123_456_789))
    assert len(standing(T, done, days=365)) < 2000
    assert len(about(T, hours=999, days=999, own_days=999)) < 2000
    assert len(to_type(T, done)) < 2000
    assert "older than 365 days" in standing(T, done, days=365)
    assert OUT_OF_REACH.count("{") == 1


def test_who_left_no_trace_is_told_so() -> None:
    at = from_ms(START_MS)
    assert "nothing: I had kept nothing" in standing(T, ForgetRequest("7F3K", DiscordUserId(1), at, at, at), days=7)
    assert "being erased" in standing(T, ForgetRequest("7F3K", DiscordUserId(1), at, at), days=7)


@pytest.mark.parametrize(("typed", "is_it"), [("Fans", True), (" fans  ", True), ("fan", False), ("", False), (" ", False)])
def test_a_servers_name_is_typed_as_people_type(typed: str, is_it: bool) -> None:
    assert is_name(typed, "Fans") is is_it
    assert not is_name("", "")
