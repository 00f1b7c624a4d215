"""The parts that Webcast messages share: the header, users, pictures. Pure.

Reading a field of a protobuf object makes a Python object, and that is what decoding costs (parsing is cheap): each
sub-message is read once, into a local, and nothing is read that may not be used. A repeated field is read as a slice: its
iterator ends with an exception, which costs as much as reading a badge. What comes again and again with the same bytes (top
viewers, guests, what one is to the creator) is read once and then looked up by them: see `Kept`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec
from google.protobuf.message import Message as ProtobufMessage

from bot.errors import RelayError
from bot.events import Badge, Common, TopViewer, User
from bot.events.ids import Handle, MessageId, RoomId
from bot.tiktok.webcast.kept import Kept, KeptByStart, KeptIds
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from bot.tiktok.webcast.wire import mistyped

MODERATOR_BADGE = 1
SUBSCRIBER_BADGES = frozenset({4, 7})
GIFTER_BADGE = 8
FAN_BADGE = 10
"""Badge scenes. Captured: scene 1 appears exactly where `is_moderator` does, 4 and 7 where `is_subscriber` does."""

USUAL_LEVELS = {"": 0} | {str(level): level for level in range(100)}
"""Text and number: to look a level up takes a quarter of reading it."""

MOST_LEVEL_DIGITS = 9
"""Levels go to 50 or so; `int` refuses absurdly long numbers with an exception."""

FRIENDS = 2
"""`follow_status` of two who follow each other; 1 and 3 follow the creator, 0 says nothing."""

TEXT_BADGE, STRING_BADGE, COMBINED_BADGE = 2, 3, 4
"""How a badge is drawn, which says where its text stands."""

FIRST_MILLISECOND_STAMP = 10**11
"""A smaller stamp is in seconds (until the year 5138), a greater one in milliseconds (since 1973)."""

MOST_BYTES_KEPT = 16 * 1024 * 1024
"""Of top viewers and of guests each, ten thousand and more. Captured: eight in ten top viewers are the very bytes of two seconds
ago, and three in four guests those of the list before."""

MOST_FLAG_BYTES_KEPT = 128 * 1024
"""There are six flags in an `Identity` and three in `UserAttributes`; anything else in them is somebody's play."""

UNDECORATED: tuple[tuple[Badge, ...], int, int] = ((), 0, 0)
"""No badges, and no level told by one."""

STRANGER = (False, False, False, False)

_make_common: Callable[..., Common] = Common
_make_user: Callable[..., User] = User
"""The constructors as they are at run time, where ids are plain strings: `ViewerId(…)` costs as much as reading a field."""


class DecodeError(RelayError):
    """A payload is not what its method says. The message tells which and how."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What the connection knows about a message and the message does not say.

    `method` and `kind`: what the batch says the payload is, and our class for it; left out where we model none.
    """

    creator: Handle = Handle("")
    received_at_ms: int = 0
    room_id: RoomId = RoomId("")
    is_history: bool = False
    envelope_id: int = 0
    method: str = ""
    kind: type[ProtobufMessage] | None = None


def common(
    base: pb.Base | pb.LeanBase | pb.ToldBase,
    user: User | None,
    payload: bytes,
    arrival: Arrival,
    sentence: str = "",
    key: str = "",
) -> Common:
    """The shared part of an event. A message without a room belongs to the connection that brought it.

    Raises `DecodeError` when a message without an id turns out to be none of its kind.
    """
    message_id, room_id, stamp = base.message_id, base.room_id, base.created_at
    return _make_common(
        str(message_id) if message_id else substitute_id(payload, arrival),
        _room_ids[room_id] if room_id else arrival.room_id,
        arrival.creator,
        stamp if stamp >= FIRST_MILLISECOND_STAMP else milliseconds(stamp),
        arrival.received_at_ms,
        user,
        sentence,
        key,
    )


def substitute_id(payload: bytes, arrival: Arrival) -> MessageId:
    """An id for a message that names none: the batch's id for it, else a hash of the body (so a repeat is a duplicate)."""
    if arrival.kind is not None:
        _refuse_foreign_bytes(arrival.kind, arrival.method, payload)
    if arrival.envelope_id:
        return MessageId(str(arrival.envelope_id))
    return MessageId("body:" + hashlib.blake2b(payload, digest_size=12).hexdigest())


def _refuse_foreign_bytes(kind: type[ProtobufMessage], method: str, payload: bytes) -> None:
    """A message without an id is rare. Is it one at all?"""
    if number := mistyped(kind, payload):
        raise DecodeError(f"field {number} of {method} has a wrong wire type")
    if is_blank(kind.FromString(payload)):
        raise DecodeError(f"the payload holds no field of {method}")


def milliseconds(stamp: int) -> int:
    """A stamp of any message as milliseconds: some count seconds, some say 0 (captions), and 0 stays 0."""
    if stamp >= FIRST_MILLISECOND_STAMP:
        return stamp
    return stamp * 1000 if stamp > 0 else 0


def user(wire: pb.User, identity: pb.Identity | None = None) -> User | None:
    """The same as `lean_user` for a message that arrives too seldom to be declared a second time."""
    user_id = wire.id or wire.id_text
    handle, nickname = wire.handle, wire.nickname
    if not user_id and not handle and not nickname:
        return None
    follow_status = wire.follow_info.follow_status
    moderates, subscribes, follows, befriends = STRANGER if identity is None else _flags(identity)
    worn, urls = wire.badges, wire.avatar_thumb.urls
    badges, gifter_level, fan_level = _badges(worn[:]) if worn else UNDECORATED
    return _make_user(
        str(user_id),
        handle,
        nickname,
        urls[0] if urls else "",
        wire.sec_uid,
        moderates or wire.attributes.is_admin,
        subscribes or wire.is_subscriber,
        follows or follow_status > 0,
        befriends or follow_status == FRIENDS,
        gifter_level,
        fan_level or _told_membership_level(wire),
        badges,
    )


