"""What happened, in a form that does not depend on whose client tells it: (kind, message id, who, what)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.events import (
    BattleEvent,
    CaptionEvent,
    CommentEvent,
    DeletionEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    MemberActionEvent,
    QuestionEvent,
    ShareEvent,
    ViewersEvent,
)

Json = Mapping[str, Any]
Row = tuple[str, str, str, tuple[object, ...]]

_OURS: dict[type[Event], tuple[str, Callable[[Any], tuple[object, ...]]]] = {
    CommentEvent: ("chat", lambda event: (event.text,)),
    GiftEvent: ("gift", lambda event: (event.gift.id, event.gift.name, event.repeat_count, event.repeat_end)),
    LikeEvent: ("like", lambda event: (event.count, event.total)),
    FollowEvent: ("follow", lambda event: (event.follow_count,)),
    ShareEvent: ("share", lambda event: (event.share_count,)),
    JoinEvent: ("member", lambda event: (event.action, event.member_count)),
    MemberActionEvent: ("member", lambda event: (event.action, event.member_count)),
    ViewersEvent: ("viewers", lambda event: (event.viewers, event.total)),
    DeletionEvent: ("delete", lambda event: (event.message_ids, event.user_ids)),
    QuestionEvent: ("question", lambda event: (event.text,)),
    CaptionEvent: ("caption", lambda event: tuple(each.text for each in event.captions)),
    EmoteEvent: ("emote", lambda event: tuple(each.emote_id for each in event.emotes)),
    BattleEvent: ("battle", lambda event: (event.battle_id, event.action)),
    LivePausedEvent: ("control", lambda event: (event.action,)),
    LiveResumedEvent: ("control", lambda event: (event.action,)),
    LiveEndedEvent: ("control", lambda event: (event.action,)),
}


def ours(event: Event) -> Row | None:
    """Our event as a row, None for what nobody else tells."""
    known = _OURS.get(type(event))
    if known is None:
        return None
    kind, what = known
    return (kind, event.message_id, event.user.nickname if event.user else "", what(event))


# Both libraries have the same message under two spellings: snake case with numbers, camel case with texts.
_THEIRS: dict[str, tuple[str, Callable[[Json], tuple[object, ...]]]] = {
    "chat": ("chat", lambda told: (told.get("content", ""),)),
    "gift": (
        "gift",
        lambda told: (
            _text(told, "giftId"),
            told["gift"]["name"],
            _number(told, "repeatCount"),
            bool(_number(told, "repeatEnd")),
        ),
    ),
    "like": ("like", lambda told: (_number(told, "count"), _number(told, "total"))),
    "follow": ("follow", lambda told: (_number(told, "followCount"),)),
    "share": ("share", lambda told: (_number(told, "shareCount"),)),
    "member": ("member", lambda told: (_number(told, "action"), _number(told, "memberCount"))),
    "roomUser": ("viewers", lambda told: (_number(told, "total"), _number(told, "totalUser"))),
    "imDelete": ("delete", lambda told: (_texts(told, "deleteMsgIds"), _texts(told, "deleteUserIds"))),
    "questionNew": ("question", lambda told: (told["data"]["content"],)),
    "captionMessage": ("caption", lambda told: tuple(each["content"] for each in told["content"])),
    "emote": ("emote", lambda told: tuple(each["emoteId"] for each in told["emoteList"])),
    "linkMicBattle": ("battle", lambda told: (_text(told, "battleId"), _number(told, "action"))),
    "linkMicBattlePunishFinish": ("battle", lambda told: (_text(told, "battleId"), 0)),
    "controlMessage": ("control", lambda told: (_number(told, "action"),)),
}

TIKTOKLIVE_NAMES = {
    "CommentEvent": "chat",
    "GiftEvent": "gift",
    "LikeEvent": "like",
    "FollowEvent": "follow",
    "ShareEvent": "share",
    "JoinEvent": "member",
    "RoomUserSeqEvent": "roomUser",
    "ImDeleteEvent": "imDelete",
    "QuestionNewEvent": "questionNew",
    "CaptionEvent": "captionMessage",
    "EmoteChatEvent": "emote",
    "LinkMicBattleEvent": "linkMicBattle",
    "LinkMicBattlePunishFinishEvent": "linkMicBattlePunishFinish",
    "ControlEvent": "controlMessage",
}


def theirs(name: str, told: Json) -> Row | None:
    """An event of TikTokLive's or the connector's, None for those that are ours alone, twins, or about the connection."""
    known = _THEIRS.get(TIKTOKLIVE_NAMES.get(name, name))
    if known is None:
        return None
    kind, what = known
    plain = camel(told)
    asker = plain.get("data", {}) if kind == "question" else plain
    return (kind, _text(plain["common"], "msgId"), (asker.get("user") or {}).get("nickname", ""), what(plain))


def camel(told: Any) -> Any:
    """snake_case keys as camelCase ones, all the way down."""
    if isinstance(told, Mapping):
        return {_camel(str(key)): camel(value) for key, value in told.items()}
    return [camel(each) for each in told] if isinstance(told, list) else told


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def _number(told: Json, name: str) -> int:
    return int(told.get(name) or 0)


def _text(told: Json, name: str) -> str:
    return str(told.get(name) or "")


def _texts(told: Json, name: str) -> tuple[str, ...]:
    return tuple(str(each) for each in told.get(name) or ())
