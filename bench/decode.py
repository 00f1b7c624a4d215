"""How much does decoding cost beyond what the libraries below it take, and what do others take?

Ratios to a floor of the same run on the same bytes, without anything left in our caches from the round before:

- *frame (mix, …)*: gzipped push frames with the types and batch sizes of real rooms to typed events, against those frames
  parsed, inflated and every payload in them parsed by the protobuf library (upb) with nothing read. The captured payloads are
  dealt by a seed (load-shape.md: quiet rooms by the share of 6,797 messages, 2.9 in a frame; a hot one by its rates at 1,600
  viewers, batches of 4 to 35).
- *frame*: the same for each captured payload of those types once, *frame (every type)* for all that we model, 20 in a frame.
  The captures hold the last 10 or 21 of each type, so that what is rare in a room is frequent here.
- by method: one payload to one event, against that payload parsed with nothing read.

Rows of frames come once for each pair of libraries that inflate, ours and the floor's. In *zlib / zlib* and *libdeflate /
libdeflate* both sides inflate alike: they show what this project's own code costs. *libdeflate / zlib* is what an installation
has, whose requirements bring it, against the gunzip that Python has. Where it is not installed, only the first is there.

Others, each in an environment of its own (bench/peers/README.md), on the same frames without the end of the LIVE:

    python -m bench.decode [../shared/data/captures/payloads.jsonl.gz] [--peer tiktoklive=PYTHON] [--peer node=FOLDER]
"""

from __future__ import annotations

import argparse
import base64
import gc
import gzip
import json
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from google.protobuf.message import DecodeError as ProtobufError

from bot.events.ids import Handle
from bot.tiktok.webcast import display, frames, kept
from bot.tiktok.webcast.connection import Connection
from bot.tiktok.webcast.decode import READERS, decode
from bot.tiktok.webcast.pb import webcast_pb2 as pb

CAPTURES = Path(__file__).parents[2] / "shared" / "data" / "captures" / "payloads.jsonl.gz"
PEERS = Path(__file__).parent / "peers"
ROUNDS = 100
PER_FRAME = (20,)
MIXED = 400
"""Messages of a mix: so few that hardly a payload is dealt twice, or our caches would find what no room repeats."""

BENCH = Handle("bench")
OTHERS = "others"

QUIET = {
    "WebcastMemberMessage": 43.8,
    "WebcastLikeMessage": 16.7,
    "WebcastRoomUserSeqMessage": 13.4,
    "WebcastChatMessage": 12.6,
    "WebcastCaptionMessage": 6.2,
    "WebcastSocialMessage": 2.6,
    "WebcastGiftMessage": 0.7,
    OTHERS: 4.0,
}
HOT = {
    "WebcastMemberMessage": 6.9,
    "WebcastChatMessage": 5.3,
    "WebcastGiftMessage": 1.9,
    "WebcastLinkMicMethod": 1.3,
    "WebcastRankUpdateMessage": 1.2,
    "WebcastLikeMessage": 1.0,
    "WebcastLinkMicFanTicketMethod": 1.0,
    "WebcastSocialMessage": 0.7,
    "WebcastRoomUserSeqMessage": 0.5,
    OTHERS: 0.4,
}
"""Messages by type: percent of three quiet rooms; a second of a room with 1,600 viewers."""

QUIET_BATCHES = (1, 2, 2, 3, 3, 3, 4, 5)
HOT_BATCHES = (20, 35, 17, 4, 7, 31, 18, 11, 15, 19, 14, 24, 8, 5, 12, 23, 11, 4, 31, 17)

T = TypeVar("T")
Payload = tuple[str, bytes]


def captured(path: Path) -> list[Payload]:
    """The payloads that the protobuf library can parse, as (method, bytes)."""
    with gzip.open(path) as lines:
        records = [json.loads(line) for line in lines]
    payloads = [(each["method"], base64.b64decode(each["payload"])) for each in records]
    return [each for each in payloads if _parses(each)]


def _parses(message: Payload) -> bool:
    """Leaves out what only the salvage path reads."""
    try:
        parse(*message)
    except ProtobufError:
        return False
    return True


def parse(method: str, payload: bytes) -> None:
    """The whole schema's class, not the lean one that we may use ourselves."""
    (READERS[method].kind if method in READERS else pb.AnyMessage).FromString(payload)


def dealt(payloads: Sequence[Payload], weights: Mapping[str, float], rng: Random) -> Iterator[Payload]:
    """`MIXED` payloads by the weights of their types; each type's deck is dealt to its end before it is shuffled again."""
    decks: dict[str, list[Payload]] = {}
    for kind in rng.choices(list(weights), list(weights.values()), k=MIXED):
        if not decks.get(kind):
            decks[kind] = [each for each in payloads if each[0] == kind or (kind == OTHERS and each[0] not in weights)]
            rng.shuffle(decks[kind])
        yield decks[kind].pop()


def framed(payloads: Sequence[Payload], batches: Sequence[int] = PER_FRAME) -> list[bytes]:
    """The payloads in push frames, as a room would send them, so many in each in turn."""
    made: list[bytes] = []
    start = 0
    while start < len(payloads):
        size = batches[len(made) % len(batches)]
        batch = pb.FetchResult(internal_ext=b"bench", need_ack=True)
        for number, (method, payload) in enumerate(payloads[start : start + size]):
            batch.messages.add(method=method, payload=payload, message_id=start + number + 1)
        body = gzip.compress(batch.SerializeToString())
        frame = pb.PushFrame(log_id=start + 1, payload_encoding="pb", payload_type="msg", payload=body)
        frame.headers.add(key="compress_type", value="gzip")
        made.append(frame.SerializeToString())
        start += size
    return made


