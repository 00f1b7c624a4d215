"""What TikTok's live page and room API say: bytes -> live, offline, no such user, or unclear. Pure.

The distinctions decide what an admin is told, so they are narrow: only TikTok's own word is "no such user"; a captcha page,
an empty answer or an error is *unclear*, never offline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from bot.errors import AgeRestricted, CreatorNotFound, CreatorOffline, Unclear
from bot.events import Gift, User
from bot.events.ids import Handle, RoomId, ViewerId
from bot.tiktok.room_info import QUALITIES, RoomDetails
from bot.tiktok.source import Room

LIVE_STATUSES = frozenset({2, 3})
"""2 live, 3 paused: a paused room goes on."""

OFFLINE_STATUS = 4
NO_SUCH_USER_CODE = 19881007
NO_SUCH_USER = "user_not_found"
AGE_RESTRICTED_CODE = 4003110
LOGIN_NEEDED_CODE = 20003
STREAKABLE_GIFT = 1
OLD_QUALITIES = {"FULL_HD1": "uhd", "HD1": "hd", "SD2": "sd", "SD1": "ld"}
"""The names in `flv_pull_url`, and what the same addresses are called in `live_core_sdk_data`."""

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


def alive(body: bytes, room_ids: Iterable[RoomId]) -> dict[RoomId, bool]:
    """What `check_alive` says about rooms; it leaves out those that it does not want to talk about. Raises `Unclear`."""
    answer = _json(body)
    rooms = answer.get("data") if answer is not None else None
    if not isinstance(rooms, list):
        raise Unclear("TikTok's live check did not answer in its usual form")
    told: dict[str, bool] = {}
    for room in rooms:
        if isinstance(room, dict):
            # The number and the text are one id; JSON readers of others round the number.
            told |= dict.fromkeys((str(room.get("room_id")), _text(room.get("room_id_str"))), room.get("alive") is True)
    found = {room_id: told[room_id] for room_id in room_ids if room_id in told}
    if not found:
        raise Unclear("TikTok's live check says nothing about the rooms that we asked for")
    return found


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


def room_info(body: bytes, room_id: RoomId) -> RoomDetails:
    """A room's details. Raises `AgeRestricted`, or `Unclear` with TikTok's code."""
    data = _webcast(body, f"room {room_id}")
    # It says so in words, or leaves all out but a word or two (webcast-protocol.md 2.4).
    if "prompts" in data or len(data) <= 1:
        raise AgeRestricted(_AGE_RESTRICTED)
    owner, stats = _part(data, "owner"), _part(data, "stats")
    moderators = data.get("admin_user_ids")
    return RoomDetails(
        room_id=RoomId(_text(data.get("id_str")) or _identifier(data.get("id")) or room_id),
        status=_number(data.get("status")),
        title=_text(data.get("title")),
        started_at_ms=(_number(data.get("start_time")) or _number(data.get("create_time"))) * 1000,
        creator=User(
            ViewerId(_text(owner.get("id_str")) or _identifier(owner.get("id"))),
            Handle(_text(owner.get("display_id")).lower()),
            _text(owner.get("nickname")),
            _first_url(owner, "avatar_large", "avatar_medium", "avatar_thumb"),
            _text(owner.get("sec_uid")),
        ),
        followers=_number(_part(owner, "follow_info").get("follower_count")),
        viewers=_number(data.get("user_count")),
        total_viewers=_number(stats.get("total_user")),
        likes=_number(data.get("like_count")) or _number(stats.get("like_count")),
        shares=_number(stats.get("share_count")),
        cover_url=_first_url(data, "cover"),
        share_url=_text(data.get("share_url")),
        hashtag=_text(_part(data, "hashtag").get("title")),
        is_age_restricted=_part(data, "age_restricted").get("restricted") is True,
        moderator_ids=tuple([_identifier(each) for each in moderators]) if isinstance(moderators, list) else (),
        streams=_streams(_part(data, "stream_url")),
        raw=data,
    )


def room_of_info(body: bytes, handle: Handle) -> Room:
    """The live room whose details these are. Raises `CreatorOffline`, `AgeRestricted` or `Unclear`."""
    details = room_info(body, RoomId(""))
    if details.creator.handle != handle:
        raise Unclear("TikTok told of somebody else's room")
    if details.status == OFFLINE_STATUS:
        raise CreatorOffline(f"@{handle} is not live")
    if details.status not in LIVE_STATUSES or not details.room_id:
        raise Unclear(f"TikTok gives @{handle} a room with the unknown status {details.status}")
    return Room(
        room_id=details.room_id,
        handle=handle,
        creator_user_id=details.creator.id,
        title=details.title,
        started_at_ms=details.started_at_ms,
        viewers=details.viewers,
        cover_url=details.cover_url,
    )


def gifts(body: bytes) -> dict[str, Gift]:
    """The gift panel, by gift id. Raises `Unclear`."""
    data = _webcast(body, "the gift list")
    pages = data.get("pages")
    panels = [data, *(page for page in (pages if isinstance(pages, list) else ()) if isinstance(page, dict))]
    listed = [each for panel in panels for each in _listed(panel, "gifts")]
    found = {}
    for each in listed:
        if gift_id := _identifier(each.get("id")):
            streakable = each.get("type") == STREAKABLE_GIFT
            picture = _first_url(each, "image", "icon")
            found[gift_id] = Gift(gift_id, _text(each.get("name")), _number(each.get("diamond_count")), streakable, picture)
    return found


_AGE_RESTRICTED = (
    "TikTok keeps this room from visitors (age-restricted): go without its details, or give an adult's session cookie"
)


def _webcast(body: bytes, what: str) -> Json:
    """The `data` of a webcast answer. Raises `AgeRestricted` or `Unclear`."""
    answer = _json(body)
    if answer is None:
        raise Unclear(f"TikTok did not answer in JSON about {what} (it blocks this address)")
    code = answer.get("status_code")
    if code == AGE_RESTRICTED_CODE:
        raise AgeRestricted(_AGE_RESTRICTED)
    if code == LOGIN_NEEDED_CODE:
        raise Unclear(f"TikTok tells only people with an account about {what}: give a session cookie")
    data = _part(answer, "data")
    if code not in (0, None) or not data:
        raise Unclear(f"TikTok answered nothing about {what} (code {_short(code)})")
    return data


def _streams(stream_url: Json) -> dict[str, str]:
    """Addresses of the video by quality: the newer description (JSON inside JSON) before the older one."""
    streams: dict[str, str] = {}
    pull = _part(_part(stream_url, "live_core_sdk_data"), "pull_data")
    described = _json(_text(pull.get("stream_data")).encode())
    by_quality = _part(described, "data") if described is not None else {}
    for quality in QUALITIES:
        main = _part(_part(by_quality, quality), "main")
        if address := _text(main.get("flv")) or _text(main.get("hls")):
            streams[quality] = address
    for name, address in _part(stream_url, "flv_pull_url").items():
        if name in OLD_QUALITIES and _text(address):
            streams.setdefault(OLD_QUALITIES[name], address)
    if not streams and (address := _text(stream_url.get("hls_pull_url"))):
        streams["origin"] = address
    return streams


def _listed(parent: Json, name: str) -> list[Json]:
    value = parent.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _first_url(parent: Json, *names: str) -> str:
    for name in names:
        urls = _part(parent, name).get("url_list")
        if isinstance(urls, list) and urls and _text(urls[0]):
            return _text(urls[0])
    return ""


def _json(body: bytes) -> Json | None:
    """A JSON object, None for anything else."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
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
