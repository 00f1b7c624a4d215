"""Ingest's figures, each with its reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Seconds unless the name says otherwise. Built by `bot/modes` from the configuration."""

    reconcile_every_s: float = 15.0
    """How soon a wish is seen when no bell rang."""

    grace_s: float = 30.0
    """How long a creator whom nobody watches is still followed."""

    gather_checks_s: float = 0.2
    """How long a room that must be confirmed waits for others, to be asked about together."""

    poll_every_s: float = 60.0
    """Between two looks at an offline creator. Polling faster meets TikTok's firewall (webcast-protocol.md 12.8)."""

    usual_every_s: float = 60.0
    """Between two looks at a creator who may well be live just now, however rarely the others are looked up."""

    not_found_every_s: float = 3600.0
    """Between two looks at a creator whom TikTok does not know: a handle can come back."""

    wish_every_s: float = 10.0
    """Between two looks at one creator that people asked for."""

    answer_within_s: float = 3.0
    """How long a new room waits to be asked about before its stream is opened: the question is worth no comment."""

    look_ups_per_s: float = 1.0
    """All page look-ups of this process together."""

    look_up_burst: int = 3
    """So many of them may go at once after a quiet while."""

    bulk_checks_per_day: int = 2_500
    """Questions about fifty creators at once, where a key allows them (`source.LiveCheck`); evenly over the day."""

    connects_per_s: float = 10.0
    """Streams that are opened, over all creators: a thousand who lost theirs together are back within two minutes."""

    connect_burst: int = 20
    """So many of them may open at once after a quiet while."""

    stale_after_s: float = 60.0
    """Who waited longer than this for their turn to connect asks first whether the room still lives."""

    buffer_events: int = 2_000
    """Events of one creator that may wait for the log, before the least important are shed."""

    flush_every_s: float = 0.05
    """At most one append per creator in this time: a row of the log is one flush."""

    touch_every_s: float = 5.0
    """How exactly we know, after a crash, since when events are missing."""

    gap_after_s: float = 15.0
    """A restart that is faster than this is not called a gap."""

    stable_after_s: float = 30.0
    """A connection that held so long makes the next failure a first one again."""

    silent_after_s: float = 60.0
    """A live room speaks every two seconds; after this silence we ask whether it still lives."""

    drop_silent_after_s: float = 180.0
    """A room that lives and yet says nothing for so long is connected to anew."""

    shutdown_s: float = 5.0
    """How long what is buffered may take to reach the log when we are told to stop."""
