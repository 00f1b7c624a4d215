"""The native source over real sockets: what it sends, what it yields, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest

from bot.errors import ConnectionLost, ConnectionRefused
from bot.events import CommentEvent, ConnectedEvent, Event, LiveEndedEvent, UnknownEvent
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast.frames import Fault
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from bot.tiktok.webcast.socket import WebcastSource
from tests.bot.tiktok.webcast.stand_in import PushSide, StandIn, reply, standing_in
from tests.bot.tiktok.webcast.wire_builders import ROOM, batch, chat, control, frame

ALICE_LIVE = Room(RoomId(str(ROOM)), Handle("alice"))


@pytest.fixture
async def tiktok() -> AsyncIterator[StandIn]:
    async with standing_in() as stand_in:
        stand_in.sign = stand_in.signed()
        yield stand_in


@contextlib.asynccontextmanager
async def source_of(tiktok: StandIn, *, silence_s: float = 60.0) -> AsyncIterator[WebcastSource]:
    async with aiohttp.ClientSession() as http:
        yield WebcastSource(http, sign_base=tiktok.url, sign_api_key="k", silence_s=silence_s)


async def watch(source: WebcastSource, *, into: list[Sequence[Event]] | None = None) -> list[Sequence[Event]]:
    """Every batch until the end; `into` keeps them when the end is an error."""
    batches = [] if into is None else into
    async with contextlib.aclosing(source.events(ALICE_LIVE)) as arriving:
        async for each in arriving:
            batches.append(each)
    return batches


def texts(batches: list[Sequence[Event]]) -> list[str]:
    return [event.text for each in batches for event in each if isinstance(event, CommentEvent)]


async def end(push: PushSide) -> None:
    await push.send(frame(batch([control(3)], need_ack=True), log_id=99))
    await push.until("ack")


async def test_what_nobody_wants_is_not_decoded_but_counted_and_the_end_is_seen_all_the_same(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        broken = pb.BatchMessage(method="WebcastLikeMessage", payload=b"\xff", message_id=9)
        await push.send(frame(batch([broken, chat("one", message_id=2), broken])))
        await end(push)

    tiktok.script = live
    async with aiohttp.ClientSession() as http:
        source = WebcastSource(http, sign_base=tiktok.url, sign_api_key="k", wanted={"WebcastChatMessage"}.__contains__)
        batches = await watch(source)
    assert [event.type for each in batches for event in each] == ["connected", "chat"]
    assert source.skipped == {"WebcastLikeMessage": 2, "WebcastControlMessage": 1}
    assert source.faults == {}


async def test_a_live_is_followed_from_its_backlog_to_its_end(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        await push.until("im_enter_room")
        await push.send(frame(batch([chat("one", message_id=2), chat("two", message_id=3)])))
        await push.send(frame(batch([chat("three", message_id=4)]), compressed=False))
        await end(push)

    tiktok.sign, tiktok.script = tiktok.signed(chat("earlier")), live
    async with source_of(tiktok) as source:
        batches = await watch(source)
    opening = batches[0][0]
    assert isinstance(opening, ConnectedEvent)
    assert (opening.source, opening.room_id, opening.creator) == ("webcast", str(ROOM), "alice")
    assert texts(batches) == ["earlier", "one", "two", "three"]
    assert [event.is_history for each in batches for event in each if isinstance(event, CommentEvent)] == [
        True,
        False,
        False,
        False,
    ]
    assert [len(each) for each in batches] == [2, 2, 1, 1]
    assert isinstance(batches[-1][0], LiveEndedEvent)
    assert source.faults == {}


async def test_it_comes_as_the_browser_that_was_signed_with_the_signers_cookie(tiktok: StandIn) -> None:
    tiktok.script = end
    async with source_of(tiktok) as source:
        await watch(source)
    sign, push = tiktok.requests
    assert push.headers["User-Agent"] == sign.query["user_agent"]
    assert "ttwid=tt1" in push.headers["Cookie"]
    assert push.headers["Sec-WebSocket-Protocol"] == "echo-protocol"
    assert "Sec-WebSocket-Extensions" not in push.headers
    assert push.query.getall("version_code") == ["180800", "270000"]
    assert push.query["imprp"] == "a b&c"


async def test_it_enters_the_room_then_beats_as_often_as_the_handshake_asks(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        await push.until("hb", count=2)
        await end(push)

    tiktok.handshake_options, tiktok.script = "ping-interval=0.05; path=/", live
    async with source_of(tiktok) as source:
        await watch(source)
    (push,) = tiktok.pushes
    assert [each.payload_type for each in push.received][:3] == ["im_enter_room", "hb", "hb"]
    beats = [pb.Heartbeat.FromString(each.payload) for each in push.received if each.payload_type == "hb"]
    assert [(each.room_id, each.send_seq) for each in beats] == [(ROOM, number + 1) for number in range(len(beats))]


async def test_acks_and_heartbeats_go_out_while_the_reader_is_busy(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        await push.send(frame(batch([chat("one")], need_ack=True, internal_ext=b"e7"), log_id=7))
        await push.until("ack")
        await push.until("hb", count=2)
        await end(push)

    tiktok.handshake_options, tiktok.script = "ping-interval=0.05", live
    async with source_of(tiktok) as source, contextlib.aclosing(source.events(ALICE_LIVE)) as batches:
        assert isinstance((await anext(batches))[0], ConnectedEvent)
        async with asyncio.timeout(5):
            await tiktok.finished.wait()  # the server got its acks and beats; nobody took a batch meanwhile
        assert texts([each async for each in batches]) == ["one"]
    acks = [each for each in tiktok.pushes[0].received if each.payload_type == "ack"]
    assert (acks[0].log_id, acks[0].payload) == (7, b"e7")


async def test_what_was_sent_before_a_close_is_not_lost(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        for number in range(50):
            await push.send(frame(batch([chat(str(number), message_id=number + 1)], need_ack=True)))
        await push.socket.close(code=1000)

    tiktok.script = live
    seen: list[Sequence[Event]] = []
    async with source_of(tiktok) as source:
        with pytest.raises(ConnectionLost, match="TikTok closed the push socket"):
            await watch(source, into=seen)
    assert texts(seen) == [str(number) for number in range(50)]


async def test_a_connection_that_breaks_off_is_lost(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        await push.send(frame(batch([chat("one")])))
        await push.until("im_enter_room")
        transport = tiktok.requests[-1].transport
        assert transport is not None
        transport.abort()

    tiktok.script = live
    async with source_of(tiktok) as source:
        with pytest.raises(ConnectionLost):
            await watch(source)


async def test_silence_is_a_lost_connection(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        with contextlib.suppress(AssertionError):
            await push.until("never")

    tiktok.script = live
    async with source_of(tiktok, silence_s=0.2) as source:
        with pytest.raises(ConnectionLost, match="fell silent"):
            await watch(source)


async def test_malformed_frames_are_counted_and_the_live_goes_on(tiktok: StandIn) -> None:
    bad_chat = pb.BatchMessage(method="WebcastChatMessage", payload=b"\xff\xff", message_id=44)

    async def live(push: PushSide) -> None:
        await push.socket.send_str("hello")
        await push.send(b"\xff" * 10)
        await push.send(frame(b"plain", compressed=True)[:-4])
        await push.send(frame(batch([bad_chat, chat("fine")])))
        await end(push)

    tiktok.script = live
    async with source_of(tiktok) as source:
        batches = await watch(source)
    assert texts(batches) == ["fine"]
    assert source.faults == {Fault.TEXT: 1, Fault.NOT_A_FRAME: 2, Fault.UNDECODABLE_MESSAGE: 1}
    (kept,) = [event for each in batches for event in each if isinstance(event, UnknownEvent)]
    assert (kept.method, kept.payload, kept.message_id) == ("WebcastChatMessage", b"\xff\xff", "44")


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (415, "DEVICE_BLOCKED", "DEVICE_BLOCKED (it blocks this device, address or User-Agent; status 415)"),
        (200, "illegal secret key", "illegal secret key (the signature is stale"),
        (400, "something new", "something new (no meaning known"),
        (200, "", "refused the connection (HTTP 200)"),
    ],
)
async def test_a_refused_handshake_is_told_with_tiktoks_word_for_it(
    tiktok: StandIn, status: int, message: str, reason: str
) -> None:
    headers = {"Handshake_Msg": message, "Handshake_Status": str(status)} if message else {}
    tiktok.handshake = reply("", status=status, **headers)
    async with source_of(tiktok) as source:
        with pytest.raises(ConnectionRefused) as caught:
            await watch(source)
    assert reason in caught.value.reason


async def test_a_push_server_that_cannot_be_reached_is_a_refusal(tiktok: StandIn) -> None:
    result = pb.FetchResult(cursor="c", push_server="ws://127.0.0.1:1/", route_params={"a": "b"})
    tiktok.sign = reply(result.SerializeToString(), X_Set_TT_Cookie="ttwid=1")
    async with source_of(tiktok) as source:
        with pytest.raises(ConnectionRefused, match="push server cannot be used"):
            await watch(source)


async def test_each_attempt_is_signed_anew(tiktok: StandIn) -> None:
    tiktok.script = end
    async with source_of(tiktok) as source:
        await watch(source)
        await watch(source)
    assert tiktok.paths() == ["/webcast/fetch", "/webcast/im/push/"] * 2


async def test_leaving_early_closes_the_socket(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        await push.send(frame(batch([chat("one")])))
        with contextlib.suppress(AssertionError):
            await push.until("never")

    tiktok.script = live
    async with source_of(tiktok) as source:
        async with contextlib.aclosing(source.events(ALICE_LIVE)) as batches:
            async for each in batches:
                if texts([each]):
                    break
        async with asyncio.timeout(5):
            await tiktok.finished.wait()
    assert tiktok.pushes[0].socket.close_code == 1000


async def test_a_cancelled_reader_closes_the_socket(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        with contextlib.suppress(AssertionError):
            await push.until("never")

    tiktok.script = live
    async with source_of(tiktok) as source:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await watch(source)
        async with asyncio.timeout(5):
            await tiktok.finished.wait()


async def test_the_room_that_the_signer_names_is_entered(tiktok: StandIn) -> None:
    async def live(push: PushSide) -> None:
        await push.send(frame(batch([control(3, room_id=4242)], need_ack=True)))
        await push.until("ack")

    tiktok.sign, tiktok.script = tiktok.signed(X_Room_Id="4242"), live
    async with source_of(tiktok) as source:
        batches = await watch(source)
    assert batches[0][0].room_id == "4242"
    assert pb.EnterRoom.FromString(tiktok.pushes[0].received[0].payload).room_id == 4242


async def test_a_room_id_that_is_none_is_refused_before_connecting(tiktok: StandIn) -> None:
    tiktok.sign = tiktok.signed(X_Room_Id="nonsense")
    async with source_of(tiktok) as source:
        with pytest.raises(ConnectionRefused, match="is not a room id"):
            await watch(source)
    assert tiktok.paths() == ["/webcast/fetch"]


async def test_neither_key_nor_cookie_is_ever_logged(tiktok: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tiktok.script = end
    async with aiohttp.ClientSession() as http:
        await watch(WebcastSource(http, sign_base=tiktok.url, sign_api_key="super-secret"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert not any("super-secret" in line or "ttwid" in line for line in ours)
