"""Webcast messages -> events. Pure.

One table, `READERS`: which protobuf class a method's payload is, and which function makes the event of it. A method that is
not in it becomes an `UnknownEvent`, whole. What a field means, and how that is known, stands in docs/protocol.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec
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
    UnknownEvent,
    User,
    ViewersEvent,
)
from bot.events.ids import Handle, RoomId, ViewerId
from bot.tiktok.member_actions import JOINS, MEMBER_ACTIONS
from bot.tiktok.webcast import wire
from bot.tiktok.webcast.decode_battles import armies, battle, punish_finish
from bot.tiktok.webcast.decode_parts import (
    Arrival,
    DecodeError,
    common,
    first_url,
    lean_user,
    milliseconds,
    rare_user,
    top_viewers,
    user,
)
from bot.tiktok.webcast.decode_rare import RARE
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.pb import webcast_pb2 as pb

__all__ = ["MEMBER_ACTIONS", "READERS", "Arrival", "DecodeError", "decode", "unknown"]

M = TypeVar("M", bound=ProtobufMessage)

_make_arrival: Callable[..., Arrival] = Arrival
"""The constructor as it is at run time, where a room id is a plain string."""

MOST_PAYLOAD_BYTES = 128 * 1024
"""Of a message that we model. The longest captured one of any kind has 50 KB; two bytes can become an object."""

NO_LISTS: tuple[tuple[Emote, ...], tuple[User, ...]] = ((), ())
"""Of a comment without emotes and mentions."""

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

    A rarer message that names itself and is damaged behind that stays whole, as an `UnknownEvent`: half of a list is no list.
    `room_id` is the connection's, for messages that name none; `envelope_id` the batch's id for this message, if it has one.
    """
    reader = READERS.get(method)
    if reader is None:
        return unknown(method, payload, Arrival(creator, received_at_ms, RoomId(room_id), is_history, envelope_id))
    if len(payload) > MOST_PAYLOAD_BYTES:
        raise DecodeError(f"the payload of {method} has {len(payload)} bytes")
    kind, read, parse = reader
    arrival = _make_arrival(creator, received_at_ms, room_id, is_history, envelope_id, method, kind)
    try:
        return read(parse(payload), payload, arrival)
    except ProtobufError:
        if method in RARE and _base(method, payload).method == method:
            return unknown(method, payload, arrival)
        whole = _salvage(kind, method, payload)
    try:
        return read(parse(whole), payload, arrival)
    except ProtobufError:
        raise DecodeError(f"the payload is not a {method}") from None


def unknown(method: str, payload: bytes, arrival: Arrival) -> UnknownEvent:
    """A message as it came, with what its common part says where that can be read. Takes any bytes."""
    if arrival.kind is not None:
        arrival = msgspec.structs.replace(arrival, kind=None)
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
        for field in islice(wire.fields(payload), wire.MOST_LOOKED_AT):
            if field.number == number and field.wire_type == wire.LENGTH_DELIMITED:
                return pb.Base.FromString(payload[field.body : field.end])
    except (wire.Broken, ProtobufError):
        pass
    return pb.Base()


