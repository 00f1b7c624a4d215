"""What ingest did so far, as plain numbers. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_METHODS = 512
"""Different unknown methods that are counted by name; 238 are known to exist (webcast-protocol.md 9)."""


@dataclass(slots=True)
class Counters:
    """One for all creators; nothing here is ever reset."""

    frames: int = 0
    """Batches that sources yielded."""
    events: int = 0
    """Events in them."""
    foreign: int = 0
    """Events of another room than the connection's: dropped."""
    late_gifts: int = 0
    """Gift messages that told nothing new about a combo already closed: dropped."""
    inferred_combos: int = 0
    """Combos whose end never came."""
    appended: int = 0
    """Events that got a seq."""
    duplicates: int = 0
    """Events that the log already had."""
    append_failures: int = 0
    """Attempts to append that failed and were repeated."""
    unstorable: int = 0
    """Events that cannot be encoded: dropped, so that one of them does not stop a creator for ever."""
    lost_at_stop: int = 0
    """Events that the log did not take before a shutdown's deadline."""
    look_ups: int = 0
    look_up_failures: int = 0
    bulk_checks: int = 0
    """Questions about many creators at once."""
    bulk_check_failures: int = 0
    connects: int = 0
    """Streams that opened."""
    refusals: int = 0
    """Streams that did not open."""
    reconnects: int = 0
    """Streams of a room that had one before."""
    silences: int = 0
    """Times that a connected room said nothing for `silent_after_s`."""
    crashes: int = 0
    """Creator tasks that failed for an unforeseen reason and were started again."""
    fenced: int = 0
    """Creators that another process took over."""
    following: int = 0
    """Creator tasks running now."""
    connected: int = 0
    """Streams open now."""
    shed: Counter[str] = field(default_factory=Counter)
    """Events left out under pressure, by class (`ambient`, `chat`)."""
    side: Counter[str] = field(default_factory=Counter)
    """Side messages that are not logged, by type."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Messages that we do not model, by method; `other` once there are too many kinds."""

    def count_unknown(self, method: str) -> None:
        """Count a message of a method that has no event class."""
        known = method in self.unknown or len(self.unknown) < MOST_METHODS
        self.unknown[method if known else "other"] += 1
