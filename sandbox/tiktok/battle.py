"""A PK: two creators, their scores, their contributors. Pure: time is an argument.

Life-cycle on the wire: OPEN (action 4, status 1), scores (armies), FINISH (5; cut short 6) with status 3 = punishment,
then punish-finish with status 4. The result of a side is 0 win, 1 lose, 2 draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.tiktok.viewer import Viewer

OPEN, FINISH, CUT_SHORT = 4, 5, 6
STARTED, PUNISHING, PUNISHED = 1, 3, 4
WIN, LOSE, DRAW = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Host:
    """One side's creator, as the battle names them."""

    id: str
    handle: str
    nickname: str


@dataclass(slots=True)
class Side:
    """One creator's score, and who gave how many points."""

    host: Host
    score: int = 0
    contributors: dict[str, tuple[Viewer, int]] = field(default_factory=dict)

    def add(self, viewer: Viewer, points: int) -> None:
        """A contribution: it raises the score as well."""
        self.score += points
        self.contributors[viewer.id] = (viewer, self.contributors.get(viewer.id, (viewer, 0))[1] + points)

    def top(self, most: int = 3) -> list[tuple[Viewer, int]]:
        """The best contributors, best first; TikTok tells no more than three."""
        return sorted(self.contributors.values(), key=lambda given: -given[1])[:most]


@dataclass(slots=True)
class Battle:
    """One PK between two creators."""

    id: str
    channel_id: str
    started_at_ms: int
    duration_s: int
    sides: tuple[Side, Side]
    status: int = STARTED

    def side_of(self, host_id: str) -> Side:
        """That creator's side."""
        return next(side for side in self.sides if side.host.id == host_id)

    def results(self) -> Mapping[str, int]:
        """Each host's WIN, LOSE or DRAW by the scores as they stand."""
        ours, theirs = self.sides
        if ours.score == theirs.score:
            return {ours.host.id: DRAW, theirs.host.id: DRAW}
        winner = max(self.sides, key=lambda side: side.score)
        return {side.host.id: WIN if side is winner else LOSE for side in self.sides}
