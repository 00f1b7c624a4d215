"""How following TikTok goes at one moment: a frozen picture for whoever shows it (metrics, an operator's command). Pure.

Instants are our wall clock in UTC milliseconds and end in `_at_ms`; None means that there is no such instant now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.events.ids import Handle, RoomId
from bot.model.creator import CreatorState
from bot.model.ids import CreatorId


@dataclass(frozen=True, slots=True)
class CreatorHealth:
    """One creator who is followed. `reason` says why the state is what it is, "" when there is nothing to say.

    Who stands in line for a stream has a `place` there (1 is next) and an estimate of the wait. `way` is through what the
    stream came that is open, or was last: "" before the first.
    """

    creator_id: CreatorId
    handle: Handle
    state: CreatorState
    reason: str = ""
    way: str = ""
    room_id: RoomId | None = None
    connected_at_ms: int | None = None
    """Since when the stream is open; None when none is."""
    last_frame_at_ms: int | None = None
    """When the room last said something."""
    place: int | None = None
    expected_wait_s: float | None = None
    waits_for: str = ""
    """Why the line for streams does not move, "" if it does."""
    next_look_at_ms: int | None = None
    """When they are looked up or tried next, an estimate while they stand in line for it; None while a stream is open."""
    is_age_restricted: bool = False
    """TikTok showed their last LIVE to adults only."""
    told_by: str = ""
    """Who said whether they are live, "" for TikTok itself: others are asked when it does not answer."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of `most` connects within any `within_s` seconds, `left` may be made now."""

    most: int
    within_s: float
    left: int


@dataclass(frozen=True, slots=True)
class WayHealth:
    """A source with the account that it uses there, in order of preference. `account` is never a secret."""

    name: str
    account: str = ""
    is_ready: bool = True
    """Whether somebody who came now would be let through."""
    open: int = 0
    """Streams open there now."""
    most_open: int | None = None
    failures: int = 0
    """Since it last worked."""
    allowances: tuple[Allowance, ...] = ()
    rests_until_at_ms: int | None = None
    """In quarantine until then, for everybody; None when it is not."""
    reason: str = ""
    """Why it does not serve now, "" when it does."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a supervisor knows. `detection_delay_s`: how long a LIVE may be on before it is noticed, at most."""

    taken_at_ms: int
    following: int = 0
    connected: int = 0
    detection_delay_s: float = 0.0
    creators: Mapping[CreatorId, CreatorHealth] = field(default_factory=dict)
    ways: Sequence[WayHealth] = ()
    counters: Mapping[str, int] = field(default_factory=dict)
    """What happened since the start, by what it was (`look_ups`, `appended`, `reconnects`); `Counters` explains each."""
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The same by kind: `shed` by class, `side`, `unknown` and `skipped` by message."""
