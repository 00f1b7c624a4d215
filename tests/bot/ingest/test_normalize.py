"""One room's frames, cleaned for the log."""

from __future__ import annotations

from bot.events import Common, ConnectedEvent, Event, Handle, LiveEndedEvent, MessageId, RoomId, UnknownEvent
from bot.ingest.counters import Counters
from bot.ingest.normalize import SIDE_EVENTS, Normalizer
from tests.doubles.clock import START_MS
from tests.doubles.events import about, comment, gift


def room(counters: Counters | None = None) -> Normalizer:
    return Normalizer(room_id=RoomId("100"), creator=Handle("alice"), counters=counters or Counters())


def taken(normalizer: Normalizer, *events: Event) -> list[Event]:
    return normalizer.take(events, now_ms=START_MS)


def test_what_another_room_says_is_dropped_and_counted() -> None:
    counters = Counters()
    ours, foreign = comment("hi", room="100"), comment("hi from next door", room="200")

    assert [event.message_id for event in taken(room(counters), foreign, ours)] == [ours.message_id]
    assert counters.foreign == 1


def test_the_end_of_another_room_is_not_our_end() -> None:
    assert taken(room(), LiveEndedEvent(about(room="200"))) == []


def test_a_gift_of_another_room_is_not_counted_into_our_combo() -> None:
    normalizer = room()
    taken(normalizer, gift(9, room="200"), gift(2, room="100"))

    (close,) = normalizer.close(now_ms=START_MS)
    assert getattr(close, "repeat_count", None) == 2


def test_a_frame_without_a_room_belongs_to_its_connection_and_is_filled_in() -> None:
    (event,) = taken(room(), comment("hi"))

    assert (event.room_id, event.creator) == ("100", "alice")


def test_a_message_without_an_id_gets_one_and_others_keep_theirs() -> None:
    nameless = ConnectedEvent(Common(room_id=RoomId("100"), creator=Handle("alice"), received_at_ms=START_MS))
    out = taken(room(), nameless, comment("hi", message_id="7"))

    assert [event.message_id for event in out] == [f"connected:{START_MS}", "7"]


def test_side_messages_are_counted_and_not_logged() -> None:
    counters = Counters()
    sides = [cls(Common(MessageId("1"))) for cls in SIDE_EVENTS]
    assert taken(room(counters), *sides) == []
    assert sum(counters.side.values()) == len(SIDE_EVENTS)


def test_what_we_cannot_name_is_counted_not_logged() -> None:
    counters = Counters()
    unknown = UnknownEvent(Common(MessageId("1")), method="WebcastNewThingMessage", payload=b"...")

    assert taken(room(counters), unknown, unknown) == []
    assert counters.unknown == {"WebcastNewThingMessage": 2}


def test_open_combos_are_closed_before_the_end_of_the_live() -> None:
    counters = Counters()
    normalizer = room(counters)
    out = taken(normalizer, gift(3), LiveEndedEvent(about()))

    assert [event.__struct_config__.tag for event in out] == ["gift", "gift", "liveEnded"]
    assert counters.inferred_combos == 1


def test_late_gift_messages_are_counted() -> None:
    counters = Counters()
    taken(room(counters), gift(3, end=True), gift(2))

    assert counters.late_gifts == 1
