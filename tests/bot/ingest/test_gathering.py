"""Who waits for whom before TikTok is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.events import RoomId
from bot.ingest.gathering import Gathering

A, B = RoomId("1"), RoomId("2")


def test_the_first_waits_for_others_and_no_longer_than_the_window() -> None:
    gathering = Gathering(window_s=0.5, most=50)
    assert gathering.wait_s(10) is None
    gathering.join(A, 10)
    gathering.join(B, 10.25)
    gathering.join(A, 10.25)
    assert gathering.wait_s(10.25) == 0.25
    assert gathering.wait_s(10.5) == 0
    assert gathering.take() == (A, B)
    assert gathering.wait_s(10.5) is None


def test_a_full_question_goes_at_once_and_the_rest_keeps_its_time() -> None:
    gathering = Gathering(window_s=0.5, most=2)
    for number in range(3):
        gathering.join(RoomId(str(number)), 10)
    assert gathering.wait_s(10) == 0
    assert gathering.take() == ("0", "1")
    assert gathering.wait_s(10) == 0.5


def test_who_leaves_is_not_asked_about() -> None:
    gathering = Gathering(window_s=0.5, most=2)
    gathering.join(A, 10)
    gathering.leave(A)
    gathering.leave(B)
    assert gathering.wait_s(11) is None
    assert gathering.take() == ()


@given(st.lists(st.integers(0, 200)), st.integers(1, 60))
def test_each_room_is_asked_about_once_in_as_few_questions_as_can_be(rooms: list[int], most: int) -> None:
    gathering = Gathering(window_s=0.5, most=most)
    for room in rooms:
        gathering.join(RoomId(str(room)), 0)
    questions = []
    while gathering.wait_s(1) is not None:
        questions.append(gathering.take())
    assert sorted(room for question in questions for room in question) == sorted({str(room) for room in rooms})
    assert len(questions) == -(-len(set(rooms)) // most)
