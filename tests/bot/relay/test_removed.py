"""A deletion that comes before its comment."""

from __future__ import annotations

from bot.events import CommentEvent, DeletionEvent, EmoteEvent
from bot.relay.removed import MOST_REMEMBERED, Removals
from tests.bot.relay.conftest import BOB, EVE, comment, common, deletion, gift
from tests.doubles.clock import START_MS


def removals(*deletions: DeletionEvent) -> Removals:
    known = Removals()
    for each in deletions:
        known.add(each)
    return known


def test_a_comment_that_was_removed_before_it_came_is_covered() -> None:
    known = removals(deletion(messages=("m4",)))
    assert known.covers(comment(number=4))
    assert known.covers(EmoteEvent(common(4)))
    assert not known.covers(comment(number=5))


def test_it_is_found_by_the_edges_id_too() -> None:
    known = removals(deletion(messages=("uuid-4",)))
    assert known.covers(CommentEvent(common(4), text="hi", message_uuid="uuid-4"))


def test_a_wipe_covers_what_its_viewer_wrote_before_and_nothing_after() -> None:
    known = removals(deletion(viewers=(BOB.id,), at_ms=START_MS))
    assert known.covers(comment(at_ms=START_MS - 5))
    assert not known.covers(comment(at_ms=START_MS + 5))
    assert not known.covers(comment(user=EVE, at_ms=START_MS - 5))


def test_without_a_time_nothing_is_compared() -> None:
    assert not removals(deletion(viewers=(BOB.id,), at_ms=START_MS)).covers(comment(at_ms=0))
    assert not removals(deletion(viewers=(BOB.id,), at_ms=0)).covers(comment(at_ms=START_MS))


def test_a_gift_is_never_covered_and_empty_ids_cover_nothing() -> None:
    known = removals(deletion(messages=("m2", ""), viewers=(BOB.id, "")))
    assert not known.covers(gift())
    assert not known.covers(CommentEvent(common(7, user=EVE), text="no uuid", message_uuid=""))


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    known = removals(deletion(messages=tuple(f"m{number}" for number in range(MOST_REMEMBERED + 10))))
    assert not known.covers(comment(number=9))
    assert known.covers(comment(number=10))
