"""Frames of the edge -> events. Pure: no input makes it raise, what cannot be read is counted and kept as `UnknownEvent`.

One table, `READERS`: which function makes the event of a frame of that name. Where dialects differ both spellings are read.
An `UnknownEvent` holds the whole frame as it came, so nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from bot.events import (
    Caption,
    CaptionEvent,
    Combo,
    CommentEvent,
    Common,
    ControlEvent,
    DeletionEvent,
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
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.tiktok.member_actions import JOINS, MEMBER_ACTIONS
from bot.tiktok.tiktools import decode_side
from bot.tiktok.tiktools.decode_battles import armies, battle, punish_finish
from bot.tiktok.tiktools.fields import Json, emote, first, flag, identifier, items, number, picture, record, text, user
from bot.tiktok.tiktools.frames import Fault, Faults, Frame, read

__all__ = ["READERS", "Arrival", "decode_frame", "event_of"]

FIRST_MILLISECOND_STAMP = 10**11
"""A smaller stamp is in seconds (the documents show both), a greater one in milliseconds."""

STREAKABLE = 1
"""`giftType` of a gift whose repeats arrive as one growing combo."""

COARSE_JOIN = 1
COARSE_AMBIGUOUS = frozenset({2, 3})
"""Of `action`: the edge's own code says followed and shared, native TikTok says left and muted. So we say neither."""

UNKNOWN_LANGUAGE = "un"


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What the connection knows about a frame and the frame does not say."""

    creator: Handle = Handle("")
    received_at_ms: int = 0
    room_id: RoomId = RoomId("")


def decode_frame(
    message: str | bytes,
    *,
    creator: Handle,
    received_at_ms: int,
    room_id: RoomId | str = "",
    faults: Faults | None = None,
) -> list[Event]:
    """The events of one websocket message; none for the edge's own pings and journal. Never raises."""
    faults = Faults() if faults is None else faults
    arrival = Arrival(creator, received_at_ms, RoomId(room_id))
    return [event_of(frame, arrival, faults) for frame in read(message, faults)]


def event_of(frame: Frame, arrival: Arrival, faults: Faults) -> Event:
    """The event of one frame. Never raises."""
    reader = READERS.get(frame.name)
    if reader is None:
        return _unknown(frame, arrival)
    try:
        return reader(frame.data, _common(frame, arrival)) or _unknown(frame, arrival)
    except Exception:  # noqa: BLE001  # the last promise of this module, held even where a reader is wrong
        faults[Fault.UNDECODABLE] += 1
        return _unknown(frame, arrival)


def _common(frame: Frame, arrival: Arrival) -> Common:
    data = frame.data
    stamp = max(0, number(data.get("timestamp")))
    return Common(
        message_id=MessageId(identifier(data, "msgId") or _hash(frame.raw)),
        # Ids inside old frames are rounded (17 digits and zeros): the connection's own is the right one.
        room_id=arrival.room_id or RoomId(identifier(data, "roomId")),
        creator=arrival.creator,
        created_at_ms=stamp if stamp >= FIRST_MILLISECOND_STAMP else stamp * 1000,
        received_at_ms=arrival.received_at_ms,
        user=user(data.get("user")),
    )


def _hash(raw: bytes) -> str:
    """An id for a frame without one, the same for the same frame."""
    return "body:" + hashlib.blake2b(raw, digest_size=12).hexdigest()


def _unknown(frame: Frame, arrival: Arrival) -> UnknownEvent:
    """`method` is the edge's name, or the upstream method where the edge does not know the message either."""
    name = text(frame.data.get("method")) if frame.name == "unknown" else ""
    return UnknownEvent(_common(frame, arrival), name or frame.name, frame.raw)


# ------------------------------------------------------------------------------------------------ what viewers do


def _chat(data: Json, common: Common) -> CommentEvent:
    language, replied_to = text(data.get("language")), user(data.get("replyToUser"))
    return CommentEvent(
        common,
        text=text(data.get("comment")),
        language="" if language == UNKNOWN_LANGUAGE else language,
        emotes=tuple(emote(each) for each in items(data.get("emotes"))),
        mentions=(replied_to,) if replied_to is not None else (),
        message_uuid=identifier(data, "messageUuid"),
        starred=bool(record(data.get("starred"))),
    )


def _emote_chat(data: Json, common: Common) -> EmoteEvent:
    return EmoteEvent(common, (emote(data),))


def _question(data: Json, common: Common) -> QuestionEvent:
    return QuestionEvent(common, identifier(data, "questionId"), text(data.get("questionText")))


