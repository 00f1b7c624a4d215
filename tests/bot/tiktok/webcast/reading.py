"""One message through the decoder, as the connection to alice's room would hand it over."""

from __future__ import annotations

from google.protobuf.message import Message

from bot.events import Event
from bot.events.ids import Handle
from bot.tiktok.webcast.decode import decode
from bot.tiktok.webcast.pb import webcast_pb2 as pb

ROOM = "7286185141754546949"
BASE = pb.Base(method="x", message_id=12, room_id=34, created_at=1_696_447_177_078)


def read(method: str, message: Message, *, is_history: bool = False, envelope_id: int = 0) -> Event:
    return decode(
        method,
        message.SerializeToString(),
        creator=Handle("alice"),
        received_at_ms=5,
        room_id=ROOM,
        is_history=is_history,
        envelope_id=envelope_id,
    )
