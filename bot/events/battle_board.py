"""Which battle a message belongs to: all battles that are seen at once, by id. Pure.

Both rooms of a PK report it under one id, so watching both makes one battle of it. Old messages have no id: they belong to
the room's battle of the same hosts, until a later one begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.events.base import Event
from bot.events.battle_state import AnyBattleEvent, Battle, BattleView, Sign, Stage, sign_of
from bot.events.battles import BattleEvent, BattleScoreEvent
from bot.events.connection import GapEvent
from bot.events.links import BattleCardEvent, BattleTaskEvent

MOST_BATTLES = 16
"""As many are kept; the longest untouched goes first. A creator fights one at a time."""

_UNDERWAY = frozenset({Sign.OPENED, Sign.SCORED, Sign.EXTENDED})


@dataclass(frozen=True, slots=True)
class BattleBoard:
    """Fold a creator's (or several creators') events into it; the battle touched last stands last."""

    battles: tuple[tuple[str, Battle], ...] = ()
    most: int = MOST_BATTLES

    def then(self, event: Event) -> BattleBoard:
        """After one more event of any kind."""
        if isinstance(event, GapEvent):
            return self._gapped(event)
        if isinstance(event, BattleCardEvent | BattleTaskEvent):
            return self._boosted(event)
        if not isinstance(event, BattleEvent | BattleScoreEvent):
            return self
        key = event.battle_id or self._key_without_id(event)
        known = dict(self.battles)
        battle = known.pop(key, Battle(event.battle_id)).then(event)
        others = [(each, self._after(other, event, battle)) for each, other in known.items()]
        return replace(self, battles=(*others, (key, battle))[-self.most :])

    def views(self, now_ms: int) -> tuple[BattleView, ...]:
        """All of them at `now_ms`, the one touched last at the end."""
        return tuple(battle.view(now_ms) for _, battle in self.battles)

    def view(self, battle_id: str, now_ms: int) -> BattleView | None:
        """One of them, None when it is not (or no longer) known."""
        return next((battle.view(now_ms) for key, battle in self.battles if key == battle_id), None)

    def _boosted(self, event: BattleCardEvent | BattleTaskEvent) -> BattleBoard:
        """A card of a battle that nothing else is known of begins none: it would have no sides."""
        return replace(
            self, battles=tuple((key, each.boosted(event) if key == event.battle_id else each) for key, each in self.battles)
        )

    def _gapped(self, gap: GapEvent) -> BattleBoard:
        room_id = str(gap.room_id)
        return replace(
            self,
            battles=tuple((key, each.gapped() if not room_id or room_id in each.rooms else each) for key, each in self.battles),
        )

    def _after(self, other: Battle, event: AnyBattleEvent, battle: Battle) -> Battle:
        """A host fights one battle at a time: an earlier one is over when a later one is underway."""
        if sign_of(event) not in _UNDERWAY or other.stage is Stage.ENDED or not other.started_at_ms:
            return other
        return other.replaced() if other.started_at_ms < battle.started_at_ms and other.host_ids & battle.host_ids else other

    def _key_without_id(self, event: AnyBattleEvent) -> str:
        room_id = str(event.room_id)
        hosts = {host_id for side in event.sides for host_id in side.host_ids}
        fitting = [
            (key, battle)
            for key, battle in self.battles
            if room_id in battle.rooms and (not hosts or not battle.host_ids or hosts & battle.host_ids)
        ]
        # Battles follow each other: it is of the last that had begun by then.
        fitting.sort(key=lambda each: (each[1].begun_by_ms > event.created_at_ms, -each[1].begun_by_ms))
        if fitting and not _is_later(event, fitting[0][1]):
            return fitting[0][0]
        return f"{room_id}:{event.started_at_ms or event.created_at_ms}"


def _is_later(event: AnyBattleEvent, battle: Battle) -> bool:
    """Whether a message without an id is of the next battle: it says "underway", and this one was over before."""
    if sign_of(event) not in _UNDERWAY:
        return False
    return 0 < battle.over_since_ms < event.created_at_ms
