"""Webcast messages -> events. Pure.

One table, `READERS`: which protobuf class a method's payload is, and which function makes the event of it. A method that is
not in it becomes an `UnknownEvent`, whole. What a field means, and how that is known, stands in docs/protocol.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from google.protobuf.message import DecodeError as ProtobufError
from google.protobuf.message import Message as ProtobufMessage

from bot.events import (
    Caption,
    CaptionEvent,
    Combo,
    CommentEvent,
    Common,
    ControlEvent,
    DeletionEvent,
    Emote,
    EmoteEvent,
    Event,
    FollowEvent,
    Gift,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    MemberActionEvent,
    QuestionEvent,
    ShareEvent,
    TopViewer,
    UnknownEvent,
    User,
    ViewersEvent,
)
from bot.events.ids import Handle, RoomId, ViewerId
from bot.tiktok.webcast import wire
from bot.tiktok.webcast.decode_battles import armies, battle, punish_finish
from bot.tiktok.webcast.decode_parts import Arrival, DecodeError, common, first_url, is_blank, milliseconds, ranked_user, user
from bot.tiktok.webcast.pb import webcast_pb2 as pb

__all__ = ["MEMBER_ACTIONS", "READERS", "Arrival", "DecodeError", "decode", "unknown"]

M = TypeVar("M", bound=ProtobufMessage)

JOINS = frozenset({1, 46, 47})
MEMBER_ACTIONS = {
    2: "left",
    3: "muted",
    4: "unmuted",
    5: "moderator_added",
    6: "moderator_removed",
    7: "kicked",
    8: "became_top_viewer",
    9: "muted_by_moderator",
    10: "unmuted_by_moderator",
    11: "kicked_out",
    17: "moderator_prompt_on",
    18: "moderator_prompt_off",
    20: "moderator_permissions_changed",
    21: "unblocked",
    22: "comments_on",
    23: "comments_off",
    24: "keyword_filter_changed",
    25: "keyword_filter_changed",
    26: "comment_pinned",
    28: "subscribers_only_on",
    30: "limited_chat_on",
    31: "limited_chat_off",
    32: "comment_flagging_on",
    33: "comment_flagging_off",
    34: "flagged_comment_review_on",
    35: "flagged_comment_review_off",
    36: "subscribers_preview_off",
    38: "name_frame_changed",
    39: "spam_filter_on",
    40: "spam_filter_off",
    41: "name_frame_removed",
    42: "name_frame_upgraded",
    43: "anonymous_comments_on",
    44: "anonymous_comments_off",
    48: "guardian",
}
"""Our words. 3 is "muted": older libraries guessed a subscription, the app's own code renders it as a mute."""

FOLLOWED = 1
SHARED = frozenset({2, 3, 4, 5})
_JOINED_BY_SHARE = re.compile(r"viewer_(\d{1,4})_share")

STREAKABLE = 1
"""`gift.type` of a gift whose repeats arrive as one growing combo."""

WITH_LATE_BASE = frozenset({"WebcastWeeklyRankRewardMessage"})
"""Captured: its fields 1 and 2 are numbers, the common part is field 3."""


def decode(
    method: str,
    payload: bytes,
    *,
    creator: Handle,
    received_at_ms: int,
    room_id: RoomId | str = "",
    is_history: bool = False,
    envelope_id: int = 0,
) -> Event:
    """The event of one message. Raises `DecodeError` when a payload that we model is not what `method` says.

    `room_id` is the connection's, for messages that name none; `envelope_id` the batch's id for this message, if it has one.
    """
    arrival = Arrival(creator, received_at_ms, RoomId(room_id), is_history, envelope_id)
    reader = READERS.get(method)
    if reader is None:
        return unknown(method, payload, arrival)
    try:
        message = reader.parse(payload)
    except ProtobufError:
        message = _salvage(reader.kind, method, payload)
    if not message.base.message_id:
        _refuse_foreign_bytes(message, method, payload)
    return reader.read(message, payload, arrival)


def unknown(method: str, payload: bytes, arrival: Arrival) -> UnknownEvent:
    """A message as it came, with what its common part says where that can be read."""
    return UnknownEvent(common(_base(method, payload), None, payload, arrival), method, payload)


def _base(method: str, payload: bytes) -> pb.Base:
    """The common part of any message; an empty one when the payload has none."""
    late = method in WITH_LATE_BASE
    try:
        base = (pb.LateMessage if late else pb.AnyMessage).FromString(payload).base
    except ProtobufError:
        base = _first_base(payload, number=3 if late else 1)
    # Bytes of another kind can happen to parse. Every captured common part names its message type.
    return base if base.method.isidentifier() else pb.Base()


def _first_base(payload: bytes, *, number: int) -> pb.Base:
    """The common part of a payload that is damaged elsewhere."""
    try:
        for field in wire.fields(payload):
            if field.number == number and field.wire_type == wire.LENGTH_DELIMITED:
                return pb.Base.FromString(payload[field.body : field.end])
    except (wire.Broken, ProtobufError):
        pass
    return pb.Base()


