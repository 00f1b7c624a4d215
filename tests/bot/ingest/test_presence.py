"""What we know of a room, across connections and restarts."""

from __future__ import annotations

from bot.events import Event, GapEvent, Handle, LiveEndedEvent, LiveStartedEvent, RoomId
from bot.ingest.counters import Counters
from bot.ingest.presence import Presence
from bot.model.ids import CreatorId
from bot.model.session import LiveSession
from bot.tiktok.source import Room
from tests.doubles.clock import START_MS as T
from tests.doubles.events import about, comment, gift

ROOM = Room(room_id=RoomId("100"), handle=Handle("alice"), title="hello", started_at_ms=T - 5_000, viewers=12)


def begun(*, is_new: bool = True) -> Presence:
    return Presence.begun(ROOM, now_ms=T, is_new=is_new, counters=Counters())


def resumed(*tail: Event, silent_ms: int = 60_000) -> Presence:
    session = LiveSession(CreatorId(1), ROOM.room_id, started_at_ms=0, last_frame_at_ms=T - silent_ms)
    return Presence.resumed(session, tail, creator=ROOM.handle, counters=Counters(), gap_from_ms=T - 15_000)


def test_a_new_room_is_announced_once_with_what_tiktok_told() -> None:
    presence = begun()
    (started,) = presence.announcement(ROOM, now_ms=T)

    assert isinstance(started, LiveStartedEvent)
    assert (started.message_id, started.title, started.started_at_ms, started.viewers) == ("live:100", "hello", T - 5_000, 12)
    assert presence.announcement(ROOM, now_ms=T) == []
    assert begun(is_new=False).announcement(ROOM, now_ms=T) == []


def test_a_first_connection_has_no_gap_and_a_second_one_has() -> None:
    presence = begun()
    assert presence.opened(now_ms=T, now=0) == []
    presence.take([comment("hi")], now_ms=T + 1_000, now=1)
    presence.missed("reset")
    presence.missed("refused")

    (gap,) = presence.opened(now_ms=T + 9_000, now=9)
    assert isinstance(gap, GapEvent)
    assert (gap.from_ms, gap.to_ms, gap.reason) == (T + 1_000, T + 9_000, "reset")
    assert presence.opened(now_ms=T + 9_000, now=9) == []


def test_a_resumed_room_admits_a_long_gap_and_is_silent_about_a_short_one() -> None:
    (gap,) = resumed(comment("before"), silent_ms=60_000).opened(now_ms=T, now=0)

    assert isinstance(gap, GapEvent)
    assert gap.from_ms == T - 60_000
    assert resumed(comment("before"), silent_ms=14_000).opened(now_ms=T, now=0) == []


def test_a_resumed_room_is_announced_only_if_nothing_of_it_is_in_the_log() -> None:
    assert resumed(comment("before")).announcement(ROOM, now_ms=T) == []
    assert len(resumed().announcement(ROOM, now_ms=T)) == 1
    assert resumed(silent_ms=3 * 86_400_000).announcement(ROOM, now_ms=T) == [], "the log has forgotten, not we"


def test_an_end_that_tiktok_told_is_not_told_again() -> None:
    presence = begun()
    presence.take([LiveEndedEvent(about())], now_ms=T, now=0)
    assert presence.is_over
    assert presence.finished(now_ms=T) == []

    assert resumed(comment("before"), LiveEndedEvent(about()), silent_ms=1_000).finished(now_ms=T) == []


def test_an_end_that_was_found_out_closes_combos_first_and_says_that_it_is_inferred() -> None:
    presence = begun()
    presence.take([gift(3)], now_ms=T, now=0)
    close, end = presence.finished(now_ms=T + 5_000)

    assert close.__struct_config__.tag == "gift"
    assert isinstance(end, LiveEndedEvent)
    assert (end.inferred, end.message_id, end.room_id, end.creator) == (True, "ended:100", "100", "alice")


def test_silence_counts_from_the_last_frame_or_from_when_we_began_to_connect() -> None:
    presence = begun()
    presence.connecting(100)
    assert presence.quiet_s(130) == 30
    presence.take([], now_ms=T, now=150)
    assert presence.quiet_s(155) == 5
