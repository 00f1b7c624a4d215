"""What delivery relies on, of every `Sender`: the double, and discord.py against a Discord over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import discord
import pytest

from bot.clock import SystemClock
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.gate import Gate
from bot.delivery.sender import Sender
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.draft import Urgency
from bot.model.ids import ChannelId, DiscordMessageId
from bot.model.message import Message
from sandbox.discord.server import Discord
from sandbox.discord.values import SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS
from tests.doubles.clock import FakeClock
from tests.doubles.sender import FakeSender
from tests.sandbox.discord.served import FAST, aimed, serving

__all__ = ["aimed"]

NONCE = "A" * 24


@dataclass
class Place:
    """A sender, a channel it may post in, one that is not there, and a way to look into it and to break the next answer."""

    sender: Sender
    channel: ChannelId
    nowhere: ChannelId
    contents: Callable[[], list[str]]
    cut_after_store: Callable[[], None]
    delete_first: Callable[[], Awaitable[None]]

    async def post(self, content: str, nonce: str) -> DiscordMessageId:
        return await self.sender.send(self.channel, Message(content), nonce=nonce, urgency=Urgency.CHAT)


def fake_place() -> Place:
    sender = FakeSender(FakeClock())
    channel, nowhere = ChannelId(1), ChannelId(2)
    sender.refused_channels[nowhere] = 10003

    async def delete_first() -> None:
        sender.take_away(channel)

    return Place(
        sender=sender,
        channel=channel,
        nowhere=nowhere,
        contents=lambda: sender.contents(channel),
        cut_after_store=lambda: sender.lose_answers(True),
        delete_first=delete_first,
    )


@pytest.fixture
async def sandbox() -> AsyncIterator[Discord]:
    async with serving(Discord(limits=FAST)) as server:
        yield server


@asynccontextmanager
async def logged_in(server: Discord) -> AsyncIterator[discord.Client]:
    """A client that only speaks HTTP, through the gate, as the bot's does."""
    client = discord.Client(intents=discord.Intents(guilds=True), http_trace=Gate(SystemClock()).trace())
    await client.login(server.token)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def real_place(server: Discord) -> AsyncIterator[Place]:
    channel, gone = server.guild("g").channel("live"), server.guild("g").channel("gone")
    gone.delete()

    async def delete_first() -> None:
        server.state.world.delete(channel.messages[0])

    async with logged_in(server) as client:
        yield Place(
            sender=DiscordSender(client),
            channel=ChannelId(channel.id),
            nowhere=ChannelId(gone.id),
            contents=lambda: [message.content for message in channel.messages],
            cut_after_store=server.faults.cut_after_store,
            delete_first=delete_first,
        )


@pytest.fixture(params=["fake", "discord"])
async def place(request: pytest.FixtureRequest, sandbox: Discord, aimed: Callable[[Discord], None]) -> AsyncIterator[Place]:
    if request.param == "fake":
        yield fake_place()
        return
    aimed(sandbox)
    async with real_place(sandbox) as place:
        yield place
        # What the suite itself sends on purpose.
        assert {violation.kind for violation in sandbox.violations} <= {"empty_message", "content_too_long"}


async def test_what_is_sent_stands_in_the_channel_and_is_among_the_recent(place: Place) -> None:
    first = await place.post("**bob** hi", NONCE)
    second = await place.post("**bob** again", "B" * 24)
    assert place.contents() == ["**bob** hi", "**bob** again"]
    recent = await place.sender.recent(place.channel)
    assert [(posted.message_id, posted.content) for posted in recent] == [(second, "**bob** again"), (first, "**bob** hi")]
    assert all(posted.created_at_ms > 1_600_000_000_000 for posted in recent)


async def test_the_same_nonce_is_the_same_message(place: Place) -> None:
    first = await place.post("once", NONCE)
    assert await place.post("once", NONCE) == first
    assert place.contents() == ["once"]


async def test_an_answer_that_never_came_is_unknown_and_a_repeat_finds_the_message(place: Place) -> None:
    place.cut_after_store()
    with pytest.raises(DeliveryUnknown):
        await place.post("stored, but nobody heard", NONCE)
    assert place.contents() == ["stored, but nobody heard"]
    await place.post("stored, but nobody heard", NONCE)
    assert place.contents() == ["stored, but nobody heard"]


