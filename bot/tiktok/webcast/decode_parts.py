"""The parts that Webcast messages share: the header, users, pictures. Pure.

Reading a field of a protobuf object makes a Python object, and that is what decoding costs (parsing is cheap): each
sub-message is read once, into a local, and nothing is read that may not be used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
from google.protobuf.message import Message as ProtobufMessage

from bot.errors import RelayError
from bot.events import Badge, Common, User
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.tiktok.webcast.pb import webcast_pb2 as pb

MODERATOR_BADGE = 1
SUBSCRIBER_BADGES = frozenset({4, 7})
GIFTER_BADGE = 8
FAN_BADGE = 10
"""Badge scenes. Captured: scene 1 appears exactly where `is_moderator` does, 4 and 7 where `is_subscriber` does."""

FRIENDS = 2
"""`follow_status` of two who follow each other; 1 and 3 follow the creator, 0 says nothing."""

TEXT_BADGE, STRING_BADGE, COMBINED_BADGE = 2, 3, 4
"""How a badge is drawn, which says where its text stands."""

FIRST_MILLISECOND_STAMP = 10**11
"""A smaller stamp is in seconds (until the year 5138), a greater one in milliseconds (since 1973)."""


class DecodeError(RelayError):
    """A payload is not what its method says. The message tells which and how."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What the connection knows about a message and the message does not say."""

    creator: Handle = Handle("")
    received_at_ms: int = 0
    room_id: RoomId = RoomId("")
    is_history: bool = False
    envelope_id: int = 0


def common(base: pb.Base, user: User | None, payload: bytes, arrival: Arrival) -> Common:
    """The shared part of an event. A message without a room belongs to the connection that brought it."""
    message_id, room_id, stamp = base.message_id, base.room_id, base.created_at
    return Common(
        MessageId(str(message_id)) if message_id else substitute_id(payload, arrival),
        RoomId(str(room_id)) if room_id else arrival.room_id,
        arrival.creator,
        stamp if stamp >= FIRST_MILLISECOND_STAMP else milliseconds(stamp),
        arrival.received_at_ms,
        user,
    )


def substitute_id(payload: bytes, arrival: Arrival) -> MessageId:
    """An id for a message that names none: the batch's id for it, else a hash of the body (so a repeat is a duplicate)."""
    if arrival.envelope_id:
        return MessageId(str(arrival.envelope_id))
    return MessageId("body:" + hashlib.blake2b(payload, digest_size=12).hexdigest())


def milliseconds(stamp: int) -> int:
    """A stamp of any message as milliseconds: some count seconds, some say 0 (captions), and 0 stays 0."""
    if stamp >= FIRST_MILLISECOND_STAMP:
        return stamp
    return stamp * 1000 if stamp > 0 else 0


def user(wire: pb.User, identity: pb.Identity | None = None) -> User | None:
    """A user, or None where the message has none. `identity` is what they are to the creator, where the message tells."""
    user_id = wire.id or wire.id_text
    handle, nickname = wire.handle, wire.nickname
    if not user_id and not handle and not nickname:
        return None
    follow_status = wire.follow_info.follow_status
    worn = wire.badges
    badges, gifter_level, fan_level = _badges(worn) if worn else ((), 0, 0)
    if identity is None:
        moderates = subscribes = follows = befriends = False
    else:
        moderates, subscribes = identity.is_moderator, identity.is_subscriber
        # `follow_status` is 0 for a third of the followers (captured); `identity` is right.
        follows, befriends = identity.is_follower, identity.is_friend
    return User(
        ViewerId(str(user_id)),
        Handle(handle),
        nickname,
        first_url(wire.avatar_thumb),
        wire.sec_uid,
        moderates or wire.attributes.is_admin,
        subscribes or wire.is_subscriber,
        follows or follow_status > 0,
        befriends or follow_status == FRIENDS,
        gifter_level,
        fan_level or _membership_level(wire),
        badges,
    )


def ranked_user(wire: pb.User) -> User:
    """A user in the list of top viewers: up to 16 of them every two seconds, so only who they are is kept."""
    user_id = wire.id
    return User(ViewerId(str(user_id) if user_id else ""), Handle(wire.handle), wire.nickname)


def _badges(worn: Iterable[pb.Badge]) -> tuple[tuple[Badge, ...], int, int]:
    """(badges, gifter level, fan level)."""
    badges: list[Badge] = []
    gifter_level = fan_level = 0
    for badge in worn:
        scene, log_level = badge.scene, badge.log.level
        level = int(log_level) if log_level.isdecimal() else 0
        if scene == GIFTER_BADGE:
            gifter_level = level
        elif scene == FAN_BADGE:
            fan_level = level
        badges.append(Badge(scene, level, _badge_text(badge)))
    return tuple(badges), gifter_level, fan_level


def _badge_text(badge: pb.Badge) -> str:
    drawn = badge.display_type
    if drawn == COMBINED_BADGE:
        combination = badge.combination
        return combination.value or combination.text.pattern
    if drawn == TEXT_BADGE:
        return badge.text.pattern
    return badge.string.value if drawn == STRING_BADGE else ""


def _membership_level(wire: pb.User) -> int:
    if wire.HasField("fan_club"):
        return wire.fan_club.membership.level
    return wire.fan_club_info.level if wire.HasField("fan_club_info") else 0


def first_url(image: pb.Image) -> str:
    """The picture's first address, "" when it has none. They are signed and expire."""
    try:
        return image.urls[0]
    except IndexError:
        return ""


def is_blank(message: ProtobufMessage) -> bool:
    """Whether none of the fields that we declare was found in it."""
    return not message.ListFields()
