from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from bot.eventlog.hot import HotTail
from bot.events import LikeEvent
from bot.events.codec import Envelope, Logged
from bot.model.ids import CreatorId

ALICE, BOB = CreatorId(1), CreatorId(2)


def run(first: int, last: int) -> list[Logged]:
    return [Logged(Envelope(seq=seq), LikeEvent()) for seq in range(first, last + 1)]


def seqs(found: list[Logged] | None) -> list[int] | None:
    return None if found is None else [each.seq for each in found]


def test_who_keeps_up_is_served_and_who_fell_behind_is_sent_to_the_table() -> None:
    tail = HotTail(most_of_one=4)
    assert tail.after(ALICE, 0, 10) is None
    tail.add(ALICE, run(1, 3))
    assert seqs(tail.after(ALICE, 0, 10)) == [1, 2, 3]
    tail.add(ALICE, run(4, 6))
    assert seqs(tail.after(ALICE, 2, 10)) == [3, 4, 5, 6]
    assert seqs(tail.after(ALICE, 4, 1)) == [5]
    assert seqs(tail.after(ALICE, 6, 10)) == []
    tail.add(ALICE, run(7, 8))
    assert seqs(tail.after(ALICE, 3, 10)) == [4, 5, 6, 7, 8]
    assert tail.after(ALICE, 2, 10) is None
    assert tail.after(BOB, 0, 10) is None


def test_after_a_hole_only_what_lies_behind_it_is_held() -> None:
    tail = HotTail()
    tail.add(ALICE, run(1, 3))
    tail.add(ALICE, run(7, 8))
    assert tail.after(ALICE, 3, 10) is None
    assert seqs(tail.after(ALICE, 6, 10)) == [7, 8]
    assert len(tail) == 2


def test_what_retention_took_is_let_go() -> None:
    tail = HotTail()
    tail.add(ALICE, run(1, 3))
    tail.add(ALICE, run(4, 5))
    tail.drop(ALICE, 3)
    assert tail.after(ALICE, 2, 10) is None
    assert seqs(tail.after(ALICE, 3, 10)) == [4, 5]
    tail.drop(ALICE, 9)
    tail.drop(BOB, 9)
    assert len(tail) == 0


def test_one_busy_creator_does_not_fill_the_memory() -> None:
    tail = HotTail(most_of_one=3, most_of_all=10)
    for seq in range(1, 1000):
        tail.add(ALICE, run(seq, seq))
    assert seqs(tail.after(ALICE, 996, 10)) == [997, 998, 999]
    assert len(tail._order) <= 10


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), max_size=60))
def test_it_never_holds_more_than_it_may_and_never_serves_a_hole(batches: list[tuple[int, int]]) -> None:
    tail, last = HotTail(most_of_one=8, most_of_all=12), defaultdict[int, int](int)
    for creator, count in batches:
        tail.add(CreatorId(creator), run(last[creator] + 1, last[creator] + count))
        last[creator] += count
        assert len(tail) <= 12
        assert len(tail) == sum(len(batch) for held in tail._tails.values() for batch in held)
        for each, newest in last.items():
            for after in range(max(0, newest - 10), newest):
                found = seqs(tail.after(CreatorId(each), after, 100))
                assert found is None or found == list(range(after + 1, newest + 1))
