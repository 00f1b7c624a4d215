"""What the fuzzer mutates: captured payloads where they are, and one of everything that our schema knows."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from bot.tiktok.capture.file import read_lines
from bot.tiktok.tiktools.decode import READERS as EDGE_READERS
from bot.tiktok.webcast.decode import READERS
from bot.tiktok.webcast.pb import webcast_pb2 as pb

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"
MOST_DEPTH = 4
_WORDS = ("", "alice", "WebcastChatMessage", "pm_main_follow_message_viewer_2", "Ünïcödé 🎉", "7286185141754546949", "\u202e\x00")
_NUMBERS = (0, 1, 2, 3, 4, 5, 6, 7, 47, 127, 128, 2**31 - 1)
_WIDE = (*_NUMBERS, 1_696_447_177_078, 2**53 + 1, 2**63 - 1, -1)


@dataclass(slots=True)
class Corpus:
    """Seeds by what reads them. `payloads` are (method, bytes)."""

    payloads: list[tuple[str, bytes]] = field(default_factory=list)
    batches: list[bytes] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    edge_frames: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    captured: int = 0
    """How many of the payloads are real."""


def gather(rng: random.Random, *, shared: Path = SHARED) -> Corpus:
    """All seeds. Those of the shared data are left out where it is absent: `captured` tells."""
    corpus = Corpus()
    for method in READERS:
        for fullness in (0.3, 0.9):
            corpus.payloads.append((method, invented(method, rng, fullness).SerializeToString()))
    for name, data in _captured(shared / "captures" / "payloads.jsonl.gz"):
        corpus.payloads.append((name, data))
        corpus.captured += 1
    for _ in range(20):
        batch = _batch(corpus, rng)
        corpus.batches.append(batch)
        corpus.frames.append(_frame(batch, rng, compressed=rng.random() < 0.7))
    corpus.frames += [_frame(b"", rng, compressed=False, kind=kind) for kind in ("hb", "im_enter_room_resp", "close")]
    corpus.edge_frames = [*_edge_frames(rng), *_shared_edge_frames(shared / "tiktools")]
    corpus.answers = list(_answers())
    return corpus


def invented(method: str, rng: random.Random, fullness: float) -> Message:
    """A message of that method with about that share of its fields filled."""
    message: Message = READERS[method].kind()
    _fill(message, rng, fullness, MOST_DEPTH)
    base = getattr(message, "base", None)
    if base is not None and rng.random() < 0.8:
        base.method, base.message_id = method, 7_286_185_141_754_546_000 + rng.randrange(1000)
    return message


def _fill(message: Message, rng: random.Random, fullness: float, depth: int) -> None:
    for descriptor in message.DESCRIPTOR.fields:
        if rng.random() > fullness or (depth == 0 and descriptor.message_type is not None):
            continue
        if descriptor.message_type is not None and descriptor.message_type.GetOptions().map_entry:
            _fill_map(getattr(message, descriptor.name), descriptor, rng, fullness, depth)
        elif descriptor.is_repeated:
            several = getattr(message, descriptor.name)
            for _ in range(rng.randrange(3)):
                if descriptor.message_type is not None:
                    _fill(several.add(), rng, fullness * 0.7, depth - 1)
                else:
                    several.append(_scalar(descriptor, rng))
        elif descriptor.message_type is not None:
            part = getattr(message, descriptor.name)
            part.SetInParent()
            _fill(part, rng, fullness * 0.7, depth - 1)
        else:
            setattr(message, descriptor.name, _scalar(descriptor, rng))


def _fill_map(mapping: Any, descriptor: Any, rng: random.Random, fullness: float, depth: int) -> None:
    of_key, of_value = (descriptor.message_type.fields_by_name[name] for name in ("key", "value"))
    for _ in range(rng.randrange(3)):
        key = _scalar(of_key, rng)
        if of_value.message_type is not None:
            _fill(mapping[key], rng, fullness, depth - 1)
        else:
            mapping[key] = _scalar(of_value, rng)


def _scalar(descriptor: Any, rng: random.Random) -> object:
    kind = descriptor.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        word = rng.choice(_WORDS)
        return word.encode() if descriptor.type == FieldDescriptor.TYPE_BYTES else word
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return rng.choice((0.0, 1.5, float("inf"), float("nan")))
    number = rng.choice(_WIDE if kind in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64) else _NUMBERS)
    return abs(number) if kind in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64) else number


def _captured(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.exists():
        for line in read_lines(str(path)):
            record = json.loads(line)
            yield record["method"], base64.b64decode(record["payload"])


def _batch(corpus: Corpus, rng: random.Random) -> bytes:
    result = pb.FetchResult(cursor="c", internal_ext=b"internal", need_ack=rng.random() < 0.5, push_server="ws://127.0.0.1/")
    result.route_params["wrss"] = "+/="
    for method, payload in rng.choices(corpus.payloads, k=rng.randrange(1, 12)):
        result.messages.append(pb.BatchMessage(method=method, payload=payload, message_id=rng.randrange(2**62)))
    return result.SerializeToString()


def _frame(batch: bytes, rng: random.Random, *, compressed: bool, kind: str = "msg") -> bytes:
    headers = [pb.PushHeader(key="compress_type", value="gzip" if compressed else "none")]
    payload = gzip.compress(batch, mtime=0) if compressed else batch
    return pb.PushFrame(log_id=rng.randrange(2**62), payload_type=kind, payload=payload, headers=headers).SerializeToString()


def _edge_frames(rng: random.Random) -> Iterator[bytes]:
    """One frame of each name, with fields of every kind: readers look for theirs among them."""
    names = sorted(_field_names())
    values: tuple[object, ...] = (*_WORDS, *_WIDE, 1.5, None, True, [], {}, [1, "x", None], {"id": 1, "urlList": ["u"]})
    for event in EDGE_READERS:
        data = {name: rng.choice(values) for name in names if rng.random() < 0.5}
        data["user"] = {"userId": "7", "uniqueId": "bob", "badges": [{"type": 1, "level": rng.choice(_WIDE)}]}
        data["teams"] = [{"hostUserId": "9", "score": rng.choice(_WIDE), "users": [{"user": data["user"], "score": 3}]}]
        yield json.dumps({"event": event, "data": data}).encode()
    yield json.dumps({"events": [{"type": name} for name in EDGE_READERS]}).encode()


def _field_names() -> set[str]:
    """The names that the edge's readers ask for, out of their own text."""
    folder = Path(__file__).parents[2] / "bot" / "tiktok" / "tiktools"
    return {name for path in folder.glob("*.py") for name in re.findall(r'"([a-z][A-Za-z]{2,30})"', path.read_text("utf-8"))}