def lean_user(wire: pb.LeanUser, identity: bytes = b"") -> User | None:
    """A user, or None where the message has none. `identity` is what they are to the creator, where the message tells."""
    user_id, handle, nickname, sec_uid, urls, worn, follow_status, subscribed, attributes, club, club_info = _of_user(wire)
    if not user_id:
        user_id = wire.id_text
        if not user_id and not handle and not nickname:
            return None
    # `follow_status` is 0 for a third of the followers (captured); `identity` is right.
    moderates, subscribes, follows, befriends = _relations[identity] if identity else STRANGER
    badges, gifter_level, fan_level = _badges(worn[:]) if worn else UNDECORATED
    return _make_user(
        str(user_id),
        handle,
        nickname,
        urls[0] if urls else "",
        sec_uid,
        moderates or (_admins[attributes] if attributes else False),
        subscribes or subscribed,
        follows or follow_status > 0,
        befriends or follow_status == FRIENDS,
        gifter_level,
        fan_level or (_membership_level(club, club_info) if club or club_info else 0),
        badges,
    )


_of_user = attrgetter(
    *("id", "handle", "nickname", "sec_uid", "avatar_thumb.urls", "badges", "follow_info.follow_status"),
    *("is_subscriber", "attributes", "fan_club", "fan_club_info"),
)
"""Eleven reads at once: an eighth less than one by one, in what is read most."""


def rare_user(raw: bytes) -> User | None:
    """A user who is nearly always absent, and therefore declared as bytes."""
    return lean_user(pb.LeanUser.FromString(raw)) if raw else None


def _relation(identity: bytes) -> tuple[bool, bool, bool, bool]:
    """Moderates, subscribes, follows, is a friend."""
    return _flags(pb.Identity.FromString(identity))


def _flags(told: pb.Identity) -> tuple[bool, bool, bool, bool]:
    return told.is_moderator, told.is_subscriber, told.is_follower, told.is_friend


def _is_admin(attributes: bytes) -> bool:
    return pb.UserAttributes.FromString(attributes).is_admin


def top_viewers(ranks: Sequence[bytes]) -> tuple[TopViewer, ...]:
    """The list of top viewers: up to 16 of them every two seconds, so of each user only who they are is read."""
    return tuple(map(_ranked.__getitem__, ranks))


def _top_viewer(raw: bytes) -> TopViewer:
    ranked = pb.LeanRankedViewer.FromString(raw)
    wire = ranked.user
    user_id = wire.id
    return TopViewer(_make_user(str(user_id) if user_id else "", wire.handle, wire.nickname), ranked.rank, ranked.score)


def linked_users(listed: Sequence[bytes]) -> tuple[User, ...]:
    """Those of a list of guests or co-hosts who are anybody. The list comes whole with each change."""
    return tuple([person for person in _linked.several(listed) if person is not None])


def _linked_user(raw: bytes) -> User | None:
    return lean_user(pb.LeanLinkUser.FromString(raw).user)


def _badges(worn: Sequence[pb.Badge]) -> tuple[tuple[Badge, ...], int, int]:
    """(badges, gifter level, fan level)."""
    badges: list[Badge] = []
    gifter_level = fan_level = 0
    for badge in worn:
        scene, drawn, told = badge.scene, badge.display_type, badge.log.level
        level = USUAL_LEVELS.get(told)
        if level is None:
            level = int(told) if told.isdecimal() and len(told) <= MOST_LEVEL_DIGITS else 0
        if scene == GIFTER_BADGE:
            gifter_level = level
        elif scene == FAN_BADGE:
            fan_level = level
        # Most are combined: with the call, the text of one would cost half more.
        text = (badge.combination.value if drawn == COMBINED_BADGE else "") or _badge_text(badge, drawn)
        badges.append(Badge(scene, level, text))
    return tuple(badges), gifter_level, fan_level


def _badge_text(badge: pb.Badge, drawn: int) -> str:
    if drawn == COMBINED_BADGE:
        return badge.combination.text.pattern
    if drawn == TEXT_BADGE:
        return badge.text.pattern
    return badge.string.value if drawn == STRING_BADGE else ""


def _membership_level(club: bytes, info: bytes) -> int:
    return pb.FanClub.FromString(club).membership.level if club else pb.FanClubInfo.FromString(info).level


def _told_membership_level(wire: pb.User) -> int:
    """The club, if there is anything in it, decides alone: as in the lean form, where it is bytes."""
    if wire.HasField("fan_club") and (club := wire.fan_club).ByteSize():
        return club.membership.level
    return wire.fan_club_info.level if wire.HasField("fan_club_info") else 0


def first_url(image: pb.Image) -> str:
    """The picture's first address, "" when it has none. They are signed and expire."""
    urls = image.urls
    return urls[0] if urls else ""


def is_blank(message: ProtobufMessage) -> bool:
    """Whether none of the fields that we declare was found in it."""
    return not message.ListFields()


_relations = Kept(_relation, MOST_FLAG_BYTES_KEPT)
_admins = Kept(_is_admin, MOST_FLAG_BYTES_KEPT)
_room_ids = KeptIds()
_ranked = Kept(_top_viewer, MOST_BYTES_KEPT)
_linked = KeptByStart(_linked_user, MOST_BYTES_KEPT)