def _salvage(kind: type[M], method: str, payload: bytes) -> M:
    """The fields before a broken tag, if they include a common part that names this very method.

    Captured: one like in 1,577 messages carries a tag that no schema has, behind everything that counts. A message that is
    cut short is not salvaged: it may lack its text.
    """
    whole = 0
    try:
        for field in wire.fields(payload):
            whole = field.end
    except wire.Broken as broken:
        if broken.cut_short:
            raise DecodeError(f"the payload of {method} is {broken}") from None
    try:
        message = kind.FromString(payload[:whole])
    except ProtobufError:
        raise DecodeError(f"the payload is not a {method}") from None
    if whole == len(payload) or _base(method, payload[:whole]).method != method:
        raise DecodeError(f"the payload is not a {method}")
    return message


def _refuse_foreign_bytes(message: ProtobufMessage, method: str, payload: bytes) -> None:
    """A message without an id is rare. Is it one at all?"""
    if number := wire.mistyped(type(message), payload):
        raise DecodeError(f"field {number} of {method} has a wrong wire type")
    if is_blank(message):
        raise DecodeError(f"the payload holds no field of {method}")


# ------------------------------------------------------------------------------------------------ comments


def _chat(message: pb.Chat, payload: bytes, arrival: Arrival) -> CommentEvent:
    emotes = message.emotes
    return CommentEvent(
        common(message.base, user(message.user, message.identity), payload, arrival),
        message.content,
        message.language,
        tuple([_emote(each.emote, each.index) for each in emotes]) if emotes else (),
        _mentions(message),
        arrival.is_history,
        "",
        message.visible_to_sender,
    )


def _mentions(message: pb.Chat) -> tuple[User, ...]:
    """Newer comments list all they mention, older ones name one."""
    listed = message.mentions
    if listed:
        return tuple([mentioned for each in listed if (mentioned := user(each)) is not None])
    named = user(message.at_user) if message.HasField("at_user") else None
    return (named,) if named is not None else ()


def _emote_chat(message: pb.EmoteChat, payload: bytes, arrival: Arrival) -> EmoteEvent:
    shared = common(message.base, user(message.user, message.identity), payload, arrival)
    return EmoteEvent(shared, tuple([_emote(each) for each in message.emotes]), arrival.is_history)


def _emote(emote: pb.Emote, index: int = 0) -> Emote:
    return Emote(emote.id, first_url(emote.image), index)


def _question(message: pb.QuestionNew, payload: bytes, arrival: Arrival) -> QuestionEvent:
    question = message.question
    shared = common(message.base, user(question.user), payload, arrival)
    return QuestionEvent(shared, str(question.id) if question.id else "", question.content)


def _caption(message: pb.CaptionMessage, payload: bytes, arrival: Arrival) -> CaptionEvent:
    shared = common(message.base, None, payload, arrival)
    if not shared.created_at_ms:
        # Captured: a caption's common part has no time, its own stamp has, in seconds or milliseconds.
        stamp = milliseconds(message.timestamp)
        shared = Common(shared.message_id, shared.room_id, shared.creator, stamp, shared.received_at_ms)
    return CaptionEvent(
        shared,
        tuple([Caption(each.language, each.content) for each in message.contents]),
        str(message.sentence_id) if message.sentence_id else "",
        message.sequence_id,
        message.duration_ms,
        message.definite,
    )


# ------------------------------------------------------------------------------------------------ gifts


def _gift(message: pb.GiftMessage, payload: bytes, arrival: Arrival) -> GiftEvent:
    gift, group_id, ended = message.gift, message.group_id, message.repeat_end > 0
    gift_id, gift_type = gift.id, gift.type
    # Without the gift's own description, the group tells: captured, only combos have one.
    streakable = gift_type == STREAKABLE if gift_type else group_id != 0
    return GiftEvent(
        common(message.base, user(message.user, message.identity), payload, arrival),
        Gift(
            str(gift_id or message.gift_id),
            gift.name,
            gift.diamonds,
            streakable,
            first_url(gift.image) or first_url(gift.icon),
        ),
        max(1, message.repeat_count),
        ended,
        str(group_id) if group_id else "",
        (Combo.ENDED if ended else Combo.OPEN) if streakable else Combo.SINGLE,
        _receiver(message),
        message.order_id,
    )


def _receiver(message: pb.GiftMessage) -> User | None:
    """Who got the gift, when it was a guest and not the creator."""
    if message.HasField("to_user") and (named := user(message.to_user)) is not None:
        return named
    if member_id := message.to_member_id or message.to_member_id_text:
        return User(ViewerId(str(member_id)), nickname=message.to_member_nickname)
    monitor = message.monitor
    if (receiver_id := monitor.to_user_id) and receiver_id != monitor.creator_id:
        return User(ViewerId(str(receiver_id)))
    return None