def _gift(data: Json, common: Common) -> GiftEvent:
    ended = flag(data.get("repeatEnd"))
    # Without a type, `combo` tells: the edge sets it on the progress of one.
    streakable = number(data["giftType"]) == STREAKABLE if data.get("giftType") is not None else flag(data.get("combo"))
    transaction_id = text(data.get("transactionId"))
    # All frames of one combo share their transaction id, which therefore groups them as well.
    group_id = identifier(data, "groupId") or (transaction_id if streakable else "")
    if common.user is None and (sender := identifier(data, "senderUserId")):
        common = msgspec.structs.replace(common, user=User(ViewerId(sender)))
    return GiftEvent(
        common,
        gift=Gift(
            id=identifier(data, "giftId"),
            name=text(data.get("giftName")),
            diamonds=max(0, number(data.get("diamondCount"))),
            streakable=streakable,
            image_url=picture(data.get("giftPictureUrl")),
        ),
        repeat_count=max(1, number(data.get("repeatCount"))),
        repeat_end=ended,
        group_id=group_id,
        combo=(Combo.ENDED if ended else Combo.OPEN) if streakable else Combo.SINGLE,
        transaction_id=transaction_id,
        joined_day=text(record(data.get("relationship")).get("joinDayNumber")),
    )


def _like(data: Json, common: Common) -> LikeEvent:
    return LikeEvent(common, number(data.get("likeCount")), number(first(data, "totalLikes", "totalLikeCount")))


def _member(data: Json, common: Common) -> JoinEvent | MemberActionEvent:
    """`action` (or `actionId`) is the edge's coarse number, `actionCode` TikTok's own, where it is there."""
    coarse, code = number(first(data, "action", "actionId")), number(data.get("actionCode"))
    if coarse == COARSE_JOIN or code in JOINS or (coarse in JOINS and not code) or not (coarse or code):
        return JoinEvent(
            common,
            action=code if code in JOINS else coarse or COARSE_JOIN,
            entry_source=text(data.get("entrySource")),
            entry_action=text(data.get("entryAction")),
            entry_type=text(data.get("entryType")),
        )
    ambiguous = not code and coarse in COARSE_AMBIGUOUS
    action = code or coarse
    return MemberActionEvent(common, action, "" if ambiguous else MEMBER_ACTIONS.get(action, ""))


def _social(data: Json, common: Common) -> FollowEvent | ShareEvent | None:
    """By its action, else by the key of its sentence (`displayType`, `label`); None where neither tells."""
    told = " ".join(text(data.get(name)) for name in ("action", "eventType", "displayType", "label")).lower()
    if "follow" in told:
        return FollowEvent(common)
    return ShareEvent(common) if "share" in told else None


def _follow(data: Json, common: Common) -> FollowEvent:
    return FollowEvent(common, number(data.get("followCount")))


def _share(data: Json, common: Common) -> ShareEvent:
    return ShareEvent(common, share_count=number(data.get("shareCount")))


def _viewers(data: Json, common: Common) -> ViewersEvent:
    """The list holds users, or objects with one: its order is the ranking."""
    ranked = []
    for place, each in enumerate(items(data.get("topViewers")), 1):
        entry = record(each)
        viewer = user(entry.get("user")) or user(entry)
        if viewer is not None:
            ranked.append(TopViewer(viewer, place, number(first(entry, "coinCount", "score"))))
    return ViewersEvent(
        common,
        viewers=number(data.get("viewerCount")),
        total=number(data.get("totalViewers")),
        top_viewers=tuple(ranked),
    )


# ------------------------------------------------------------------------------------------------ the room


def _caption(data: Json, common: Common) -> CaptionEvent:
    spoken = Caption(text(data.get("language")), text(data.get("text")))
    return CaptionEvent(
        common,
        captions=(spoken,),
        duration_ms=max(0, number(data.get("endsAtMs")) - number(data.get("startedAtMs"))),
        final=flag(data.get("isFinal")),
    )


def _deletion(data: Json, common: Common) -> DeletionEvent | None:
    """It names a comment by its `messageUuid`. One that names none deletes nothing."""
    deleted = identifier(data, "deletedMsgId")
    return DeletionEvent(common, message_ids=(deleted,)) if deleted else None


def _control(data: Json, common: Common) -> LivePausedEvent | LiveResumedEvent | LiveEndedEvent | ControlEvent:
    action, reason = number(data.get("action")), text(data.get("reason"))
    if action == 1:
        return LivePausedEvent(common, action, reason)
    if action == 2:
        return LiveResumedEvent(common, action, reason)
    if action in (3, 4):
        return LiveEndedEvent(common, action, reason)
    return ControlEvent(common, action, reason)


def _stream_end(data: Json, common: Common) -> LiveEndedEvent:
    return LiveEndedEvent(common, reason=text(data.get("reason")))


READERS: dict[str, Callable[[Json, Common], Event | None]] = {
    **decode_side.READERS,
    "chat": _chat,
    "emoteChat": _emote_chat,
    "emote": _emote_chat,
    "question": _question,
    "questionNew": _question,
    "gift": _gift,
    "like": _like,
    "member": _member,
    "social": _social,
    "follow": _follow,
    "share": _share,
    "roomUserSeq": _viewers,
    "battle": battle,
    "linkMicBattle": battle,
    "battleArmies": armies,
    "battlePunishFinish": punish_finish,
    "caption": _caption,
    "imDelete": _deletion,
    "control": _control,
    "streamEnd": _stream_end,
}
"""The edge's event names, both dialects'. `linkMicBattle`, `emote` and `questionNew` are its older documents' spellings."""