def _salvage(kind: type[ProtobufMessage], method: str, payload: bytes) -> bytes:
    """The fields before a broken tag, still encoded, if they include a common part that names this very method.

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
        kind.FromString(payload[:whole])
    except ProtobufError:
        raise DecodeError(f"the payload is not a {method}") from None
    if whole == len(payload) or _base(method, payload[:whole]).method != method:
        raise DecodeError(f"the payload is not a {method}")
    return payload[:whole]


# ------------------------------------------------------------------------------------------------ comments


def _chat(message: pb.LeanChat, payload: bytes, arrival: Arrival) -> CommentEvent:
    emotes, mentions = _lists(payload) if message.WhichOneof("lists") else NO_LISTS
    return CommentEvent(
        common(message.base, lean_user(message.user, message.identity), payload, arrival),
        message.content,
        message.language,
        emotes,
        # Whom an older comment mentions; newer ones list all.
        mentions or ((mentioned,) if (mentioned := rare_user(message.at_user)) is not None else ()),
        arrival.is_history,
        "",
        message.visible_to_sender,
    )


def _lists(payload: bytes) -> tuple[tuple[Emote, ...], tuple[User, ...]]:
    """The emotes and the mentioned of a comment that has any."""
    lists = pb.LeanChatLists.FromString(payload)
    emotes = tuple([_emote(each.emote, each.index) for each in lists.emotes[:]])
    return emotes, tuple([mentioned for each in lists.mentions[:] if (mentioned := lean_user(each)) is not None])


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


def _gift(message: pb.LeanGift, payload: bytes, arrival: Arrival) -> GiftEvent:
    gift, group_id, ended = message.gift, message.group_id, message.repeat_end > 0
    gift_id, gift_type = gift.id, gift.type
    # Without the gift's own description, the group tells: captured, only combos have one.
    streakable = gift_type == STREAKABLE if gift_type else group_id != 0
    return GiftEvent(
        common(message.base, lean_user(message.user, message.identity), payload, arrival),
        Gift(
            str(gift_id or message.gift_id),
            gift.name,
            gift.diamonds,
            streakable,
            first_url(gift.image) or first_url(gift.icon),
        ),
        count if (count := message.repeat_count) > 1 else 1,
        ended,
        str(group_id) if group_id else "",
        (Combo.ENDED if ended else Combo.OPEN) if streakable else Combo.SINGLE,
        _receiver(message),
        message.order_id,
    )


def _receiver(message: pb.LeanGift) -> User | None:
    """Who got the gift, when it was a guest and not the creator."""
    if (raw := message.to_user) and (named := rare_user(raw)) is not None:
        return named
    if member_id := message.to_member_id or message.to_member_id_text:
        return User(ViewerId(str(member_id)), nickname=message.to_member_nickname)
    monitor = message.monitor
    if (receiver_id := monitor.to_user_id) and receiver_id != monitor.creator_id:
        return User(ViewerId(str(receiver_id)))
    return None


# ------------------------------------------------------------------------------------------------ engagement


def _like(message: pb.LeanLike, payload: bytes, arrival: Arrival) -> LikeEvent:
    return LikeEvent(common(message.base, lean_user(message.user), payload, arrival), message.count, message.total)


def _member(message: pb.LeanMember, payload: bytes, arrival: Arrival) -> JoinEvent | MemberActionEvent:
    action, viewers = message.action, message.member_count
    concerned = lean_user(message.user)
    if concerned is None and message.user_id:
        concerned = User(ViewerId(str(message.user_id)))
    shared = common(message.base, concerned, payload, arrival)
    if action in JOINS:
        return JoinEvent(shared, action, viewers, message.entry_source, message.live_reason, message.entry_type)
    return MemberActionEvent(
        shared,
        action,
        MEMBER_ACTIONS.get(action, ""),
        rare_user(message.operator),
        message.action_duration,
        message.action_description,
        viewers,
    )


def _social(message: pb.LeanSocial, payload: bytes, arrival: Arrival) -> FollowEvent | ShareEvent | UnknownEvent:
    """By the action first, by the sentence's key second: the key can change with TikTok's wording."""
    action, base = message.action, message.base
    shared = told(base, lean_user(message.user), payload, arrival)
    key = shared.display_key
    if action == FOLLOWED or (action not in SHARED and "follow" in key):
        return FollowEvent(shared, message.follow_count)
    if action in SHARED or "share" in key:
        # Captured, one share in eight says that somebody joined, and to search costs as much as the rest of this.
        joined = _JOINED_BY_SHARE.search(key) if "viewer_" in key else None
        return ShareEvent(shared, message.share_target, message.share_count, int(joined[1]) if joined else 0, action)
    return UnknownEvent(common(base, None, payload, arrival), "WebcastSocialMessage", payload)


def _viewers(message: pb.LeanRoomUserSeq, payload: bytes, arrival: Arrival) -> ViewersEvent:
    shared = common(message.base, None, payload, arrival)
    return ViewersEvent(shared, message.viewers, message.total_viewers, message.anonymous, top_viewers(message.ranks[:]))


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
    """How one method's payload becomes an event. `kind` is its class; `parse` may be that of a lean one with the same numbers."""

    kind: type[ProtobufMessage]
    read: Callable[[Any, bytes, Arrival], Event]
    parse: Callable[[bytes], Any]


def _reader(kind: type[M], read: Callable[[M, bytes, Arrival], Event]) -> Reader:
    return Reader(kind, read, kind.FromString)


def _lean(kind: type[ProtobufMessage], lean: type[M], read: Callable[[M, bytes, Arrival], Event]) -> Reader:
    """For what arrives most."""
    return Reader(kind, read, lean.FromString)


LEAN: dict[type[ProtobufMessage], type[ProtobufMessage]] = {pb.Link: pb.LeanLink, pb.LinkLayer: pb.LeanLinkLayer}
"""Lean forms of rarer messages: lists that come whole with each change."""

READERS: dict[str, Reader] = {
    "WebcastChatMessage": _lean(pb.Chat, pb.LeanChat, _chat),
    "WebcastEmoteChatMessage": _reader(pb.EmoteChat, _emote_chat),
    "WebcastQuestionNewMessage": _reader(pb.QuestionNew, _question),
    "WebcastCaptionMessage": _reader(pb.CaptionMessage, _caption),
    "WebcastGiftMessage": _lean(pb.GiftMessage, pb.LeanGift, _gift),
    "WebcastLikeMessage": _lean(pb.Like, pb.LeanLike, _like),
    "WebcastMemberMessage": _lean(pb.Member, pb.LeanMember, _member),
    "WebcastSocialMessage": _lean(pb.Social, pb.LeanSocial, _social),
    "WebcastRoomUserSeqMessage": _lean(pb.RoomUserSeq, pb.LeanRoomUserSeq, _viewers),
    "WebcastControlMessage": _reader(pb.Control, _control),
    "WebcastImDeleteMessage": _reader(pb.ImDelete, _deletion),
    "WebcastLinkMicBattle": _reader(pb.Battle, battle),
    "WebcastLinkMicArmies": _reader(pb.BattleArmies, armies),
    "WebcastLinkMicBattlePunishFinish": _reader(pb.BattlePunishFinish, punish_finish),
    **{method: Reader(kind, read, LEAN.get(kind, kind).FromString) for method, (kind, read) in RARE.items()},
}
