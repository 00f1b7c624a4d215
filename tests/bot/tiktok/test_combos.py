"""Which gift message is the one to announce, whatever the network does to the messages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.events import Combo, CommentEvent, Gift, GiftEvent, LiveEndedEvent
from bot.tiktok.combos import Combos
from tests.doubles.clock import START_MS
from tests.doubles.events import comment, gift

T = START_MS


def finals(events: list[GiftEvent]) -> list[tuple[str, int, int]]:
    """(how it ended, count, of which announced before) of the events to announce."""
    return [(each.combo.value, each.repeat_count, each.counted_before) for each in events if each.is_final]


def test_a_combo_is_announced_once_with_its_total_and_its_progress_is_logged() -> None:
    combos = Combos()
    out = [each for event in (gift(1), gift(5), gift(7), gift(7, end=True)) for each in combos.take(event, now_ms=T)]

    assert [each.repeat_count for each in out] == [1, 5, 7, 7]
    assert finals(out) == [("ended", 7, 0)]
    assert combos.close_all(now_ms=T) == []


def test_a_gift_that_is_no_combo_passes_as_it_is() -> None:
    single = GiftEvent(gift(1).common, gift=Gift(id="8888", name="Lion"), combo=Combo.SINGLE)

    assert Combos().take(single, now_ms=T) == [single]


def test_an_end_that_never_comes_is_inferred_after_a_minute_with_the_most_seen() -> None:
    combos = Combos()
    combos.take(gift(3), now_ms=T)
    combos.take(gift(2), now_ms=T + 10_000)  # out of order

    assert combos.due(now_ms=T + 69_999) == []
    (close,) = combos.due(now_ms=T + 70_000)
    assert finals([close]) == [("inferred", 3, 0)]
    assert close.received_at_ms == T + 70_000
    assert combos.due(now_ms=T + 999_000) == []


def test_a_late_end_after_an_inferred_close_tells_only_what_is_new() -> None:
    combos = Combos()
    combos.take(gift(3), now_ms=T)
    combos.due(now_ms=T + 60_000)

    assert combos.take(gift(3), now_ms=T + 61_000) == []
    assert combos.take(gift(2), now_ms=T + 61_000) == []
    assert finals(combos.take(gift(5, end=True), now_ms=T + 62_000)) == [("ended", 5, 3)]
    assert combos.take(gift(5, end=True), now_ms=T + 63_000) == []


def test_a_late_end_with_the_count_that_was_inferred_is_no_news() -> None:
    combos = Combos()
    combos.take(gift(3), now_ms=T)
    combos.due(now_ms=T + 60_000)

    assert combos.take(gift(3, end=True), now_ms=T + 61_000) == []


def test_a_combo_that_goes_on_after_an_inferred_close_is_closed_again_under_another_id() -> None:
    combos = Combos()
    combos.take(gift(3), now_ms=T)
    (first,) = combos.due(now_ms=T + 60_000)
    combos.take(gift(4), now_ms=T + 61_000)
    (second,) = combos.due(now_ms=T + 121_000)

    assert finals([first, second]) == [("inferred", 3, 0), ("inferred", 4, 3)]
    assert first.message_id != second.message_id


def test_progress_that_arrives_after_the_end_opens_nothing() -> None:
    combos = Combos()
    combos.take(gift(7, end=True), now_ms=T)

    assert combos.take(gift(6), now_ms=T) == []
    assert len(combos) == 0


def test_an_end_that_counts_less_than_was_seen_does_not_take_gifts_back() -> None:
    combos = Combos()
    combos.take(gift(9), now_ms=T)

    assert finals(combos.take(gift(8, end=True), now_ms=T)) == [("ended", 9, 0)]


def test_a_new_group_of_the_same_viewer_and_gift_closes_nothing() -> None:
    combos = Combos()
    combos.take(gift(3, group="1"), now_ms=T)
    combos.take(gift(1, group="2"), now_ms=T)

    assert len(combos) == 2
    assert finals(combos.take(gift(4, group="1", end=True), now_ms=T)) == [("ended", 4, 0)]


def test_open_combos_survive_a_restart_through_the_log() -> None:
    before = Combos()
    logged = [each for event in (gift(2), gift(3, group="old"), gift(3)) for each in before.take(event, now_ms=T)]
    logged += before.take(gift(3, group="old", end=True), now_ms=T)

    after = Combos.recalled(logged)

    assert finals(after.due(now_ms=T + 60_000)) == [("inferred", 3, 0)]
    assert after.take(gift(3, group="old", end=True), now_ms=T) == [], "it was announced before the restart"


def test_an_inferred_close_is_remembered_through_a_restart() -> None:
    before = Combos()
    logged = before.take(gift(3), now_ms=T) + before.due(now_ms=T + 60_000)

    after = Combos.recalled(logged)

    assert len(after) == 0
    assert finals(after.take(gift(5, end=True), now_ms=T + 61_000)) == [("ended", 5, 3)]


def test_memory_is_bounded_and_what_must_go_is_announced_first() -> None:
    combos = Combos(most_open=2, most_closed=2)
    out = [each for group in "abc" for each in combos.take(gift(2, group=group), now_ms=T)]

    assert finals(out) == [("inferred", 2, 0)]
    assert len(combos) == 2


@dataclass(frozen=True)
class Story:
    """What happened to some combos on the way: `(combo, count, is_end)` in order of arrival, and pauses between (s)."""

    totals: tuple[int, ...]
    arrivals: tuple[tuple[int, int, bool], ...]
    pauses: tuple[int, ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    totals = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4)))
    sent = []
    for combo, total in enumerate(totals):
        progress = draw(st.sets(st.integers(1, total)))
        sent += [(combo, count, False) for count in sorted(progress)] + [(combo, total, True)]
    copies = [message for message in sent for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2])))]
    arrivals = tuple(draw(st.permutations(copies)))
    pauses = tuple(draw(st.lists(st.sampled_from([0, 1, 30, 61]), min_size=len(arrivals), max_size=len(arrivals))))
    return Story(totals, arrivals, pauses)


@given(stories(), st.integers(0, 40))
def test_whatever_is_lost_repeated_or_swapped_totals_never_lie(story: Story, restart_before: int) -> None:
    """Each final count is announced once, or a lower bound marked as inferred; also across a restart at any point."""
    combos, now_ms = Combos(), T
    logged: list[GiftEvent] = []
    for number, ((combo, count, is_end), pause_s) in enumerate(zip(story.arrivals, story.pauses, strict=True)):
        if number == restart_before:
            combos = Combos.recalled(logged)
        now_ms += pause_s * 1000
        logged += combos.due(now_ms=now_ms)
        logged += combos.take(gift(count, group=str(combo), end=is_end, at_ms=now_ms), now_ms=now_ms)
    logged += combos.close_all(now_ms=now_ms)

    announced = defaultdict(list)
    for event in logged:
        if event.is_final:
            announced[int(event.group_id)].append(event)
    ids = [event.message_id for event in logged if event.combo is Combo.INFERRED]
    assert len(ids) == len(set(ids)), "the log would drop a close as a duplicate"
    for combo, total in enumerate(story.totals):
        arrived = [(count, is_end) for which, count, is_end in story.arrivals if which == combo]
        said = announced[combo]
        given = sum(event.repeat_count - event.counted_before for event in said)
        assert given == max((count for count, _ in arrived), default=0) <= total
        assert len({event.repeat_count for event in said}) == len(said), "a count was announced twice"
        if any(is_end for _, is_end in arrived):
            assert given == total
        else:
            assert all(event.combo is Combo.INFERRED for event in said)


def test_a_frame_keeps_its_order_and_the_end_of_the_live_comes_after_the_closes() -> None:
    combos = Combos()
    combos.take(gift(2, group="1"), now_ms=T)
    frame = [comment("nice"), gift(3, group="2"), LiveEndedEvent()]
    settled = combos.settle(frame, now_ms=T)

    assert [type(each) for each in settled] == [CommentEvent, GiftEvent, GiftEvent, GiftEvent, LiveEndedEvent]
    assert finals([each for each in settled if isinstance(each, GiftEvent)]) == [("inferred", 2, 0), ("inferred", 3, 0)]