# ------------------------------------------------------------------------------------------------ engagement


def _like(message: pb.Like, payload: bytes, arrival: Arrival) -> LikeEvent:
    return LikeEvent(common(message.base, user(message.user), payload, arrival), message.count, message.total)


def _member(message: pb.Member, payload: bytes, arrival: Arrival) -> JoinEvent | MemberActionEvent:
    action, viewers = message.action, message.member_count
    concerned = user(message.user)
    if concerned is None and message.user_id:
        concerned = User(ViewerId(str(message.user_id)))
    shared = common(message.base, concerned, payload, arrival)
    if action in JOINS:
        return JoinEvent(shared, action, viewers, message.entry_source, message.live_reason, message.entry_type)
    return MemberActionEvent(
        shared,
        action,
        MEMBER_ACTIONS.get(action, ""),
        user(message.operator) if message.HasField("operator") else None,
        message.action_duration,
        message.action_description,
        viewers,
    )


def _social(message: pb.Social, payload: bytes, arrival: Arrival) -> FollowEvent | ShareEvent | UnknownEvent:
    """By the action first, by the sentence's key second: the key can change with TikTok's wording."""
    action, base = message.action, message.base
    key = base.display_text.key
    if action == FOLLOWED or (action not in SHARED and "follow" in key):
        return FollowEvent(common(base, user(message.user), payload, arrival), message.follow_count)
    if action in SHARED or "share" in key:
        joined = _JOINED_BY_SHARE.search(key)
        shared = common(base, user(message.user), payload, arrival)
        return ShareEvent(shared, message.share_target, message.share_count, int(joined[1]) if joined else 0, action)
    return unknown("WebcastSocialMessage", payload, arrival)


def _viewers(message: pb.RoomUserSeq, payload: bytes, arrival: Arrival) -> ViewersEvent:
    ranked = tuple([TopViewer(ranked_user(each.user), each.rank, each.score) for each in message.ranks])
    shared = common(message.base, None, payload, arrival)
    return ViewersEvent(shared, message.viewers, message.total_viewers, message.anonymous, ranked)


# ------------------------------------------------------------------------------------------------ the room


def _control(
    message: pb.Control, payload: bytes, arrival: Arrival
) -> LivePausedEvent | LiveResumedEvent | LiveEndedEvent | ControlEvent:
    action = message.action
    shared = common(message.base, None, payload, arrival)
    reason = _reason(message)
    if action == 1:
        return LivePausedEvent(shared, action, reason)
    if action == 2:
        return LiveResumedEvent(shared, action, reason)
    if action in (3, 4):
        return LiveEndedEvent(shared, action, reason)
    return ControlEvent(shared, action, reason)


def _reason(message: pb.Control) -> str:
    """TikTok's own word for why, the most specific first."""
    extra, punishment = message.extra, message.punishment
    return punishment.shown_reason or punishment.reason or extra.violation_reason.pattern or extra.source or message.tips


def _deletion(message: pb.ImDelete, payload: bytes, arrival: Arrival) -> DeletionEvent:
    return DeletionEvent(
        common(message.base, None, payload, arrival),
        tuple([str(each) for each in message.message_ids]),
        tuple([str(each) for each in message.user_ids]),
    )


class Reader(NamedTuple):
    """How one method's payload becomes an event. `parse` is the class's parser, looked up once."""

    kind: type[Any]
    read: Callable[[Any, bytes, Arrival], Event]
    parse: Callable[[bytes], Any]


def _reader(kind: type[M], read: Callable[[M, bytes, Arrival], Event]) -> Reader:
    return Reader(kind, read, kind.FromString)


READERS: dict[str, Reader] = {
    "WebcastChatMessage": _reader(pb.Chat, _chat),
    "WebcastEmoteChatMessage": _reader(pb.EmoteChat, _emote_chat),
    "WebcastQuestionNewMessage": _reader(pb.QuestionNew, _question),
    "WebcastCaptionMessage": _reader(pb.CaptionMessage, _caption),
    "WebcastGiftMessage": _reader(pb.GiftMessage, _gift),
    "WebcastLikeMessage": _reader(pb.Like, _like),
    "WebcastMemberMessage": _reader(pb.Member, _member),
    "WebcastSocialMessage": _reader(pb.Social, _social),
    "WebcastRoomUserSeqMessage": _reader(pb.RoomUserSeq, _viewers),
    "WebcastControlMessage": _reader(pb.Control, _control),
    "WebcastImDeleteMessage": _reader(pb.ImDelete, _deletion),
    "WebcastLinkMicBattle": _reader(pb.Battle, battle),
    "WebcastLinkMicArmies": _reader(pb.BattleArmies, armies),
    "WebcastLinkMicBattlePunishFinish": _reader(pb.BattlePunishFinish, punish_finish),
}
