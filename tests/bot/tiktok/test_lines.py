"""The shapes of lines in a terminal, and what viewers cannot do to them."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    BattleEvent,
    Caption,
    CaptionEvent,
    Combo,
    CommentEvent,
    Common,
    ConnectedEvent,
    DeletionEvent,
    DisconnectedEvent,
    Event,
    FollowEvent,
    GapEvent,
    Gift,
    GiftEvent,
    Handle,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    Phase,
    RoomId,
    ShareEvent,
    Side,
    UnknownEvent,
    User,
    ViewersEvent,
)
from bot.tiktok.lines import MOST_JSON_CHARS, line

BOB = Common(user=User(handle=Handle("bob"), nickname="Bob the viewer"))
ROSE = Gift(id="5655", name="Rose", diamonds=1, streakable=True)
IN_ROOM = Common(creator=Handle("alice"), room_id=RoomId("7648"))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (CommentEvent(BOB, text="hello there"), "[chat]    bob: hello there"),
        (GiftEvent(BOB, gift=ROSE, repeat_count=7, combo=Combo.ENDED), "[gift]    bob -> Rose x7"),
        (GiftEvent(BOB, gift=ROSE, repeat_count=9, combo=Combo.ENDED, counted_before=7), "[gift]    bob -> Rose x2"),
        (GiftEvent(BOB, gift=ROSE, repeat_count=3, combo=Combo.OPEN), "[gift]    bob -> Rose x3"),
        (GiftEvent(BOB, gift=Gift(id="5655")), "[gift]    bob -> 5655 x1"),
        (LikeEvent(BOB, count=15), "[like]    bob (15)"),
        (LikeEvent(BOB), "[like]    bob (1)"),
        (FollowEvent(BOB), "[follow]  bob"),
        (ShareEvent(BOB), "[share]   bob"),
        (JoinEvent(BOB), "[join]    bob"),
        (ViewersEvent(viewers=1234), "[viewer]  1234"),
        (ConnectedEvent(IN_ROOM), "[ready]   connected to @alice (room 7648)"),
        (LiveEndedEvent(), "[end]     stream ended"),
        (DisconnectedEvent(reason="the socket broke"), "[bye]     disconnected"),
        (
            GapEvent(from_ms=1_000, to_ms=65_000, reason="the connection was lost"),
            "[gap]     00:00:01 to 00:01:05 UTC may be missing (the connection was lost)",
        ),
        (CommentEvent(text="who am I"), "[chat]    ?: who am I"),
        (FollowEvent(Common(user=User(nickname="No handle"))), "[follow]  ?"),
    ],
)
def test_what_users_of_other_clients_know_looks_as_they_know_it(event: Event, expected: str) -> None:
    assert str(line(event)) == expected


@pytest.mark.parametrize(
    ("event", "tag", "said"),
    [
        (
            CaptionEvent(IN_ROOM, captions=(Caption("en", "welcome, こんにちは"),), final=True),
            "caption",
            {"captions": [{"language": "en", "text": "welcome, こんにちは"}], "final": True},
        ),
        (DeletionEvent(IN_ROOM, user_ids=("42",)), "imDelete", {"user_ids": ["42"]}),
        (
            BattleEvent(IN_ROOM, battle_id="9", phase=Phase.ACTIVE, sides=(Side(User(handle=Handle("alice")), 5),)),
            "battle",
            {"battle_id": "9", "phase": "active", "sides": [{"user": "alice", "score": 5}]},
        ),
        (LivePausedEvent(IN_ROOM), "control", {"action": 1}),
        (
            UnknownEvent(BOB, method="WebcastNew", payload=b"abc"),
            "unknown",
            {"method": "WebcastNew", "payload": "3 bytes", "user": "bob"},
        ),
    ],
)
def test_an_event_without_a_shape_says_what_it_says_as_json(event: Event, tag: str, said: object) -> None:
    head, _, rest = str(line(event)).partition(" ")
    assert (head, json.loads(rest)) == (f"[{tag}]", said)


def test_json_in_a_line_is_short() -> None:
    shown = line(DeletionEvent(user_ids=tuple(str(number) for number in range(1000))))
    assert len(shown.text) == MOST_JSON_CHARS
    assert shown.text.startswith('{"user_ids": ["0", "1"')


def test_pictures_are_not_worth_their_length() -> None:
    assert "avatar" not in str(line(BattleEvent(sides=(Side(User(handle=Handle("alice"), avatar_url="https://x/avatar")),))))


HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "one\r\ntwo\u2028three\u2029four\x85five",
    "\x9b31m red",
    "\u202egnp.exe",
    "\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "a\x08\x08\x7fb",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "shaped",
    [
        lambda text: CommentEvent(BOB, text=text),
        lambda text: CommentEvent(Common(user=User(handle=Handle(text))), text="hi"),
        lambda text: GiftEvent(BOB, gift=Gift(name=text)),
        lambda text: CaptionEvent(captions=(Caption(text, text),)),
        lambda text: UnknownEvent(method=text),
        lambda text: ConnectedEvent(Common(creator=Handle(text), room_id=RoomId(text))),
        lambda text: BattleEvent(sides=(Side(User(nickname=text)),)),
    ],
    ids=["comment", "handle", "gift", "caption", "unknown", "creator", "side"],
)
def test_a_viewer_cannot_speak_to_the_terminal(shaped: object, text: str) -> None:
    assert callable(shaped)
    assert_harmless(str(line(shaped(text))))


@given(text=st.text())
def test_no_text_at_all_can(text: str) -> None:
    assert_harmless(str(line(CommentEvent(BOB, text=text))))
    assert_harmless(str(line(CaptionEvent(captions=(Caption("en", text),)))))


def assert_harmless(shown: str) -> None:
    """No control character (line breaks and escapes are among them), no line separator, nothing bidirectional."""
    assert not [each for each in shown if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"}]
    assert not set(shown) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
