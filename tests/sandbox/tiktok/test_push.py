"""The push socket, seen by a client that shares no code with it."""

from __future__ import annotations

import asyncio

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from sandbox.app import Sandbox
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.server import TikTok
from sandbox.tiktok.world import KEPT_MESSAGES
from tests.sandbox.tiktok.watcher import BOB, BROWSER, EVE, address, get, sign, violation, watching

HOSTILE = "@everyone ```\n[a](https://evil.example)\u202e ||x|| \x07 <@1>"


async def test_a_viewer_sees_everything_that_happens_in_order_and_breaks_no_rule(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        said = room.chat(BOB, HOSTILE)
        room.gift(BOB, "Rose", 3)
        room.follow(EVE)
        room.share(EVE)
        room.like(EVE, 20)
        room.join(EVE)
        room.count_viewers()
        room.delete(message_ids=[said])
        await viewer.beat()
        await viewer.answered("hb")
        await viewer.received(12)
        assert viewer.methods == [
            "ChatMessage",
            *["GiftMessage"] * 4,
            *["SocialMessage"] * 2,
            *["LikeMessage"] * 2,
            "MemberMessage",
            "RoomUserSeqMessage",
            "ImDeleteMessage",
        ]
        assert viewer.texts == [HOSTILE]
        assert str(viewer.messages[0].message_id) == said
        assert room.sockets == room.connects == 1
    assert tiktok.violations == []


@pytest.mark.parametrize("compress", ["gzip", ""])
async def test_batches_are_gzipped_exactly_when_asked(sandbox: Sandbox, tiktok: TikTok, compress: str) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room, compress=compress) as viewer:
        room.chat(BOB, "hello")
        await viewer.received(1)
    assert viewer.frames[0][0].payload.startswith(b"\x1f\x8b") is (compress == "gzip")
    assert viewer.texts == ["hello"]


async def test_what_was_said_before_is_backlog_and_what_was_said_while_connecting_is_not_lost(
    sandbox: Sandbox, tiktok: TikTok
) -> None:
    room = tiktok.creator("alice").go_live()
    for number in range(8):
        room.chat(BOB, f"before {number}")
    async with watching(sandbox, room, enter=False) as viewer:
        room.chat(BOB, "meanwhile")
        await viewer.enter()
        await viewer.received(1)
    backlog = [pb.Chat.FromString(message.payload).content for message in viewer.signed.messages]
    assert backlog == [f"before {number}" for number in range(2, 8)]
    assert all(message.is_history for message in viewer.signed.messages)
    assert viewer.texts == ["meanwhile"]
    assert not viewer.messages[0].is_history


