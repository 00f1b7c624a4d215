"""Which methods can become which events."""

from __future__ import annotations

from bot.events import (
    CommentEvent,
    ControlEvent,
    Event,
    FollowEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    MemberActionEvent,
    ShareEvent,
    UnknownEvent,
    ViewersEvent,
)
from bot.events.connection import (
    ConnectedEvent,
    CreatorNotFoundEvent,
    DisconnectedEvent,
    GapEvent,
    HandlerFailedEvent,
    LiveStartedEvent,
)
from bot.tiktok.webcast.decode import READERS
from bot.tiktok.webcast.methods import EVENTS_OF, methods_of

OURS: frozenset[type[Event]] = frozenset(
    {ConnectedEvent, CreatorNotFoundEvent, DisconnectedEvent, GapEvent, HandlerFailedEvent, LiveStartedEvent}
)
"""What no message becomes: we say it ourselves."""


def test_what_arrives_most_maps_to_its_methods_and_to_no_others() -> None:
    assert methods_of([CommentEvent]) == {"WebcastChatMessage"}
    assert methods_of([GiftEvent]) == {"WebcastGiftMessage"}
    assert methods_of([LikeEvent]) == {"WebcastLikeMessage"}
    assert methods_of([JoinEvent]) == methods_of([MemberActionEvent]) == {"WebcastMemberMessage"}
    assert methods_of([FollowEvent, ShareEvent]) == {"WebcastSocialMessage"}
    assert methods_of([ViewersEvent]) == {"WebcastRoomUserSeqMessage"}
    assert methods_of([LiveEndedEvent]) == methods_of([ControlEvent]) == {"WebcastControlMessage"}


def test_every_method_becomes_something_and_what_we_say_ourselves_has_no_method() -> None:
    assert EVENTS_OF.keys() == READERS.keys()
    assert all(EVENTS_OF.values())
    assert methods_of([*OURS, UnknownEvent]) == frozenset()


def test_everything_is_every_method() -> None:
    assert methods_of([Event]) == READERS.keys()
    assert methods_of([]) == frozenset()
