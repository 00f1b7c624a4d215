"""Push frames survive the round trip, and nothing else gets through."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.webcast import frames
from bot.tiktok.webcast.frames import Fault, MalformedFrame
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.wire_builders import ROOM, batch, chat, frame

numbers = st.integers(min_value=0, max_value=2**63 - 1)


@pytest.mark.parametrize("inner", [b"\x0a\x00", b"\x2a\x00"])
def test_millions_of_empty_fields_are_refused_before_they_are_parsed(inner: bytes) -> None:
    assert fault_of(frame(inner * 2_000_000)) is Fault.TOO_LARGE


def test_a_batch_of_too_many_messages_is_refused() -> None:
    assert len(frames.read_batch(b"\x0a\x00" * frames.MOST_MESSAGES).messages) == frames.MOST_MESSAGES
    assert fault_of(frame(b"\x0a\x00" * (frames.MOST_MESSAGES + 1))) is Fault.TOO_LARGE


def fault_of(data: bytes, *, most_bytes: int = frames.MOST_BATCH_BYTES) -> Fault:
    with pytest.raises(MalformedFrame) as caught:
        frames.read_batch(frames.read_frame(data, most_bytes=most_bytes).payload)
    return caught.value.fault


@given(texts=st.lists(st.text(max_size=40), max_size=5), log_id=numbers, compressed=st.booleans())
def test_a_batch_comes_out_as_it_went_in(texts: list[str], log_id: int, compressed: bool) -> None:
    sent = [chat(text, message_id=number) for number, text in enumerate(texts, start=1)]
    received = frames.read_frame(frame(batch(sent, need_ack=True), log_id=log_id, compressed=compressed))
    got = frames.read_batch(received.payload)
    assert (received.payload_type, received.log_id, got.need_ack, got.internal_ext) == ("msg", log_id, True, b"ext")
    assert [(each.method, each.payload, each.message_id) for each in got.messages] == [
        (each.method, each.payload, each.message_id) for each in sent
    ]


def test_a_signed_fetch_tells_the_push_server_with_its_parameters_and_a_frame_tells_neither() -> None:
    signed = pb.FetchResult(cursor="c", push_server="wss://push.example/", route_params={"a": "1", "b": ""})
    got = frames.read_batch(signed.SerializeToString())
    assert (got.cursor, got.push_server, got.route_params) == ("c", "wss://push.example/", {"a": "1", "b": ""})
    pushed = frames.read_batch(batch([chat("hi")]))
    assert (pushed.push_server, pushed.route_params) == ("", {})


@given(room_id=numbers, seq=numbers)
def test_what_we_send_reads_as_what_we_meant(room_id: int, seq: int) -> None:
    entry = frames.read_frame(frames.enter_room(room_id))
    assert entry.payload_type == "im_enter_room"
    entered = pb.EnterRoom.FromString(entry.payload)
    assert (entered.room_id, entered.live_id, entered.identity) == (room_id, 12, "audience")
    beat = frames.read_frame(frames.heartbeat(room_id, seq))
    assert beat.payload_type == "hb"
    assert pb.Heartbeat.FromString(beat.payload) == pb.Heartbeat(room_id=room_id, send_seq=seq)


@given(log_id=numbers, internal_ext=st.binary(min_size=1, max_size=100))
def test_an_ack_returns_log_id_and_internal_ext_untouched(log_id: int, internal_ext: bytes) -> None:
    sent = pb.PushFrame.FromString(frames.ack(log_id, internal_ext))
    assert (sent.payload_type, sent.payload_encoding, sent.log_id, sent.payload) == ("ack", "pb", log_id, internal_ext)


def test_gzip_is_recognised_without_its_header() -> None:
    unmarked = pb.PushFrame(payload_type="msg", payload=gzip.compress(batch([chat("hi")]), mtime=0))
    assert len(frames.read_batch(frames.read_frame(unmarked.SerializeToString()).payload).messages) == 1


@given(data=st.binary(max_size=200))
def test_random_bytes_are_malformed_or_a_frame_but_never_another_error(data: bytes) -> None:
    with contextlib.suppress(MalformedFrame):
        frames.read_batch(frames.read_frame(data).payload)


@pytest.mark.parametrize("compressed", [True, False])
def test_every_prefix_of_a_real_frame_is_malformed_or_whole(compressed: bool) -> None:
    whole = frame(batch([chat("hello"), chat("world", message_id=2)], need_ack=True), compressed=compressed)
    for length in range(len(whole)):
        with contextlib.suppress(MalformedFrame):
            frames.read_batch(frames.read_frame(whole[:length]).payload)


def test_a_truncated_frame_is_no_frame() -> None:
    assert fault_of(frame(batch([chat("hi")]))[:-3]) is Fault.NOT_A_FRAME


def test_gzip_that_is_cut_short_or_damaged_or_absent_is_bad_gzip() -> None:
    packed = gzip.compress(batch([chat("hi" * 100)]), mtime=0)
    for body in (packed[:-9], packed[:20] + b"\0\0\0" + packed[23:], b"plain"):
        headers = [pb.PushHeader(key="compress_type", value="gzip")]
        data = pb.PushFrame(payload_type="msg", payload=body, headers=headers).SerializeToString()
        assert fault_of(data) is Fault.BAD_GZIP


def gunzipped(data: bytes, most_bytes: int) -> bytes | Fault:
    """What zlib alone makes of it."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(data, most_bytes + 1)
    except zlib.error:
        return Fault.BAD_GZIP
    if len(plain) > most_bytes:
        return Fault.TOO_LARGE
    return plain if inflater.eof else Fault.BAD_GZIP


