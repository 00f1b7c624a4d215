"""The budget of look-ups, and who goes first."""

from __future__ import annotations

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.polling import MOST_IN_A_ROW, Budget, Line, Rank, detection_delay_s, doublings
from bot.model.ids import CreatorId

ALICE, BOB, CAROL = CreatorId(1), CreatorId(2), CreatorId(3)


def test_a_burst_goes_at_once_and_then_one_a_second() -> None:
    budget = Budget(per_s=1, burst=3)

    assert [budget.take(10), budget.take(10), budget.take(10)] == [0, 0, 0]
    assert budget.take(10) == 1
    assert budget.take(10.25) == 0.75
    assert budget.take(11) == 0
    assert budget.take(11) == 1


def test_quiet_hours_save_up_no_more_than_the_burst() -> None:
    budget = Budget(per_s=1, burst=3)

    assert [budget.take(10_000) == 0 for _ in range(5)] == [True, True, True, False, False]


@given(st.lists(st.floats(0, 20), max_size=200), st.floats(0.1, 10), st.integers(1, 5))
def test_no_stretch_of_time_sees_more_than_rate_and_burst_allow(steps: list[float], per_s: float, burst: int) -> None:
    budget, now, taken = Budget(per_s=per_s, burst=burst), 0.0, []
    for step in steps:
        now += step
        wait_s = budget.take(now)
        if wait_s > 0:
            # Whoever comes back when told to, finds a token.
            now += wait_s
            assert budget.take(now) == 0
        taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            allowed = burst + (taken[last] - taken[first]) * per_s
            assert last - first + 1 <= allowed + 1e-6


def test_who_is_waited_for_goes_first_and_equals_go_in_order() -> None:
    line = Line()
    line.join(ALICE, Rank.ROUTINE)
    line.join(BOB, Rank.ROUTINE)
    line.join(CAROL, Rank.WISHED)

    assert [line.next(), line.next(), line.next()] == [CAROL, ALICE, BOB]


def test_a_wish_moves_a_routine_look_up_to_the_front() -> None:
    line = Line()
    line.join(ALICE, Rank.ROUTINE)
    line.join(BOB, Rank.ROUTINE)
    line.hurry(BOB, Rank.WISHED)
    line.hurry(CAROL, Rank.WISHED)  # does not stand in line: nothing happens

    assert len(line) == 2
    assert line.next() == BOB


def test_who_may_be_live_goes_before_routine_and_after_who_is_waited_for() -> None:
    line = Line()
    line.join(ALICE, Rank.ROUTINE)
    line.join(BOB, Rank.LIKELY)
    line.join(CAROL, Rank.WISHED)
    assert line.places() == {CAROL: 1, BOB: 2, ALICE: 3}
    line.join(BOB, Rank.ROUTINE)  # who stands further ahead stays there

    assert [line.next(), line.next(), line.next()] == [CAROL, BOB, ALICE]


@given(st.lists(st.lists(st.tuples(st.integers(1, 60), st.sampled_from(Rank)), max_size=4), min_size=1, max_size=80))
def test_nobody_starves_however_many_of_a_higher_rank_come(arrivals: list[list[tuple[int, Rank]]]) -> None:
    """Whoever is first of a rank is called within so many turns, whatever joins meanwhile; who moves up begins to count anew."""
    most = prod(each + 1 for each in MOST_IN_A_ROW.values())
    line, waiting, first_for = Line(), dict[CreatorId, Rank](), dict[CreatorId, int]()
    for joining in arrivals:
        for number, rank in joining:
            creator_id = CreatorId(number)
            line.join(creator_id, rank)
            if rank < waiting.get(creator_id, rank.ROUTINE + 1):
                waiting.pop(creator_id, None)
                first_for.pop(creator_id, None)
                waiting[creator_id] = rank
        if not len(line):
            continue
        for rank in Rank:
            head = next((each for each, at in waiting.items() if at is rank), None)
            if head is not None:
                first_for[head] = first_for.get(head, 0) + 1
                assert first_for[head] <= most
        called = line.next()
        del waiting[called]
        first_for.pop(called, None)


def test_an_endless_stream_of_wishes_and_habits_lets_routine_through_every_few_turns() -> None:
    line = Line()
    line.join(ALICE, Rank.ROUTINE)
    line.join(BOB, Rank.LIKELY)
    called = []
    for number in range(100, 112):
        line.join(CreatorId(number), Rank.WISHED)
        called.append(line.next())
    assert [called.index(BOB), called.index(ALICE)] == [3, 7]


def test_habit_and_routine_take_turns() -> None:
    line = Line()
    for number in range(8):
        line.join(CreatorId(number), Rank.ROUTINE if number < 4 else Rank.LIKELY)
    assert [line.next() for _ in range(8)] == [4, 0, 5, 1, 6, 2, 7, 3]


def test_nobody_stands_in_line_twice_and_whoever_leaves_is_gone() -> None:
    line = Line()
    line.join(ALICE, Rank.WISHED)
    line.join(ALICE, Rank.ROUTINE)
    line.join(ALICE, Rank.WISHED)
    assert len(line) == 1

    line.leave(ALICE)
    assert len(line) == 0
    with pytest.raises(IndexError):
        line.next()


@pytest.mark.parametrize(("creators", "expected"), [(0, 60), (60, 60), (120, 120), (3000, 3000)])
def test_more_creators_than_the_budget_serves_in_a_minute_are_found_later(creators: int, expected: float) -> None:
    assert detection_delay_s(creators, per_s=1, poll_every_s=60) == expected
    assert detection_delay_s(creators, per_s=1000, poll_every_s=60) == 60


def test_a_delay_is_news_once_for_each_doubling() -> None:
    told, news = 0, []
    for delay_s in (60, 120, 130, 200, 260, 200, 300, 1000, 500, 1000, 60, 130):
        before, told = told, doublings(delay_s, above_s=120, told=told)
        if told > before:
            news.append(delay_s)
    assert news == [130, 260, 1000, 130]
