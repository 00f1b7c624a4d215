"""Who waits, and who is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import BattleEvent, Event, LiveEndedEvent, MemberActionEvent
from bot.events.codec import EVENT_CLASSES
from bot.ingest.buffer import Buffer, Full, Worth, worth
from tests.doubles.clock import START_MS
from tests.doubles.events import about, comment, deletion, gift, join, like


def filled(limit: int, *events: Event) -> Buffer:
    buffer = Buffer(limit)
    for event in events:
        buffer.put(event)
    return buffer


def test_order_of_arrival_is_kept_across_classes() -> None:
    events = [comment("a"), like(), gift(1), join(), comment("b")]

    assert filled(10, *events).take(3) == events[:3]
    buffer = filled(10, *events)
    assert buffer.take(99) == events
    assert len(buffer) == 0


def test_likes_go_first_the_oldest_of_them() -> None:
    old, new, said = like(1), like(2), comment("hi")
    buffer = filled(3, old, said, new)

    assert buffer.put(comment("more")) is Worth.AMBIENT
    assert old not in buffer.take(99)


def test_chat_goes_when_there_are_no_likes_and_a_like_never_displaces_chat() -> None:
    first, second = comment("first"), comment("second")
    buffer = filled(2, first, second)

    assert buffer.put(like()) is Worth.AMBIENT
    assert buffer.put(comment("third")) is Worth.CHAT
    assert [getattr(event, "text", "") for event in buffer.take(99)] == ["second", "third"]


def test_gifts_deletions_battles_and_moderation_are_never_shed() -> None:
    kept: list[Event] = [gift(1), deletion(of_viewers=("bob",)), BattleEvent(about()), MemberActionEvent(about())]
    buffer = filled(4, *kept)

    assert buffer.put(comment("hi")) is Worth.CHAT, "the newcomer itself is left out"
    with pytest.raises(Full):
        buffer.put(LiveEndedEvent(about()))
    assert buffer.take(99) == kept


def test_what_was_left_out_is_reported_once() -> None:
    buffer = filled(1, gift(1))
    for seconds in range(3):
        buffer.put(comment("hi", room="100", at_ms=START_MS + seconds))
    buffer.put(like(at_ms=START_MS + 9))

    shed = buffer.take_shed()
    assert shed is not None
    assert (shed.chat, shed.ambient, shed.from_ms, shed.to_ms) == (3, 1, START_MS, START_MS + 9)
    assert buffer.take_shed() is None


def test_only_what_people_can_do_without_may_be_shed() -> None:
    sheddable = {each.__name__ for each in EVENT_CLASSES if worth(each(about())) is not Worth.KEPT}

    assert sheddable == {
        "LikeEvent",
        "JoinEvent",
        "ViewersEvent",
        "CaptionEvent",
        "CommentEvent",
        "EmoteEvent",
        "QuestionEvent",
        "FollowEvent",
        "ShareEvent",
    }


@given(st.lists(st.sampled_from(["like", "chat", "gift"]), max_size=60), st.integers(1, 10))
def test_it_never_holds_too_much_never_reorders_and_accounts_for_everything(kinds: list[str], limit: int) -> None:
    buffer, brought, refused, shed = Buffer(limit), [], 0, 0
    for kind in kinds:
        event: Event = like() if kind == "like" else comment("hi") if kind == "chat" else gift(1)
        try:
            shed += buffer.put(event) is not None
        except Full:
            refused += 1
        else:
            brought.append(event)
        assert len(buffer) <= limit
    kept = buffer.take(1000)
    assert len(kept) + shed == len(brought)
    assert [event for event in brought if event in kept] == kept
    assert [event for event in brought if worth(event) is Worth.KEPT] == [event for event in kept if worth(event) is Worth.KEPT]
