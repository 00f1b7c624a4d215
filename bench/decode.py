"""How much does decoding cost beyond what the libraries below it take?

Two ratios, each to a floor of the same run on the same bytes:

- *frame*: a gzipped push frame of 20 messages to typed events, against that frame parsed, inflated and every payload in it
  parsed by the protobuf library (upb) with nothing read. This is what a room costs.
- by method: one payload to one event, against that payload parsed with nothing read.

Payloads are those of the methods that we model, from a capture file.

    python -m bench.decode [../shared/data/captures/payloads.jsonl.gz]
"""

from __future__ import annotations

import base64
import gc
import gzip
import json
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bot.events.ids import Handle
from bot.tiktok.webcast.connection import Connection
from bot.tiktok.webcast.decode import READERS, decode
from bot.tiktok.webcast.pb import webcast_pb2 as pb

CAPTURES = Path(__file__).parents[2] / "shared" / "data" / "captures" / "payloads.jsonl.gz"
ROUNDS = 15
PER_FRAME = 20
BENCH = Handle("bench")

T = TypeVar("T")
Payload = tuple[str, bytes]


def modelled(path: Path) -> list[Payload]:
    """The payloads that become events other than unknown ones, as (method, bytes)."""
    with gzip.open(path) as lines:
        records = [json.loads(line) for line in lines]
    payloads = [(each["method"], base64.b64decode(each["payload"])) for each in records if each["method"] in READERS]
    return [each for each in payloads if _parses(each)]


def _parses(message: Payload) -> bool:
    """Leaves out what only the salvage path reads: the floor could not parse it."""
    method, payload = message
    try:
        READERS[method].parse(payload)
    except Exception:  # noqa: BLE001 - whatever the library raises, this payload is not for the floor
        return False
    return True


def framed(payloads: Sequence[Payload]) -> list[bytes]:
    """The payloads in push frames, as a room would send them."""
    frames = []
    for start in range(0, len(payloads), PER_FRAME):
        batch = pb.FetchResult(internal_ext=b"bench", need_ack=True)
        for number, (method, payload) in enumerate(payloads[start : start + PER_FRAME]):
            batch.messages.add(method=method, payload=payload, message_id=start + number + 1)
        body = gzip.compress(batch.SerializeToString())
        frame = pb.PushFrame(log_id=start + 1, payload_type="msg", payload=body)
        frame.headers.add(key="compress_type", value="gzip")
        frames.append(frame.SerializeToString())
    return frames


def parse_frames(frames: Sequence[bytes]) -> None:
    """The floor of a frame."""
    for data in frames:
        batch = pb.FetchResult.FromString(zlib.decompress(pb.PushFrame.FromString(data).payload, wbits=31))
        for message in batch.messages:
            READERS[message.method].parse(message.payload)


def decode_frames(frames: Sequence[bytes]) -> None:
    """What the relay does with a frame: connection, ack, batch, events."""
    connection = Connection(1, now=0.0)
    for data in frames:
        connection.receive(data, 0.0)
        connection.data_to_send()
        for batch in connection.batches_received():
            for message in batch.messages:
                decode(message.method, message.payload, creator=BENCH, received_at_ms=0, envelope_id=message.message_id)


def parse_payloads(payloads: Sequence[Payload]) -> None:
    """The floor of a payload."""
    for method, payload in payloads:
        READERS[method].parse(payload)


def decode_payloads(payloads: Sequence[Payload]) -> None:
    """What the relay does with a payload."""
    for method, payload in payloads:
        decode(method, payload, creator=BENCH, received_at_ms=0)


def compare(floor: Callable[[Sequence[T]], None], ours: Callable[[Sequence[T]], None], work: Sequence[T]) -> tuple[float, float]:
    """Least disturbed seconds of each, interleaved so that a noisy neighbour hits both."""
    rounds = [(seconds(floor, work), seconds(ours, work)) for _ in range(ROUNDS)]
    return min(each[0] for each in rounds), min(each[1] for each in rounds)


def seconds(run: Callable[[Sequence[T]], None], work: Sequence[T]) -> float:
    """Of one round."""
    started = time.perf_counter()
    run(work)
    return time.perf_counter() - started


def show(name: str, messages: int, floor: float, ours: float) -> None:
    """One row: microseconds per message, and the ratio."""
    print(f"{name:34} {messages:8} {floor / messages * 1e6:9.2f} {ours / messages * 1e6:9.2f} {ours / floor:6.2f}")  # noqa: T201


def main() -> None:
    """Print the table."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else CAPTURES
    if not path.exists():
        raise SystemExit(f"{path} is not there: give a file of captured payloads.")
    payloads = modelled(path)
    gc.freeze()
    print(f"{'':34} {'messages':>8} {'floor µs':>9} {'ours µs':>9} {'ratio':>6}")  # noqa: T201
    show("frame", len(payloads), *compare(parse_frames, decode_frames, framed(payloads)))
    for method in sorted({method for method, _ in payloads}):
        chosen = [each for each in payloads if each[0] == method]
        repeated = chosen * (1 + 400 // len(chosen))
        show(method, len(repeated), *compare(parse_payloads, decode_payloads, repeated))


if __name__ == "__main__":
    main()