async def test_an_edit_replaces_the_text(place: Place) -> None:
    message_id = await place.post("before", NONCE)
    await place.sender.edit(place.channel, message_id, Message("after"), urgency=Urgency.DELETION)
    assert place.contents() == ["after"]


async def test_only_as_many_recent_messages_come_as_were_asked_for(place: Place) -> None:
    for letter in "ABC":
        await place.post(letter, letter * 24)
    assert [posted.content for posted in await place.sender.recent(place.channel, limit=2)] == ["C", "B"]


@pytest.mark.parametrize(("content", "code"), [("", 50006), ("x" * 2001, 50035)])
async def test_content_that_discord_does_not_take_is_undeliverable(place: Place, content: str, code: int) -> None:
    with pytest.raises(Undeliverable) as refused:
        await place.post(content, NONCE)
    assert refused.value.code == code
    assert place.contents() == []


async def test_two_thousand_code_points_are_taken_however_many_bytes(place: Place) -> None:
    await place.post("👍" * 2000, NONCE)
    assert place.contents() == ["👍" * 2000]


async def test_a_channel_that_is_gone_is_undeliverable(place: Place) -> None:
    with pytest.raises(Undeliverable) as refused:
        await place.sender.send(place.nowhere, Message("hello"), nonce=NONCE, urgency=Urgency.CHAT)
    assert refused.value.code == 10003


async def test_a_message_that_was_deleted_cannot_be_edited(place: Place) -> None:
    message_id = await place.post("gone soon", NONCE)
    await place.delete_first()
    with pytest.raises(Undeliverable) as refused:
        await place.sender.edit(place.channel, message_id, Message("too late"), urgency=Urgency.DELETION)
    assert refused.value.code == 10008


async def test_nothing_pings_no_link_is_previewed_and_no_phone_rings(sandbox: Discord, aimed: Callable[[Discord], None]) -> None:
    aimed(sandbox)
    async with real_place(sandbox) as place:
        message_id = await place.post("@everyone <@1> https://example.com", NONCE)
        message = sandbox.message(message_id)
        assert message is not None
        await place.sender.edit(place.channel, message_id, Message("@here https://example.org"), urgency=Urgency.DELETION)
    assert message.content == "@here https://example.org"
    assert not message.pinged
    assert not message.previews
    assert message.flags == SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS


@pytest.mark.parametrize("permission", ["view_channel", "send_messages"])
async def test_a_missing_permission_has_its_own_code(sandbox: Discord, aimed: Callable[[Discord], None], permission: str) -> None:
    aimed(sandbox)
    async with real_place(sandbox) as place:
        channel = sandbox.channel(place.channel)
        assert channel is not None
        channel.deny_bot(permission)
        with pytest.raises(Undeliverable) as refused:
            await place.post("hello", NONCE)
    assert refused.value.code == {"view_channel": 50001, "send_messages": 50013}[permission]


@pytest.mark.parametrize("status", [503, 429])
async def test_a_discord_that_cannot_answer_now_is_unknown_not_refused(
    sandbox: Discord, aimed: Callable[[Discord], None], status: int
) -> None:
    aimed(sandbox)
    async with real_place(sandbox) as place:
        sandbox.faults.fail(status, 5, when=lambda method, _: method == "POST")
        with pytest.raises(DeliveryUnknown):
            await place.post("hello", NONCE)


async def test_who_is_not_logged_in_gets_no_answer_but_no_crash_either() -> None:
    client = discord.Client(intents=discord.Intents(guilds=True))
    with pytest.raises(DeliveryUnknown):
        await DiscordSender(client).send(ChannelId(1), Message("hello"), nonce=NONCE, urgency=Urgency.CHAT)


async def test_after_the_client_closed_a_send_is_unknown(sandbox: Discord, aimed: Callable[[Discord], None]) -> None:
    aimed(sandbox)
    async with real_place(sandbox) as place:
        sender, channel = place.sender, place.channel
    with pytest.raises(DeliveryUnknown):
        await sender.send(channel, Message("too late"), nonce=NONCE, urgency=Urgency.CHAT)
