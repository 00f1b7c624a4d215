from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.storage.instants import from_ms, to_ms


@given(st.integers(min_value=-(10**12), max_value=10**14))
def test_every_millisecond_survives_the_round_trip(at_ms: int) -> None:
    assert to_ms(from_ms(at_ms)) == at_ms


def test_a_zone_is_turned_into_utc_and_nothing_stays_nothing() -> None:
    berlin = datetime(2026, 11, 20, 16, 0, 0, 1999, tzinfo=timezone(timedelta(hours=1)))
    stored = to_ms(berlin)
    assert from_ms(stored) == datetime(2026, 11, 20, 15, 0, 0, 1000, tzinfo=UTC)
    assert from_ms(None) is None
    assert to_ms(None) is None
