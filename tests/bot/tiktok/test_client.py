"""The client that programmers use, in a real room of the sandbox over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import (
    AgeRestricted,
    AlreadyConnected,
    BadInput,
    BlockedHandshake,
    ConnectionLost,
    CreatorNotFound,
    CreatorOffline,
    RateLimited,
    SignRefused,
    SourceError,
    Unclear,
)
from bot.events import (
    CommentEvent,
    ConnectedEvent,
    DisconnectedEvent,
    Event,
    FollowEvent,
    GiftEvent,
    LikeEvent,
    LiveEndedEvent,
    UnknownEvent,
    ViewersEvent,
)
from bot.tiktok.client import LiveClient
from bot.tiktok.metered import Metered
from bot.tiktok.webcast.socket import WebcastSource
from sandbox.app import Sandbox
from sandbox.tiktok import messages
from sandbox.tiktok.world import Room
from tests.bot.tiktok.alone import BOB, EVE, Ear, client_of


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations
        assert here.tiktok.sockets == 0, "a client left its socket open"


@pytest.fixture
def room(sandbox: Sandbox) -> Room:
    return sandbox.tiktok.creator("alice").go_live("Hello")


# ---------------------------------------------------------------------------------------------- who listens


async def test_handlers_by_class_by_name_and_for_everything_hear_events_in_order(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    heard: list[str] = []

    @client.on(CommentEvent)
    async def later(event: CommentEvent) -> None:
        await asyncio.sleep(0)
        heard.append(f"class {event.text}")

    @client.on("comment")
    def at_once(event: CommentEvent) -> None:
        heard.append(f"name {event.text}")

    client.add_listener(Event, lambda event: heard.append(f"any {event.type}"))

    async with client:
        room.chat(BOB, "one")
        room.chat(BOB, "two")
        room.end()
        await client.finished()

    assert heard == [
        "any connected",
        *("class one", "name one", "any chat"),
        *("class two", "name two", "any chat"),
        *("any control", "any disconnected"),
    ]


@pytest.mark.parametrize("name", ["gift", "chat", "comment", "roomUserSeq", "member", "join", "unknown", "connect", "event"])
async def test_both_vocabularies_are_understood(name: str) -> None:
    client = LiveClient("alice")
    client.on(name, print)
    assert client.remove_listener(name, print)


def test_a_name_that_means_nothing_is_told_at_once() -> None:
    with pytest.raises(BadInput, match="Did you mean gift"):
        LiveClient("alice").on("giift", print)


def test_a_creator_may_be_typed_in_any_usual_way() -> None:
    assert LiveClient("https://www.tiktok.com/@Alice/live").creator == LiveClient("@alice").creator == "alice"
    with pytest.raises(BadInput):
        LiveClient("@")


async def test_a_removed_handler_hears_nothing_more(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    heard: list[CommentEvent] = []
    client.on(CommentEvent, heard.append)
    async with client:
        room.chat(BOB, "one")
        await client.wait_for(CommentEvent, timeout_s=5)
        assert client.remove_listener("chat", heard.append), "a class and its name are one"
        assert not client.remove_listener(CommentEvent, heard.append)
        room.chat(BOB, "two")
        await client.wait_for(CommentEvent, lambda event: event.text == "two", timeout_s=5)
    assert len(heard) <= 1


async def test_what_has_no_name_here_arrives_as_unknown_with_its_payload(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    heard: list[UnknownEvent] = []
    client.on("unknown", heard.append)
    async with client:
        room.raw("WebcastOfTomorrowMessage", b"\x10\x07")
        room.end()
        await client.finished()
    assert [(event.method, event.payload) for event in heard] == [("WebcastOfTomorrowMessage", b"\x10\x07")]


async def test_what_nobody_listens_for_is_not_decoded_but_the_attributes_are_kept(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    heard: list[CommentEvent] = []
    client.on("comment", heard.append)
    async with client:
        metered = client._way.sources[0] if client._way else None
        assert isinstance(metered, Metered)
        source = metered.source
        assert isinstance(source, WebcastSource)
        room.like(BOB, 2)
        room.raw("WebcastOfTomorrowMessage", b"\x10\x07")
        room.count_viewers(1234)
        room.chat(BOB, "hello")
        room.end()
        await client.finished()
    assert [event.text for event in heard] == ["hello"]
    assert source.skipped == {"WebcastLikeMessage": 1, "WebcastOfTomorrowMessage": 1}
    assert client.viewer_count == 1234


async def test_a_combo_is_counted_once(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    given: list[int] = []
    client.on(GiftEvent, lambda gift: given.append(gift.repeat_count) if gift.is_final else None)
    async with client:
        room.gift(BOB, "Rose", 7)
        room.gift(EVE, "Galaxy")
        room.end()
        await client.finished()
    assert given == [7, 1]


# ---------------------------------------------------------------------------------------------- waiting and iterating


async def test_one_event_can_be_waited_for(sandbox: Sandbox, room: Room) -> None:
    async with client_of(sandbox) as client:
        waiting = asyncio.ensure_future(client.wait_for(LikeEvent, lambda event: event.count > 3, timeout_s=5))
        await asyncio.sleep(0)
        room.like(BOB, 2)
        room.like(BOB, 5)
        assert (await waiting).count == 5


async def test_waiting_ends_by_time_by_the_end_and_by_a_broken_predicate(sandbox: Sandbox, room: Room) -> None:
    async with client_of(sandbox) as client:
        with pytest.raises(TimeoutError):
            await client.wait_for(FollowEvent, timeout_s=0.01)
        broken = asyncio.ensure_future(client.wait_for(CommentEvent, lambda event: event.text / 2))  # type: ignore[operator]
        unheard = asyncio.ensure_future(client.wait_for(FollowEvent))
        await asyncio.sleep(0)
        room.chat(BOB, "hi")
        with pytest.raises(TypeError):
            await broken
        room.end()
        with pytest.raises(ConnectionLost, match="ended before"):
            await unheard


async def test_iteration_starts_the_client_and_ends_with_the_live(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    seen: list[type[Event]] = []
    async for event in client:
        seen.append(type(event))
        if isinstance(event, ConnectedEvent):
            room.chat(BOB, "hi")
            room.end()
    assert seen == [ConnectedEvent, CommentEvent, LiveEndedEvent, DisconnectedEvent]
    assert not client.running


async def test_iteration_over_a_creator_who_is_not_live_says_so(sandbox: Sandbox) -> None:
    sandbox.tiktok.creator("alice")
    with pytest.raises(CreatorOffline):
        async for _ in client_of(sandbox):
            pass


# ---------------------------------------------------------------------------------------------- start and stop


async def test_run_blocks_until_the_live_is_over(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    heard: list[str] = []

    client.on(CommentEvent, lambda event: heard.append(event.text))
    running = asyncio.ensure_future(asyncio.to_thread(client.run))
    while not room.sockets:
        await asyncio.sleep(0.01)
    room.chat(BOB, "hi")
    room.end()
    await running
    assert heard == ["hi"]


async def test_start_returns_with_the_stream_open(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    assert (client.connected, client.connecting, client.running, client.room_id) == (False, False, False, "")
    assert await client.start() == room.id
    assert (client.connected, client.connecting, client.room_id) == (True, False, room.id)
    with pytest.raises(AlreadyConnected, match="another LiveClient"):
        await client.start()
    await client.stop()
    assert (client.connected, client.running, client.room_id) == (False, False, room.id)
    await client.stop()


async def test_a_client_can_be_started_again(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    ear = Ear(client)
    async with client:
        room.chat(BOB, "one")
        await ear.until(lambda: ear.of(CommentEvent))
    async with client:
        room.chat(BOB, "two")
        await ear.until(lambda: len(ear.of(CommentEvent)) == 2)
    assert [event.text for event in ear.of(CommentEvent)] == ["one", "two"], "what is replayed is not news"


async def test_a_client_that_is_started_after_the_end_looks_anew(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    ear = Ear(client)
    async with client:
        room.end()
        await client.finished()
    with pytest.raises(CreatorOffline):
        await client.start()
    second = room.creator.go_live()
    async with client:
        assert client.room_id == second.id
    assert ear.names() == ["Connected", "LiveEnded", "Disconnected", "Connected", "Disconnected"]


@pytest.mark.parametrize("way", ["async", "sync"])
async def test_a_handler_may_stop_the_client(sandbox: Sandbox, room: Room, way: str) -> None:
    client = client_of(sandbox)
    ear = Ear(client)

    async def stop(_: CommentEvent) -> None:
        await client.stop()

    client.on(CommentEvent, stop if way == "async" else lambda _: client.stop())
    await client.start()
    room.chat(BOB, "stop!")
    async with asyncio.timeout(3):
        await client.finished()
    assert ear.names() == ["Connected", "Comment", "Disconnected"]
    assert ear.of(DisconnectedEvent)[0].reason == "the client was stopped"


async def test_who_stops_hears_of_that_and_of_nothing_that_still_waited(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    begun, go_on = asyncio.Event(), asyncio.Event()
    heard: list[str] = []

    @client.on(CommentEvent)
    async def slow(event: CommentEvent) -> None:
        begun.set()
        await go_on.wait()
        heard.append(event.text)

    client.on(DisconnectedEvent, lambda event: heard.append(f"{event.reason}, connected: {client.connected}"))
    await client.start()
    room.chat(BOB, "1")
    await begun.wait()
    room.chat(BOB, "2")
    await client.wait_for(CommentEvent, timeout_s=5)
    stopping = asyncio.ensure_future(client.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert heard == ["1", "the client was stopped, connected: False"]


async def test_stop_while_starting_is_told_to_who_starts(sandbox: Sandbox, room: Room) -> None:
    sandbox.tiktok.faults.delay_s = 0.5
    client = client_of(sandbox)
    starting = asyncio.ensure_future(client.start())
    while not client.connecting:
        await asyncio.sleep(0)
    await client.stop()
    with pytest.raises(ConnectionLost, match="stopped before"):
        await starting


async def test_a_start_that_is_given_up_leaves_nothing_behind(sandbox: Sandbox, room: Room) -> None:
    sandbox.tiktok.faults.delay_s = 0.5
    client = client_of(sandbox)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.start()
    assert not client.running


# ---------------------------------------------------------------------------------------------- why not


@pytest.mark.parametrize(
    ("fault", "value", "kind", "told"),
    [
        ("sign", 401, SignRefused, "set tiktok.sign_api_key"),
        ("sign", 402, SignRefused, "paid plan"),
        ("sign", 429, RateLimited, "allows no more connects"),
        ("sign", 500, SourceError, "trouble of its own"),
        ("sign", "empty", SourceError, "empty answer"),
        ("sign", "no_cookie", SourceError, "no cookie"),
        ("handshake", "DEVICE_BLOCKED", BlockedHandshake, "blocks this device"),
        ("handshake", "", BlockedHandshake, "HTTP 200"),
    ],
)
async def test_each_refusal_has_its_class_and_its_reason(
    sandbox: Sandbox, room: Room, fault: str, value: str | int, kind: type[SourceError], told: str
) -> None:
    sandbox.tiktok.faults.once(fault, value, value, value)
    with pytest.raises(kind, match=told) as caught:
        await client_of(sandbox).start()
    if kind is RateLimited:
        assert caught.value.retry_after_s == sandbox.tiktok.faults.retry_after_s


async def test_offline_unknown_and_unclear_are_three_things(sandbox: Sandbox) -> None:
    sandbox.tiktok.creator("alice")
    with pytest.raises(CreatorOffline):
        await client_of(sandbox).start()
    assert await client_of(sandbox).is_live() is False
    with pytest.raises(CreatorNotFound):
        await client_of(sandbox, "@nobody").is_live()
    sandbox.tiktok.faults.page = sandbox.tiktok.faults.api = "captcha"
    with pytest.raises(Unclear, match="captcha"):
        await client_of(sandbox).is_live()


# ---------------------------------------------------------------------------------------------- what is known


async def test_room_info_and_gifts_are_there_when_asked_for(sandbox: Sandbox, room: Room) -> None:
    room.count_viewers(12)
    async with client_of(sandbox, fetch_room_info=True, fetch_gifts=True) as client:
        info = client.room_info
        assert info is not None
        assert (info.room_id, info.title, info.creator.handle, info.viewers) == (room.id, "Hello", "alice", 12)
        assert info.raw["id_str"] == room.id
        assert client.available_gifts["5655"].name == "Rose"
        assert client.viewer_count == 12
        assert await client.is_live()
    plain = client_of(sandbox)
    async with plain:
        assert plain.room_info is None
        assert not plain.available_gifts
    assert (sandbox.tiktok.asked["room_info"], sandbox.tiktok.asked["gift_list"]) == (1, 1)


async def test_viewers_and_top_viewers_follow_the_room(sandbox: Sandbox, room: Room) -> None:
    async with client_of(sandbox) as client:
        room.gift(EVE, "Galaxy")
        room.count_viewers(31)
        await client.wait_for(ViewersEvent, timeout_s=5)
        assert client.viewer_count == 31
        assert [(top.user.id, top.diamonds) for top in client.top_viewers] == [(EVE.id, 1000)]


async def test_an_age_restricted_room_is_read_without_its_details(
    sandbox: Sandbox, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.tiktok.faults.room_info = "age_restricted"
    async with client_of(sandbox, fetch_room_info=True) as client:
        assert client.connected
        assert client.room_info is None
        assert "age-restricted" in caplog.text
        with pytest.raises(AgeRestricted, match="session cookie"):
            await client.fetch_room_info()
        sandbox.tiktok.faults.room_info = "login"
        with pytest.raises(Unclear, match="account"):
            await client.fetch_room_info()


@pytest.mark.parametrize(("wanted", "expected"), [(True, [("before", True), ("after", False)]), (False, [("after", False)])])
async def test_the_comments_before_us_are_history_or_nothing(
    sandbox: Sandbox, room: Room, wanted: bool, expected: list[tuple[str, bool]]
) -> None:
    room.chat(BOB, "before")
    client = client_of(sandbox, process_initial_data=wanted)
    ear = Ear(client)
    async with client:
        room.chat(BOB, "after")
        await ear.until(lambda: len(ear.of(CommentEvent)) == len(expected))
    assert [(event.text, event.is_history) for event in ear.of(CommentEvent)] == expected


async def test_a_room_id_spares_the_look_up(sandbox: Sandbox, room: Room) -> None:
    async with client_of(sandbox, room_id=room.id) as client:
        assert client.room_id == room.id
    assert sandbox.tiktok.asked["page"] == 0


async def test_what_another_room_says_over_our_socket_is_not_ours(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    ear = Ear(client)
    async with client:
        foreign = messages.chat(EVE, "from next door", creator_id=room.creator.id)
        foreign.base.room_id, foreign.base.message_id = 77, 78
        room.raw("WebcastChatMessage", foreign.SerializeToString())
        room.chat(BOB, "ours")
        await ear.until(lambda: ear.of(CommentEvent))
    assert [event.text for event in ear.of(CommentEvent)] == ["ours"]