@given(
    plain=st.binary(max_size=300),
    end=st.integers(0, 12),
    flip=st.none() | st.tuples(st.integers(0, 400), st.integers(1, 255)),
    tail=st.binary(max_size=5),
    says=st.none() | st.integers(0, 400),
    most_bytes=st.integers(0, 300),
)
def test_whoever_inflates_the_answer_is_that_of_zlib(
    plain: bytes, end: int, flip: tuple[int, int] | None, tail: bytes, says: int | None, most_bytes: int
) -> None:
    data = bytearray(gzip.compress(plain, mtime=0))
    if says is not None:
        data[-4:] = says.to_bytes(4, "little")
    if flip is not None:
        data[flip[0] % len(data)] ^= flip[1]
    sent = bytes(data[: len(data) - end]) + tail
    try:
        answer: bytes | Fault = frames._inflate(sent, most_bytes)
    except MalformedFrame as error:
        answer = error.fault
    assert answer == gunzipped(sent, most_bytes)


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    bomb = zlib.compress(b"\0" * 10_000_000, wbits=31)
    assert len(bomb) < 20_000
    data = pb.PushFrame(payload_type="msg", payload=bomb).SerializeToString()
    assert fault_of(data, most_bytes=100_000) is Fault.TOO_LARGE


def test_a_gzip_bomb_is_never_held_whole() -> None:
    bomb = zlib.compress(b"\0" * 30_000_000, wbits=31)
    data = pb.PushFrame(payload_type="msg", payload=bomb).SerializeToString()
    tracemalloc.start()
    try:
        assert fault_of(data, most_bytes=100_000) is Fault.TOO_LARGE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


def test_a_batch_of_exactly_the_limit_passes() -> None:
    plain = batch([chat("hi")])
    assert frames.read_frame(frame(plain), most_bytes=len(plain)).payload == plain


def test_a_payload_that_is_no_batch_is_told_apart_from_a_frame_that_is_none() -> None:
    assert fault_of(frame(b"\xff\xff\xff\xff")) is Fault.NOT_A_BATCH


@pytest.mark.parametrize(
    "data",
    [
        b"\x38\x01" + b"\x42\x02hi",  # payload_type as a number
        b"\x3a\x03msg" + b"\x40\x07",  # payload as a number
        frame(b"\x08\x01"),  # the batch's messages as a number
    ],
)
def test_declared_fields_of_a_wrong_wire_type_are_noticed(data: bytes) -> None:
    assert fault_of(data) is Fault.WRONG_WIRE_TYPE


def test_an_empty_frame_is_no_frame() -> None:
    assert fault_of(b"") is Fault.NOT_A_FRAME


def test_the_room_in_a_heartbeat_is_the_room() -> None:
    assert pb.Heartbeat.FromString(frames.read_frame(frames.heartbeat(ROOM, 3)).payload).room_id == ROOM
