"""Bytes as TikTok would send them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

from bot.tiktok.webcast.pb import webcast_pb2 as pb

ROOM = 7286185141754546949


def chat(text: str, *, message_id: int = 1, room_id: int = ROOM, handle: str = "bob") -> pb.BatchMessage:
    message = pb.Chat(
        base=pb.Base(method="WebcastChatMessage", message_id=message_id, room_id=room_id, created_at=1_696_447_177_078),
        user=pb.User(id=77, handle=handle, nickname=handle.title()),
        content=text,
    )
    return pb.BatchMessage(method="WebcastChatMessage", payload=message.SerializeToString(), message_id=message_id)


def control(action: int, *, room_id: int = ROOM) -> pb.BatchMessage:
    message = pb.Control(base=pb.Base(method="WebcastControlMessage", message_id=2, room_id=room_id), action=action)
    return pb.BatchMessage(method="WebcastControlMessage", payload=message.SerializeToString(), message_id=2)


def batch(messages: Iterable[pb.BatchMessage] = (), *, need_ack: bool = False, internal_ext: bytes = b"ext") -> bytes:
    return pb.FetchResult(messages=list(messages), need_ack=need_ack, internal_ext=internal_ext).SerializeToString()


def frame(payload: bytes, *, log_id: int = 5, payload_type: str = "msg", compressed: bool = True) -> bytes:
    headers = [pb.PushHeader(key="compress_type", value="gzip" if compressed else "none")]
    body = gzip.compress(payload, mtime=0) if compressed else payload
    return pb.PushFrame(log_id=log_id, payload_type=payload_type, payload=body, headers=headers).SerializeToString()
