"""What makes points count more, or the fight last longer: cards that were played and the bonus task's reward. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events.links import BattleCardEvent, BattleTaskEvent

MOST_BOOSTERS = 16
"""As many are kept of one battle, the latest."""


@dataclass(frozen=True, slots=True, order=True)
class Booster:
    """In effect from `from_ms` to `to_ms` (TikTok's clock). `multiplier` is 0 where nothing is multiplied.

    `kind`: a card's name, or `task`. `for_host_id`: the host whose side it concerns, "" for both sides.
    """

    from_ms: int
    to_ms: int
    kind: str
    multiplier: int = 0
    for_host_id: str = ""
    by_user_id: str = ""


def booster_of(event: BattleCardEvent | BattleTaskEvent) -> Booster | None:
    """None for a card that was only won, a task that has no reward yet, and whatever names no time."""
    if isinstance(event, BattleTaskEvent):
        from_s, lasts_s = event.reward_starts_at_s, event.reward_s
        kind, for_host_id = "task", ""
    else:
        from_s, lasts_s = event.effective_at_s or event.sent_at_s, event.effect_s
        kind, for_host_id = event.card, event.receiver_id
    if not from_s or not lasts_s:
        return None
    by_user_id = str(event.user.id) if event.user else ""
    return Booster(from_s * 1000, (from_s + lasts_s) * 1000, kind, event.multiplier, for_host_id, by_user_id)


def with_booster(boosters: tuple[Booster, ...], found: Booster) -> tuple[Booster, ...]:
    """In the order of time, each once."""
    return tuple(sorted({*boosters, found})[-MOST_BOOSTERS:])