def _shared_edge_frames(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("*.ndjson")) if folder.exists() else ():
        yield from path.read_bytes().splitlines()


def _answers() -> Iterator[bytes]:
    user = {"id": "7", "roomId": "7286185141754546949", "uniqueId": "alice", "status": 2}
    live = {"status": 2, "title": "hi", "startTime": 1_696_447_177, "liveRoomStats": {"userCount": 5}}
    state = json.dumps({"LiveRoom": {"liveRoomUserInfo": {"user": user, "liveRoom": live}}})
    yield f'<html><script id="SIGI_STATE" type="application/json">{state}</script></html>'.encode()
    yield json.dumps({"statusCode": 0, "data": {"user": user, "liveRoom": live}}).encode()
    yield json.dumps({"data": [{"room_id": 7286185141754546949, "room_id_str": "7286185141754546949", "alive": True}]}).encode()
    settings = {"battle_id": 50, "start_time_ms": 1, "duration": 300}
    link = {"battle_settings": settings, "battle_scores": [{"user_id": 1, "score": 2}]}
    room = {"id_str": "34", "status": 2, "owner": {"id_str": "7"}, "stream_url": {"flv_pull_url": {"HD1": "u"}}, "link_mic": link}
    yield json.dumps({"status_code": 0, "data": room}).encode()
    yield json.dumps({"status_code": 0, "data": {"gifts": [{"id": 5655, "name": "Rose", "diamond_count": 1}]}}).encode()
    yield json.dumps(
        {"method": "WebcastChatMessage", "payload": "CgA=", "host": 5, "received_at": "2023-10-04T19:59:37+00:00"}
    ).encode()
