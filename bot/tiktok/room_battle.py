"""The battle that a room's details mention, for whoever comes in the middle of one. Pure.

TikTok replays no opening: `link_mic` of `/webcast/room/info/` tells which battle is on and since when, and the scores so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.events import BattleScoreEvent, Common, Phase, Side, User
from bot.events.ids import Handle, MessageId, RoomId, ViewerId

Json = Mapping[str, Any]

_HOST_IDS = ("user_id", "anchor_id", "user_id_str", "anchor_id_str")
"""The names under which a score's owner has been seen; which one a room uses is TikTok's affair."""


def battle_of_room(details: Json, *, creator: Handle, received_at_ms: int) -> BattleScoreEvent | None:
    """The state of the battle in `details` (the `data` of room info) as an event of ours, None when there is none going on.

    Its scores are those of now, never final ones: a finished battle is not told here, because nothing says how it ended.
    """
    link = _part(details, "link_mic")
    settings = _part(link, "battle_settings")
    battle_id = _identifier(settings.get("battle_id"))
    if not battle_id or settings.get("finished"):
        return None
    room_id = _identifier(details.get("id_str")) or _identifier(details.get("id"))
    return BattleScoreEvent(
        Common(MessageId(f"room:{battle_id}:{received_at_ms}"), RoomId(room_id), creator, 0, received_at_ms),
        battle_id=battle_id,
        sides=_sides(link.get("battle_scores")),
        channel_id=_identifier(link.get("channel_id")),
        phase=Phase.ACTIVE,
        started_at_ms=_number(settings.get("start_time_ms")),
        duration_s=_number(settings.get("duration")),
    )


def _sides(scores: object) -> tuple[Side, ...]:
    found = {}
    for score in scores if isinstance(scores, list) else []:
        if isinstance(score, Mapping) and (host_id := _host_id(score)):
            found[host_id] = Side(User(ViewerId(host_id)), _number(score.get("score")), host_ids=(host_id,))
    return tuple(found[host_id] for host_id in sorted(found, key=int))


def _host_id(score: Json) -> str:
    return next((host_id for name in _HOST_IDS if (host_id := _identifier(score.get(name)))), "")


def _part(parent: Json, name: str) -> Json:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _identifier(value: object) -> str:
    """An id as text, "" for anything else: ids come as numbers and as strings."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdecimal() and len(text) <= 20 and text.strip("0") else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0
