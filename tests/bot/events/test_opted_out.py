"""Nothing of somebody who opted out is left, in whatever event they are."""

from __future__ import annotations

import types
import typing
from enum import Enum
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import (
    CommentEvent,
    Common,
    DeletionEvent,
    Event,
    Gift,
    GiftEvent,
    Handle,
    MemberActionEvent,
    MessageId,
    QuestionDeletedEvent,
    RoomId,
    UnknownEvent,
    User,
    ViewerId,
)
from bot.events.codec import EVENT_CLASSES
from bot.events.opted_out import NAME, OPTED_OUT, anonymised

EVE = User(ViewerId("7000000000000000001"), Handle("eve.adams"), "Eve ✨ Adams", "https://cdn.example/eve.webp", "MS4wEve")
BOB = User(ViewerId("7000000000000000002"), Handle("bob"), "Bob", "https://cdn.example/bob.webp", "MS4wBob")
OF_EVE = (EVE.id, EVE.handle, EVE.nickname, EVE.avatar_url, EVE.sec_uid)
ROSE = Gift("5655", "Rose", 1)
SECRET = "what only she would say"

LOGGED = [cls for cls in EVENT_CLASSES if cls is not UnknownEvent]
"""What is not modelled never gets to the log."""


def is_eve(viewer_id: str) -> bool:
    return viewer_id == EVE.id


class Maker:
    """Fills any event with whatever can stand there, Eve most of all."""

    def __init__(self, rng: Random, *, words: tuple[str, ...]) -> None:
        self.rng = rng
        self.words = words
        self.named_eve = False

    def event(self, cls: type[Event], user: User) -> Event:
        common = Common(
            MessageId(f"combo:{user.id}:5655"), RoomId("r"), Handle("alice"), user=user, display_text=f"{user.nickname} came"
        )
        fields = msgspec.structs.fields(cls)[1:]
        if cls is MemberActionEvent:
            return MemberActionEvent(common, name="muted", operator=EVE, description=self.rng.choice(self.words))
        return cls(common, *(self.value(field.name, field.type) for field in fields))

    def value(self, name: str, wanted: typing.Any) -> typing.Any:
        origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
        if origin in (typing.Union, types.UnionType):
            return self.value(name, next(each for each in inner if each is not type(None)))
        if origin is tuple:
            return tuple(self.value(name, inner[0]) for _ in range(self.rng.randint(0, 2)))
        wanted = getattr(wanted, "__supertype__", wanted)
        if wanted is User:
            eve = self.rng.random() < 0.5
            self.named_eve |= eve
            return EVE if eve else BOB
        if wanted is Gift:
            return ROSE  # a gift's name is the gift's, whoever sends it
        if issubclass(wanted, msgspec.Struct):
            return wanted(*(self.value(field.name, field.type) for field in msgspec.structs.fields(wanted)))
        if issubclass(wanted, Enum):
            return self.rng.choice(list(wanted))
        if wanted is str:
            is_id = name in ("id", "ids") or name.endswith(("_id", "_ids"))
            return self.rng.choice((EVE.id, BOB.id, "")) if is_id else self.rng.choice(self.words)
        return {int: 7, bool: True, bytes: EVE.id.encode()}[wanted]


def packed(event: Event) -> str:
    """Everything of an event as it would be stored, readable."""
    return msgspec.json.encode(event).decode() + repr(msgspec.to_builtins(event, builtin_types=(bytes,)))


@pytest.mark.parametrize("cls", EVENT_CLASSES, ids=lambda cls: cls.__name__)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_no_field_of_her_own_event_keeps_anything_of_her(cls: type[Event], seed: int) -> None:
    words = (SECRET, f"{SECRET}, says {EVE.nickname}", f"@{EVE.handle}", EVE.sec_uid, "")
    event = Maker(Random(seed), words=words).event(cls, EVE)
    left = anonymised(event, is_eve)
    said = packed(left)
    assert not [each for each in (*OF_EVE, SECRET) if each in said]
    assert left.user == OPTED_OUT
    assert (left.room_id, left.creator, type(left)) == ("r", "alice", cls)
    assert anonymised(left, is_eve) is left, "there is nothing left to find"


@pytest.mark.parametrize("cls", LOGGED, ids=lambda cls: cls.__name__)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_no_field_of_anybodys_event_keeps_anything_of_her(cls: type[Event], seed: int) -> None:
    maker = Maker(Random(seed), words=("hello", f"hello {EVE.nickname}!", f"for @{EVE.handle}"))
    event = maker.event(cls, BOB)
    said = packed(anonymised(event, is_eve))
    assert EVE.id not in said
    if maker.named_eve:
        assert not [each for each in OF_EVE if each in said]
    assert anonymised(event, lambda _: False) is event


def test_a_gift_still_counts() -> None:
    gift = GiftEvent(Common(MessageId("1"), user=EVE), Gift("5655", "Rose", 1), repeat_count=5, group_id="17", transaction_id="t")
    left = anonymised(gift, is_eve)
    assert (left.gift, left.repeat_count, left.group_id, left.combo) == (gift.gift, 5, "17", gift.combo)
    assert left.transaction_id == ""


def test_a_comment_loses_its_text_and_keeps_its_place() -> None:
    comment = CommentEvent(Common(MessageId("1"), created_at_ms=5, user=EVE), text=SECRET, mentions=(BOB,))
    left = anonymised(comment, is_eve)
    assert (left.text, left.message_id, left.created_at_ms) == ("", "1", 5)


def test_a_mention_of_her_goes_from_others_words_and_the_rest_stays() -> None:
    comment = CommentEvent(Common(user=BOB), text="@eve.adams did you see Eve?", mentions=(EVE, BOB))
    left = anonymised(comment, is_eve)
    assert left.text == f"@{NAME} did you see Eve?"
    assert left.mentions == (OPTED_OUT, BOB)
    assert left.user == BOB


def test_a_name_inside_another_word_is_another_word() -> None:
    al = User(ViewerId("1"), Handle("al"), "Al")
    comment = CommentEvent(Common(user=BOB, creator=Handle("al")), text="Alice and Al", mentions=(al,))
    left = anonymised(comment, lambda each: each == "1")
    assert left.text == f"Alice and {NAME}"
    assert left.creator == "al", "who is watched is the servers' own business"


def test_lists_of_ids_keep_their_length() -> None:
    left = anonymised(DeletionEvent(Common(), user_ids=(EVE.id, BOB.id)), is_eve)
    assert left.user_ids == ("", BOB.id), "that two were wiped is still told"
    named = QuestionDeletedEvent(Common(display_text="Eve asked"), question_id="9", user_id=EVE.id)
    assert anonymised(named, is_eve) == QuestionDeletedEvent(Common(), question_id="9")
