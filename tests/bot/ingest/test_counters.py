"""Plain numbers, and a bound on their names."""

from __future__ import annotations

from bot.ingest.counters import MOST_METHODS, Counters


def test_methods_that_somebody_makes_up_do_not_fill_the_memory() -> None:
    counters = Counters()
    for number in range(MOST_METHODS + 10):
        counters.count_unknown(f"Webcast{number}")

    assert len(counters.unknown) == MOST_METHODS + 1
    assert counters.unknown["other"] == 10


def test_a_known_method_is_counted_by_its_name_also_when_there_is_no_room_for_new_ones() -> None:
    counters = Counters()
    for number in range(MOST_METHODS):
        counters.count_unknown(f"Webcast{number}")
    counters.count_unknown("Webcast0")

    assert counters.unknown["Webcast0"] == 2
