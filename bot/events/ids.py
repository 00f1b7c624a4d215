"""TikTok's identifiers. All are strings outside protobuf: 19 digits do not fit a JSON double."""

from __future__ import annotations

from typing import NewType

RoomId = NewType("RoomId", str)
"""One LIVE: a new broadcast has a new room id."""

ViewerId = NewType("ViewerId", str)
"""A TikTok user's stable numeric id."""

MessageId = NewType("MessageId", str)
"""`common.msg_id` of a Webcast message; unique only together with room and type."""

Handle = NewType("Handle", str)
"""`unique_id` / `display_id`, without @, lower-case where it is ours to choose. Can change."""

BattleId = NewType("BattleId", str)
