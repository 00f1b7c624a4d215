"""The push connection's rules, told without a socket or a clock."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.webcast.connection import HEARTBEAT_EVERY_S, Connection, State, heartbeat_interval
from bot.tiktok.webcast.frames import Fault
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.wire_builders import ROOM, batch, chat, control, frame


def opened(*, now: float = 0.0, heartbeat_every_s: float = 10.0, silence_s: float = 60.0) -> Connection:
    """A connection that has entered its room."""
    connection = Connection(ROOM, now=now, heartbeat_every_s=heartbeat_every_s, silence_s=silence_s)
    assert kinds(connection.data_to_send()) == ["im_enter_room"]
    return connection


def kinds(sent: list[bytes]) -> list[str]:
    return [pb.PushFrame.FromString(each).payload_type for each in sent]


def texts(connection: Connection) -> list[str]:
    return [
        pb.Chat.FromString(message.payload).content for received in connection.batches_received() for message in received.messages
    ]


def test_it_enters_the_room_right_after_the_open() -> None:
    first = Connection(ROOM, now=0.0).data_to_send()
    assert kinds(first) == ["im_enter_room"]
    assert pb.EnterRoom.FromString(pb.PushFrame.FromString(first[0]).payload).room_id == ROOM


def test_a_visitor_without_a_signature_beats_before_it_enters_and_counts_on() -> None:
    connection = Connection(ROOM, now=0.0, beats_first=True)
    first = connection.data_to_send()
    assert kinds(first) == ["hb", "im_enter_room"]
    connection.handle_timer(HEARTBEAT_EVERY_S)
    beats = [first[0], *connection.data_to_send()]
    assert [pb.Heartbeat.FromString(pb.PushFrame.FromString(each).payload).send_seq for each in beats] == [1, 2]


def test_it_beats_at_the_interval_and_counts_from_one() -> None:
    connection = opened(heartbeat_every_s=10.0)
    assert connection.next_timer() == 10.0
    seqs = []
    for now in (10.0, 20.0, 30.0):
        connection.handle_timer(now)
        (sent,) = connection.data_to_send()
        seqs.append(pb.Heartbeat.FromString(pb.PushFrame.FromString(sent).payload).send_seq)
    assert seqs == [1, 2, 3]


def test_a_timer_that_fires_early_does_nothing() -> None:
    connection = opened()
    connection.handle_timer(9.9)
    assert connection.data_to_send() == []


def test_missed_heartbeats_are_not_made_up_for() -> None:
    connection = opened(heartbeat_every_s=10.0, silence_s=600.0)
    connection.handle_timer(95.0)
    assert kinds(connection.data_to_send()) == ["hb"]
    assert connection.next_timer() == 105.0


def test_an_ack_goes_out_before_its_batch_is_handed_out() -> None:
    connection = opened()
    connection.receive(frame(batch([chat("hi")], need_ack=True, internal_ext=b"ext-9"), log_id=9), now=1.0)
    assert connection.batches_received() == []  # the ack was not taken yet
    (ack,) = [pb.PushFrame.FromString(each) for each in connection.data_to_send()]
    assert (ack.payload_type, ack.log_id, ack.payload) == ("ack", 9, b"ext-9")
    assert texts(connection) == ["hi"]


def test_a_batch_that_wants_no_ack_gets_none() -> None:
    connection = opened()
    connection.receive(frame(batch([chat("hi")])), now=1.0)
    assert connection.data_to_send() == []
    assert texts(connection) == ["hi"]


def test_batches_keep_their_order_and_come_once() -> None:
    connection = opened()
    for number in range(5):
        connection.receive(frame(batch([chat(str(number))], need_ack=True), log_id=number), now=1.0)
    assert [pb.PushFrame.FromString(each).log_id for each in connection.data_to_send()] == [0, 1, 2, 3, 4]
    assert texts(connection) == ["0", "1", "2", "3", "4"]
    assert texts(connection) == []


@pytest.mark.parametrize("action", [3, 4])
def test_the_live_ends_by_the_creator_or_by_tiktok(action: int) -> None:
    connection = opened()
    connection.receive(frame(batch([chat("bye"), control(action)], need_ack=True)), now=1.0)
    assert connection.state is State.ENDED
    assert connection.next_timer() is None
    assert kinds(connection.data_to_send()) == ["ack"]
    assert len(connection.batches_received()[0].messages) == 2  # the last words are delivered


@pytest.mark.parametrize("action", [1, 2, 7])
def test_a_pause_does_not_end_the_live(action: int) -> None:
    connection = opened()
    connection.receive(frame(batch([control(action)])), now=1.0)
    assert connection.is_open


def test_the_end_of_another_room_is_not_ours() -> None:
    connection = opened()
    connection.receive(frame(batch([control(3, room_id=ROOM + 1)])), now=1.0)
    assert connection.is_open


def test_an_end_that_names_no_room_is_ours() -> None:
    connection = opened()
    connection.receive(frame(batch([control(3, room_id=0)])), now=1.0)
    assert connection.state is State.ENDED


def test_a_minute_of_silence_is_a_lost_connection() -> None:
    connection = opened(silence_s=60.0, heartbeat_every_s=50.0)
    connection.receive(frame(b"", payload_type="hb"), now=30.0)
    connection.handle_timer(89.9)
    assert connection.is_open
    assert connection.next_timer() == 90.0
    connection.handle_timer(90.0)
    assert connection.state is State.LOST
    assert connection.next_timer() is None


def test_silence_while_we_did_not_read_says_nothing() -> None:
    connection = opened(silence_s=60.0)
    connection.not_reading(100.0)
    connection.handle_timer(101.0)
    assert connection.is_open


def test_nothing_is_due_after_the_end() -> None:
    connection = opened()
    connection.receive(frame(batch([control(3)])), now=1.0)
    connection.handle_timer(1000.0)
    assert (connection.state, connection.data_to_send()) == (State.ENDED, [])


MALFORMED = {
    Fault.TEXT: "hello",
    Fault.NOT_A_FRAME: frame(batch([chat("hi")]))[:-1],
    Fault.BAD_GZIP: frame(gzip.compress(batch([chat("hi")]), mtime=0)[:-9], compressed=False),
    Fault.NOT_A_BATCH: frame(b"\xff" * 12),
    Fault.WRONG_WIRE_TYPE: frame(b"\x08\x01"),
}


@pytest.mark.parametrize(("fault", "data"), MALFORMED.items())
def test_a_malformed_frame_is_counted_by_kind_and_the_next_one_is_read(fault: Fault, data: bytes | str) -> None:
    connection = opened()
    connection.receive(data, now=1.0)
    connection.receive(frame(batch([chat("still here")])), now=2.0)
    connection.data_to_send()
    assert connection.faults == {fault: 1}
    assert texts(connection) == ["still here"]


def test_a_gzip_bomb_is_counted_and_survived() -> None:
    connection = Connection(ROOM, now=0.0, most_batch_bytes=1000)
    connection.receive(frame(b"\0" * 1_000_000), now=1.0)
    assert (connection.faults, connection.is_open) == ({Fault.TOO_LARGE: 1}, True)


@given(data=st.one_of(st.text(max_size=50), st.binary(max_size=300)))
def test_nothing_that_arrives_raises(data: bytes | str) -> None:
    connection = opened()
    connection.receive(data, now=1.0)
    connection.data_to_send()
    connection.batches_received()
    assert connection.is_open


@given(cut=st.integers(min_value=0, max_value=400), flipped=st.integers(min_value=0, max_value=400), compressed=st.booleans())
def test_a_real_frame_cut_or_flipped_anywhere_raises_nothing(cut: int, flipped: int, compressed: bool) -> None:
    data = bytearray(frame(batch([chat("hello" * 20), control(1)], need_ack=True), compressed=compressed))
    data[flipped % len(data)] ^= 0x15
    connection = opened()
    connection.receive(bytes(data[: len(data) - cut % len(data)]), now=1.0)
    connection.data_to_send()
    connection.batches_received()


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ("ping-interval=5", 5.0),
        ("ping-interval=0.4; path=/", 0.4),
        ("a=b; Ping-Interval = 7 ;", 7.0),
        ("", HEARTBEAT_EVERY_S),
        ("ping-interval=soon", HEARTBEAT_EVERY_S),
        ("ping-interval=0", HEARTBEAT_EVERY_S),
        ("ping-interval=-3", HEARTBEAT_EVERY_S),
        ("ping-interval=nan", HEARTBEAT_EVERY_S),
        ("ping-interval=86400", HEARTBEAT_EVERY_S),
    ],
)
def test_the_handshake_names_the_interval_unless_it_makes_no_sense(options: str, seconds: float) -> None:
    assert heartbeat_interval(options) == seconds
