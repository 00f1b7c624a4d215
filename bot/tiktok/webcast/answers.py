"""What TikTok's live page and room API say: bytes -> live, offline, no such user, or unclear. Pure.

The distinctions decide what an admin is told, so they are narrow: only TikTok's own word is "no such user"; a captcha page,
an empty answer or an error is *unclear*, never offline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.errors import CreatorNotFound, CreatorOffline, Unclear
from bot.events.ids import Handle, RoomId, ViewerId
from bot.tiktok.source import Room

LIVE_STATUSES = frozenset({2, 3})
"""2 live, 3 paused: a paused room goes on."""

OFFLINE_STATUS = 4
NO_SUCH_USER_CODE = 19881007
NO_SUCH_USER = "user_not_found"

_STATE = re.compile(rb'<script[^>]{0,300}\bid="SIGI_STATE"[^>]{0,300}>(.*?)</script>', re.DOTALL)

Json = Mapping[str, Any]


def room_of_page(body: bytes, handle: Handle) -> Room:
    """The room that the live page names. Raises `CreatorOffline`, or `Unclear` with what was odd about the page."""
    found = _STATE.search(body)
    if found is None:
        raise Unclear("TikTok showed a page without room data (a captcha, or it blocks this address)")
    state = _json(found[1])
    if state is None:
        raise Unclear("the room data on TikTok's page cannot be read")
    live_room = _part(state, "LiveRoom")
    if not live_room:
        raise Unclear("TikTok's page has no LiveRoom (never live, unknown, or a captcha)")
    info = _part(live_room, "liveRoomUserInfo")
    return _room(_part(info, "user"), _part(info, "liveRoom"), handle)


def room_of_api(body: bytes, handle: Handle) -> Room:
    """The room that the room API names. Raises `CreatorNotFound`, `CreatorOffline` or `Unclear`."""
    answer = _json(body)
    if answer is None:
        raise Unclear("TikTok's room API did not answer in JSON (it blocks this address)")
    code, message = answer.get("statusCode"), answer.get("message")
    if message == NO_SUCH_USER or code == NO_SUCH_USER_CODE:
        raise CreatorNotFound(f"TikTok knows no user @{handle}")
    data = _part(answer, "data")
    if code not in (0, None) or not data:
        raise Unclear(f"TikTok's room API answered {_short(message) or 'nothing'} (code {_short(code)})")
    return _room(_part(data, "user"), _part(data, "liveRoom"), handle)


def alive(body: bytes, room_id: RoomId) -> bool:
    """What `check_alive` says about a room. Raises `Unclear`: it leaves rooms out that it does not want to talk about."""
    answer = _json(body)
    rooms = answer.get("data") if answer is not None else None
    if not isinstance(rooms, list):
        raise Unclear("TikTok's live check did not answer in its usual form")
    for room in rooms:
        if isinstance(room, dict) and room_id in (room.get("room_id_str"), str(room.get("room_id"))):
            return room.get("alive") is True
    raise Unclear(f"TikTok's live check says nothing about room {room_id}")


def _room(user: Json, live: Json, handle: Handle) -> Room:
    room_id = _identifier(user.get("roomId"))
    statuses = {_number(user.get("status")), _number(live.get("status"))}
    # The page of somebody offline can still name the last room: the status decides first.
    if not statuses & LIVE_STATUSES and (OFFLINE_STATUS in statuses or (user and not room_id)):
        raise CreatorOffline(f"@{handle} is not live")
    if not user:
        raise Unclear("TikTok's answer names no user")
    if not room_id:
        raise CreatorOffline(f"@{handle} is not live")
    if not statuses & LIVE_STATUSES:
        raise Unclear(f"TikTok gives @{handle} a room with the unknown status {_short(user.get('status'))}")
    counts = _part(live, "liveRoomStats")
    return Room(
        room_id=RoomId(room_id),
        handle=Handle(_text(user.get("uniqueId")).lower() or handle),
        creator_user_id=ViewerId(_identifier(user.get("id"))),
        title=_text(live.get("title")),
        started_at_ms=_number(live.get("startTime")) * 1000,
        viewers=_number(counts.get("userCount")),
        cover_url=_text(live.get("coverUrl")),
    )


def _json(body: bytes) -> Json | None:
    """A JSON object, None for anything else."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _part(parent: Json, name: str) -> Json:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _identifier(value: object) -> str:
    """An id as text; "" for the ways in which TikTok says "none"."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isdecimal() and text.strip("0") else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _short(value: object) -> str:
    return "" if value is None else str(value)[:80]
