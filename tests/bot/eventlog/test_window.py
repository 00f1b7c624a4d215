from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from bot.eventlog.window import Window, loggable, seal
from bot.events import CommentEvent, Common, LikeEvent, MessageId, RoomId, UnknownEvent
from bot.model.ids import CreatorId


def said(message: int | str, room: str = "r") -> CommentEvent:
    return CommentEvent(
        Common(message_id=MessageId(str(message)), room_id=RoomId(room), received_at_ms=5), text=f"text {message}"
    )


def passed(window: Window, *events: CommentEvent | LikeEvent) -> list[str]:
    """Let these through the window as an append would; the message ids that got in."""
    fresh = window.fresh(events)
    window.remember(fresh)
    return [event.message_id for event in fresh.values()]


def test_an_event_gets_in_once() -> None:
    window = Window()
    assert passed(window, said(1), said(2), said(1)) == ["1", "2"]
    assert passed(window, said(2), said(3)) == ["3"]


def test_the_same_message_id_in_another_room_or_of_another_kind_is_another_event() -> None:
    window = Window([said(1)])
    like = LikeEvent(Common(message_id=MessageId("1"), room_id=RoomId("r")))
    assert passed(window, said(1, room="next"), like) == ["1", "1"]


def test_looking_leaves_no_trace() -> None:
    window = Window()
    assert list(window.fresh([said(1)]).values()) == list(window.fresh([said(1)]).values()) == [said(1)]


@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=40), st.integers(1, 8))
def test_exactly_the_last_so_many_are_known(batches: list[list[int]], size: int) -> None:
    window, model = Window(size=size), deque[str](maxlen=size)
    for batch in batches:
        expected: list[str] = []
        for number in batch:
            if str(number) not in model and str(number) not in expected:
                expected.append(str(number))
        assert passed(window, *map(said, batch)) == expected
        model.extend(expected)


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 8))
def test_a_window_rebuilt_from_the_tail_knows_what_the_old_one_knew(numbers: list[int], size: int) -> None:
    window, logged = Window(size=size), list[str]()
    for number in numbers:
        logged += passed(window, said(number))
    rebuilt = Window(map(said, logged[-size:]), size=size)
    assert passed(rebuilt, *map(said, range(31))) == passed(window, *map(said, range(31)))


def test_what_we_do_not_model_is_counted_apart() -> None:
    unknown = UnknownEvent(Common(), method="WebcastOddMessage")
    assert loggable([said(1), unknown, said(2)]) == ([said(1), said(2)], [unknown])


def test_a_batch_is_sealed_with_the_seqs_that_follow() -> None:
    sealed = seal([said(1), said(2)], creator_id=CreatorId(7), epoch=3, after=40, source="webcast")
    assert [each.seq for each in sealed] == [41, 42]
    envelope = sealed[0].envelope
    assert (envelope.creator_id, envelope.epoch, envelope.source, envelope.received_at_ms) == (7, 3, "webcast", 5)
