"""Everything of ours that reads bytes of others, each with what it may raise. Anything else that leaves it is a crash."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from bot.errors import RelayError, SourceError
from bot.events import Event, Handle, RoomId, codec
from bot.events.battle_board import BattleBoard
from bot.tiktok.capture.decode_command import decode_line
from bot.tiktok.room_battle import battle_of_room
from bot.tiktok.tiktools.decode import decode_frame
from bot.tiktok.tiktools.frames import Fault as EdgeFault
from bot.tiktok.tiktools.frames import Faults as EdgeFaults
from bot.tiktok.webcast import answers, frames, wire
from bot.tiktok.webcast.connection import Connection
from bot.tiktok.webcast.decode import READERS, DecodeError, decode
from bot.tiktok.webcast.frames import Batch, MalformedFrame
from tests.fuzz.corpus import Corpus
from tests.fuzz.mutation import BOMB_BYTES, bomb, many_empty, mutate, tag, varint

ALICE = Handle("alice")
ROOM = 7286185141754546949
FAR_MS = 2**53
METHODS = (*READERS, "WebcastUnheardOf", "", "WebcastWeeklyRankRewardMessage")


class Broken(Exception):
    """A promise that is not about exceptions was not kept."""


@dataclass(frozen=True, slots=True)
class Case:
    """One input: `data` for `target`; `method` where the target needs one."""

    target: str
    data: bytes
    method: str = ""


def run(case: Case) -> None:
    """Feed it. Returns when all is well; what it raises is the finding."""
    TARGETS[case.target](case)


def _payload(case: Case) -> None:
    with suppress(DecodeError):
        _use(decode(case.method, case.data, creator=ALICE, received_at_ms=5, room_id=RoomId(str(ROOM)), envelope_id=9))


def _batch(case: Case) -> None:
    with suppress(MalformedFrame):
        _use_batch(frames.read_batch(case.data))


def _frame(case: Case) -> None:
    """A frame through the connection, as the socket hands it over: it never raises."""
    connection = Connection(ROOM, now=0.0)
    connection.receive(case.data, 1.0)
    connection.receive(case.data.decode("utf-8", "replace"), 1.5)
    connection.data_to_send()
    for batch in connection.batches_received():
        _use_batch(batch)
    connection.handle_timer(12.0)
    connection.data_to_send()


def _use_batch(batch: Batch) -> None:
    for message in batch.messages:
        with suppress(DecodeError):
            _use(decode(message.method, message.payload, creator=ALICE, received_at_ms=5, envelope_id=message.message_id))


def _edge(case: Case) -> None:
    """One websocket message of the JSON edge, as bytes and as text: it never raises, and no reader was wrong."""
    for message in (case.data, case.data.decode("utf-8", "replace")):
        faults: EdgeFaults = Counter()
        for event in decode_frame(message, creator=ALICE, received_at_ms=5, room_id=str(ROOM), faults=faults):
            _use(event)
        if faults[EdgeFault.UNDECODABLE]:
            raise Broken("a reader of the edge raised; its frame was kept as unknown")


def _answer(case: Case) -> None:
    """The body of an HTTP answer: a room, or an error with a sentence."""
    for read in (
        lambda: answers.room_of_page(case.data, ALICE),
        lambda: answers.room_of_api(case.data, ALICE),
        lambda: answers.alive(case.data, [RoomId(str(ROOM))]),
        lambda: answers.room_info(case.data, RoomId(str(ROOM))),
        lambda: answers.gifts(case.data),
    ):
        with suppress(SourceError):
            read()
    with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        details = msgspec.json.decode(case.data)
        if isinstance(details, dict) and (event := battle_of_room(details, creator=ALICE, received_at_ms=5)):
            _use(event)


def _line(case: Case) -> None:
    """A line of a capture file: always an answer, which is JSON."""
    msgspec.json.encode(decode_line(0, case.data))


def _wire(case: Case) -> None:
    with suppress(wire.Broken):
        for _ in wire.fields(case.data):
            pass


def _use(event: Event) -> None:
    """What everybody does with an event: show it, store it, read it again, fold it."""
    msgspec.json.encode(codec.to_json(event))
    # What leaves a decoder is in the log's vocabulary: the log could not store it otherwise.
    logged = codec.Logged(codec.Envelope(seq=1), event)  # type: ignore[arg-type]
    again = codec.decode(codec.encode([logged]))[0]
    if type(again.event) is not type(event):
        raise Broken(f"a stored {type(event).__name__} is read again as {type(again.event).__name__}")
    BattleBoard().then(event).views(FAR_MS)


TARGETS: Mapping[str, Callable[[Case], None]] = {
    "payload": _payload,
    "batch": _batch,
    "frame": _frame,
    "edge": _edge,
    "answer": _answer,
    "line": _line,
    "wire": _wire,
}

WEIGHTS = {"payload": 50, "batch": 8, "frame": 10, "edge": 20, "answer": 6, "line": 5, "wire": 1}
BOMB_IN = 2_000
"""One input in so many is a gzip bomb: they cost as much as a thousand others."""


def draw(corpus: Corpus, rng: random.Random) -> Case:
    """The input that this generator stands for."""
    if rng.randrange(BOMB_IN) == 0:
        return Case("frame", _bombed(rng))
    target = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if target in ("payload", "wire"):
        method, data = rng.choice(corpus.payloads)
        other = rng.choice(corpus.payloads)[1]
        named = method if rng.random() < 0.8 else rng.choice(METHODS)
        return Case(target, mutate(data, other, rng), named)
    seeds = {"batch": corpus.batches, "frame": corpus.frames, "edge": corpus.edge_frames}.get(target, corpus.answers)
    return Case(target, mutate(rng.choice(seeds), rng.choice(seeds), rng))


def _bombed(rng: random.Random) -> bytes:
    """A frame whose payload inflates to far more: of zeros, of empty messages, of one huge one."""
    inner = rng.choice((b"\0", b"\x0a\x00", b"\x0a\x02\x0a\x00", bytes(many_empty(bytearray(), b"", rng)), b"\x2a\x00"))
    payload = bomb(inner, rng.choice(BOMB_BYTES))
    return tag(7, 2) + varint(3) + b"msg" + tag(8, 2) + varint(len(payload)) + payload


__all__ = ["TARGETS", "Broken", "Case", "RelayError", "draw", "run"]