async def test_a_burst_is_a_few_full_frames(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        for number in range(120):
            room.chat(BOB, str(number))
        await viewer.received(120)
    assert [len(result.messages) for _, result in viewer.frames] == [50, 50, 20]
    assert viewer.texts == [str(number) for number in range(120)]
    assert len({result.internal_ext for _, result in viewer.frames}) == 3


async def test_messages_are_gathered_for_as_long_as_a_batch_takes(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.batch_s = 0.1
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        for number in range(4):
            room.chat(BOB, str(number))
            await asyncio.sleep(0)
        await viewer.received(4)
    assert len(viewer.frames) == 1


async def test_a_heartbeat_comes_back_as_it_was_sent(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        await viewer.beat(1)
        echoed = pb.Heartbeat.FromString((await viewer.answered("hb")).payload)
    assert (str(echoed.room_id), echoed.send_seq) == (room.id, 1)


async def test_a_websocket_ping_is_never_answered(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        pong = await viewer.socket.ping()
        # Whatever the server does with a ping is done before it looks at the heartbeat behind it.
        await viewer.beat()
        await viewer.answered("hb")
        assert isinstance(pong, asyncio.Future)
        assert not pong.done()
        pong.cancel()
    assert "ping" in tiktok.violations[0]


async def test_the_heartbeat_interval_is_told_in_the_handshake(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.ping_interval_s = 0.4
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        response = viewer.socket.response
        assert response is not None
        assert "ping-interval=0.4;" in response.headers["Handshake-Options"]
        assert viewer.socket.subprotocol == "echo-protocol"


async def test_the_end_of_the_live_is_told_and_then_the_socket_closes(sandbox: Sandbox, tiktok: TikTok) -> None:
    alice = tiktok.creator("alice")
    room = alice.go_live()
    async with watching(sandbox, room) as viewer:
        room.chat(BOB, "bye")
        room.end()
        await viewer.closed()
    assert viewer.methods == ["ChatMessage", "ControlMessage"]
    assert pb.Control.FromString(viewer.messages[-1].payload).action == 3
    assert viewer.close_code == 1000
    assert alice.room is None
    assert room.sockets == 0
    assert tiktok.violations == []


async def test_a_live_can_end_without_a_word(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        room.end(announced=False)
        await viewer.closed()
    assert viewer.methods == []


async def test_a_cut_is_no_goodbye(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        room.cut()
        await viewer.closed()
    assert viewer.close_code == 1006
    async with watching(sandbox, room):
        assert (room.sockets, room.connects) == (1, 2)


async def test_raw_frames_keep_their_place_among_the_messages(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        room.chat(BOB, "one")
        room.raw_frame(b"junk \x00\xff")
        room.chat(BOB, "two")
        await viewer.received(2)
    arrived = [data for data in viewer.raw if data.startswith(b"junk") or b"WebcastChat" in data or b"gzip" in data]
    assert [data.startswith(b"junk") for data in arrived] == [False, True, False]


async def test_entering_another_room_switches_the_socket_to_it(sandbox: Sandbox, tiktok: TikTok) -> None:
    first, second = tiktok.creator("alice").go_live(), tiktok.creator("bob").go_live()
    second.chat(EVE, "earlier")
    async with watching(sandbox, first) as viewer:
        await viewer.enter(second)
        await viewer.received(1)
        assert (first.sockets, second.sockets) == (0, 1)
        first.chat(EVE, "not for you")
        second.chat(EVE, "for you")
        await viewer.received(2)
    assert viewer.texts == ["earlier", "for you"]
    assert viewer.frames[0][1].is_first
    assert viewer.messages[0].is_history


# ---------------------------------------------------------------------------------------------- misbehaviour


@pytest.mark.parametrize(
    ("payload_type", "payload", "complaint"),
    [
        ("ack", b"anything", "an ack for log_id 77"),
        ("hb", pb.Heartbeat(room_id=5, send_seq=1).SerializeToString(), "a heartbeat for room 5"),
        ("hb", b"\xff\xff", "not what it should be"),
        ("im_enter_room", pb.EnterRoom(room_id=5, live_id=12, identity="audience").SerializeToString(), "does not exist"),
        ("im_enter_room", pb.EnterRoom(room_id=5, live_id=1, identity="host").SerializeToString(), "identity 'host'"),
        ("hello", b"", "payload type 'hello'"),
    ],
)
async def test_a_wrong_frame_is_written_down(
    sandbox: Sandbox, tiktok: TikTok, payload_type: str, payload: bytes, complaint: str
) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        await viewer.send(payload_type, payload, log_id=77)
        assert room.id in await violation(sandbox, complaint)


async def test_an_ack_must_repeat_what_its_frame_asked_for(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room, acks=False) as viewer:
        room.chat(BOB, "hello")
        await viewer.received(1)
        await viewer.send("ack", b"-", log_id=viewer.frames[0][0].log_id)
        await violation(sandbox, "an ack with internal_ext b'-'")


async def test_a_heartbeat_out_of_order_is_written_down(sandbox: Sandbox, tiktok: TikTok) -> None:
    async with watching(sandbox, tiktok.creator("alice").go_live()) as viewer:
        await viewer.beat(1)
        await viewer.beat(3)
        await violation(sandbox, "heartbeat number 3 after number 1")


async def test_text_and_noise_are_written_down_and_change_nothing(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        await viewer.socket.send("hello?")
        await viewer.socket.send(b"\xff\xff\xff")
        await viewer.send("hb", b"", encoding="json")
        await violation(sandbox, "text message: 'hello?'")
        await violation(sandbox, "3 bytes is no push frame")
        await violation(sandbox, "payload_encoding of 'hb' is 'json'")
        room.chat(BOB, "still there")
        await viewer.received(1)


async def test_a_client_that_never_acks_is_closed(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.ack_within_s = 0.1
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room, acks=False) as viewer:
        room.chat(BOB, "hello")
        await viewer.closed()
    assert "for its ack" in tiktok.violations[0]
    assert room.sockets == 0


async def test_a_client_with_too_many_open_acks_is_closed(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.unacked_most = 2
    tiktok.limits.batch_most = 1
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room, acks=False) as viewer:
        for number in range(4):
            room.chat(BOB, str(number))
        await viewer.closed()
    assert "4 frames wait for their ack" in tiktok.violations[0]


async def test_a_client_without_a_heartbeat_is_closed(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.ping_interval_s = 0.05
    async with watching(sandbox, tiktok.creator("alice").go_live()) as viewer:
        await viewer.closed()
    assert "no heartbeat for" in tiktok.violations[0]


async def test_a_client_that_enters_no_room_is_closed(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.enter_within_s = 0.1
    async with watching(sandbox, tiktok.creator("alice").go_live(), enter=False) as viewer:
        await viewer.closed()
    assert "no im_enter_room" in tiktok.violations[0]


async def test_a_client_that_does_not_read_is_cut_off(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.limits.send_within_s = 0.1
    room = tiktok.creator("alice").go_live()
    signed, cookie = await sign(sandbox, room)
    async with websockets.connect(
        address(signed, room), additional_headers={"Cookie": cookie}, user_agent_header=BROWSER, ping_interval=None, max_queue=1
    ) as socket:
        # Its own end would wait for the close that lies behind all the unread frames.
        socket.close_timeout = 0.1
        enter = pb.EnterRoom(room_id=int(room.id), live_id=12, identity="audience").SerializeToString()
        await socket.send(pb.PushFrame(payload_encoding="pb", payload_type="im_enter_room", payload=enter).SerializeToString())
        for _ in range(32):
            room.raw_frame(bytes(500_000))
        assert room.id in await violation(sandbox, "the client did not read for 0.1 s")
    assert room.sockets == 0


async def test_a_client_that_falls_too_far_behind_is_cut_off(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        for _ in range(KEPT_MESSAGES + 1):
            room.raw("WebcastRankUpdateMessage", b"")
        await viewer.closed()
    assert viewer.close_code == 1006
    assert "behind" in tiktok.violations[0]


# ---------------------------------------------------------------------------------------------- refusals


async def refused(url: str, *, agent: str | None = BROWSER, cookie: str = "") -> tuple[int, str | None]:
    """Try to open the socket: the HTTP status of the refusal and its Handshake-Msg."""
    with pytest.raises(InvalidStatus) as caught:
        await websockets.connect(
            url, additional_headers={"Cookie": cookie}, user_agent_header=agent, ping_interval=None, open_timeout=5
        )
    return caught.value.response.status_code, caught.value.response.headers.get("Handshake-Msg")


async def test_who_shows_no_user_agent_or_no_cookie_is_a_blocked_device(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    signed, cookie = await sign(sandbox, room)
    assert await refused(address(signed, room), agent=None, cookie=cookie) == (415, "DEVICE_BLOCKED")
    assert await refused(address(signed, room)) == (415, "DEVICE_BLOCKED")
    assert len(tiktok.violations) == 2


async def test_route_parameters_must_come_back_as_they_were(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    signed, cookie = await sign(sandbox, room)
    unescaped = "&".join(f"{name}={value}".replace(" ", "%20") for name, value in signed.route_params.items())
    url = f"{signed.push_server}?{unescaped}&aid=1988&room_id={room.id}"
    assert await refused(url, cookie=cookie) == (400, "illegal app_id")


async def test_a_signature_opens_one_socket_and_no_second(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    signed, cookie = await sign(sandbox, room)
    async with websockets.connect(
        address(signed, room), additional_headers={"Cookie": cookie}, user_agent_header=BROWSER, ping_interval=None
    ):
        assert await refused(address(signed, room), cookie=cookie) == (200, "illegal secret key")


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("DEVICE_BLOCKED", (415, "DEVICE_BLOCKED")),
        ("illegal secret key", (200, "illegal secret key")),
        ("illegal app_id", (400, "illegal app_id")),
        ("", (200, None)),
    ],
)
async def test_a_refusal_can_be_asked_for_and_is_nobodys_fault(
    sandbox: Sandbox, tiktok: TikTok, fault: str, answer: tuple[int, str | None]
) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.faults.once("handshake", fault)
    signed, cookie = await sign(sandbox, room)
    assert await refused(address(signed, room), cookie=cookie) == answer
    assert tiktok.violations == []
    async with watching(sandbox, room):
        assert room.sockets == 1


async def test_the_sandbox_ends_while_sockets_are_open() -> None:
    async with Sandbox() as sandbox:
        room = sandbox.tiktok.creator("alice").go_live()
        signed, cookie = await sign(sandbox, room)
        socket = await websockets.connect(
            address(signed, room), additional_headers={"Cookie": cookie}, user_agent_header=BROWSER, ping_interval=None
        )
        assert (await get(sandbox, "/@alice/live"))[0] == 200
    await socket.wait_closed()
    assert sandbox.tiktok.sockets == 0
