"""How late moderators are told."""

from __future__ import annotations

from bot.moderation.lags import MOST, WITHIN_MS, Lags

T = 1_700_000_000_000


def test_the_slowest_card_of_the_last_minutes_is_shown() -> None:
    lags = Lags()
    assert lags.slowest_s(T) == 0
    for key, at_ms, posted_at_ms in (("a", T, T + 1_500), ("b", T, T + 400), ("c", T + WITHIN_MS, T + WITHIN_MS + 700)):
        lags.heard(key, at_ms)
        lags.posted(key, posted_at_ms)
    assert lags.slowest_s(T + WITHIN_MS) == 1.5
    assert lags.slowest_s(T + WITHIN_MS + 1_500) == 0.7
    assert lags.slowest_s(T + 3 * WITHIN_MS) == 0


def test_only_the_first_post_of_what_is_waited_for_counts() -> None:
    lags = Lags()
    lags.posted("golive:1", T)
    lags.heard("a", T)
    lags.posted("a", T + 100)
    lags.posted("a", T + 60_000)
    assert lags.slowest_s(T + 60_000) == 0.1


def test_what_is_never_posted_is_forgotten_some_day() -> None:
    lags = Lags()
    for number in range(MOST + 1):
        lags.heard(str(number), T)
    lags.posted("0", T + 9_000)
    assert lags.slowest_s(T + 9_000) == 0
    lags.posted("1", T + 9_000)
    assert lags.slowest_s(T + 9_000) == 9
