"""Cards and rewards: told in test_battle_state; here is what they are when a message tells too little."""

from __future__ import annotations

from bot.events.battle_boosters import MOST_BOOSTERS, Booster, booster_of, with_booster
from bot.events.links import BattleCardEvent, BattleTaskEvent


def test_a_card_without_an_instant_of_effect_works_from_when_it_was_sent() -> None:
    assert booster_of(BattleCardEvent(card="smoke", sent_at_s=7, effect_s=3)) == Booster(7000, 10_000, "smoke")


def test_what_names_no_time_is_no_booster() -> None:
    assert booster_of(BattleCardEvent(card="smoke", sent_at_s=7)) is None
    assert booster_of(BattleTaskEvent(stage="started", reward_s=30, multiplier=2)) is None


def test_the_latest_are_kept() -> None:
    kept: tuple[Booster, ...] = ()
    for at_ms in range(MOST_BOOSTERS + 3):
        kept = with_booster(kept, Booster(at_ms, at_ms + 1, "smoke"))
    assert (len(kept), kept[0].from_ms) == (MOST_BOOSTERS, 3)
