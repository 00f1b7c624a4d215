"""Push frames <-> bytes. Pure.

Every websocket message, both ways, is one push frame: `msg` carries a batch, `ack` returns its `internal_ext`, `hb` is a
heartbeat and its echo, `im_enter_room` and `im_enter_room_resp` are the arrival in a room.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable

from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.world import Posted


def batch(
    messages: Iterable[Posted],
    *,
    cursor: str,
    internal_ext: bytes,
    now_ms: int,
    need_ack: bool = True,
    is_first: bool = False,
) -> pb.FetchResult:
    """The body of a `msg` frame and of a signed fetch: messages, where they end, and what an ack has to repeat."""
    return pb.FetchResult(
        messages=[
            pb.BatchMessage(
                method=message.method,
                payload=message.payload,
                message_id=int(message.message_id or 0),
                is_history=message.is_history,
            )
            for message in messages
        ],
        cursor=cursor,
        fetch_interval_ms=1000,
        now_ms=now_ms,
        internal_ext=internal_ext,
        fetch_type=1,
        heartbeat_ms=10_000,
        need_ack=need_ack,
        is_first=is_first,
    )


def msg(result: pb.FetchResult, *, seq_id: int, log_id: int, compressed: bool) -> bytes:
    """A batch as a push frame, gzipped when the client asked for it."""
    body = result.SerializeToString(deterministic=True)
    return pb.PushFrame(
        seq_id=seq_id,
        log_id=log_id,
        headers=[
            pb.PushHeader(key="compress_type", value="gzip" if compressed else "none"),
            pb.PushHeader(key="im-cursor", value=result.cursor),
        ],
        payload_encoding="pb",
        payload_type="msg",
        payload=gzip.compress(body, compresslevel=6, mtime=0) if compressed else body,
    ).SerializeToString(deterministic=True)


def enter_room(room_id: str) -> bytes:
    """What a client sends to enter a room."""
    return pb.EnterRoom(room_id=int(room_id), live_id=12, identity="audience", filter_welcome_msg="0").SerializeToString()


def heartbeat(room_id: str, number: int = 1) -> bytes:
    """What a client sends to stay in it."""
    return pb.Heartbeat(room_id=int(room_id), send_seq=number).SerializeToString()


def plain(payload_type: str, payload: bytes = b"", *, log_id: int = 0) -> bytes:
    """Any other push frame."""
    return pb.PushFrame(payload_encoding="pb", payload_type=payload_type, payload=payload, log_id=log_id).SerializeToString()