def inflaters() -> list[tuple[str, Any, Callable[[bytes], bytes]]]:
    """The libraries that gunzip: their names, ours, the floor's; what the relay takes is ours in the last."""
    gunzip, best = partial(zlib.decompress, wbits=31), frames.libdeflate
    if best is None:
        return [("zlib / zlib", None, gunzip)]
    return [
        ("zlib / zlib", None, gunzip),
        ("libdeflate / libdeflate", best, best.gzip_decompress),
        ("libdeflate / zlib", best, gunzip),
    ]


def parse_frames(received: Sequence[bytes], gunzip: Callable[[bytes], bytes]) -> None:
    """The floor of a frame."""
    for data in received:
        batch = pb.FetchResult.FromString(gunzip(pb.PushFrame.FromString(data).payload))
        for message in batch.messages:
            parse(message.method, message.payload)


def decode_frames(received: Sequence[bytes]) -> None:
    """What the relay does with a frame: connection, ack, batch, events."""
    connection = Connection(1, now=0.0)
    for data in received:
        connection.receive(data, 0.0)
        connection.data_to_send()
        for batch in connection.batches_received():
            for message in batch.messages:
                decode(message.method, message.payload, creator=BENCH, received_at_ms=0, envelope_id=message.message_id)


def parse_payloads(payloads: Sequence[Payload]) -> None:
    """The floor of a payload."""
    for method, payload in payloads:
        parse(method, payload)


def decode_payloads(payloads: Sequence[Payload]) -> None:
    """What the relay does with a payload."""
    for method, payload in payloads:
        decode(method, payload, creator=BENCH, received_at_ms=0)


def compare(floor: Callable[[Sequence[T]], None], ours: Callable[[Sequence[T]], None], work: Sequence[T]) -> tuple[float, float]:
    """Least disturbed seconds of each, interleaved so that a noisy neighbour hits both."""
    rounds = [(seconds(floor, work), seconds(ours, work)) for _ in range(ROUNDS)]
    return min(each[0] for each in rounds), min(each[1] for each in rounds)


def seconds(run: Callable[[Sequence[T]], None], work: Sequence[T]) -> float:
    """CPU time of one round, from a cold start of our caches: nothing here waits, and the machine may be busy."""
    kept.forget()
    display.forget()
    started = time.process_time()
    run(work)
    return time.process_time() - started


def show(name: str, messages: int, floor: float, ours: float) -> None:
    """One row: microseconds per message, and the ratio."""
    print(f"{name:54} {messages:8} {floor / messages * 1e6:9.2f} {ours / messages * 1e6:9.2f} {ours / floor:6.2f}")  # noqa: T201


def show_peer(peer: str, frame_set: str, received: Sequence[bytes], messages: int) -> None:
    """One row: what they decoded, microseconds per message of theirs and ours, and how many times faster we are."""
    name, _, place = peer.partition("=")
    commands = {
        "tiktoklive": [place, str(PEERS / "tiktoklive.py")],
        "node": ["node", str(PEERS / "connector.mjs"), place],
    }
    if name not in commands:
        raise SystemExit(f"{name!r} is no peer: one of {', '.join(commands)}.")
    with tempfile.NamedTemporaryFile("w", suffix=".frames") as file:
        file.writelines(base64.b64encode(frame).decode() + "\n" for frame in received)
        file.flush()
        done = subprocess.run([*commands[name], file.name], capture_output=True, text=True, check=False)  # noqa: S603 - theirs is the command
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip()[-500:]}")
    answer = json.loads(done.stdout)
    ours = min(seconds(decode_frames, received) for _ in range(ROUNDS))
    label = f"{frame_set}, {answer['peer']}"
    theirs = answer["seconds"]
    decoded = f"{answer['decoded']} of {messages}"
    print(f"{label:66} {decoded:>12} {theirs / messages * 1e6:9.1f} {ours / messages * 1e6:9.2f} {theirs / ours:6.1f}")  # noqa: T201


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="?", type=Path, default=CAPTURES)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PLACE")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not options.captures.exists():
        raise SystemExit(f"{options.captures} is not there: give a file of captured payloads.")
    payloads = captured(options.captures)
    modelled = [each for each in payloads if each[0] in READERS]
    gc.freeze()
    print(f"{'':54} {'messages':>8} {'floor µs':>9} {'ours µs':>9} {'ratio':>6}")  # noqa: T201
    usual = [each for each in modelled if each[0] in QUIET.keys() | HOT]
    sets = {
        "frame (mix, quiet room)": (list(dealt(payloads, QUIET, Random(options.seed))), QUIET_BATCHES),
        "frame (mix, hot room)": (list(dealt(payloads, HOT, Random(options.seed))), HOT_BATCHES),
        "frame": (usual, PER_FRAME),
        "frame (every type)": (modelled, PER_FRAME),
    }
    for libraries, frames.libdeflate, gunzip in inflaters():
        for name, (chosen, batches) in sets.items():
            floor = partial(parse_frames, gunzip=gunzip)
            show(f"{name}, {libraries}", len(chosen), *compare(floor, decode_frames, framed(chosen, batches)))
    for peer in options.peer:
        for name, (chosen, batches) in sets.items():
            # An end of the LIVE makes a client of theirs disconnect.
            fair = [each for each in chosen if each[0] != "WebcastControlMessage"]
            show_peer(peer, name, framed(fair, batches), len(fair))
    for method in sorted({method for method, _ in modelled}):
        chosen = [each for each in modelled if each[0] == method]
        repeated = chosen * (1 + 400 // len(chosen))
        show(method, len(repeated), *compare(parse_payloads, decode_payloads, repeated))


if __name__ == "__main__":
    main()
