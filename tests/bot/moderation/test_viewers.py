from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import msgspec

from bot.eventlog.window import seal
from bot.events import Event, Handle, User, ViewerId
from bot.events.codec import AnyEvent, Logged
from bot.model.ids import CreatorId
from bot.model.viewer import Giving, Sighting
from bot.moderation.viewers import meet
from tests.doubles.events import comment, deletion, gift, join, like

ALICE = CreatorId(1)

E = TypeVar("E", bound=Event)


def logged(*events: AnyEvent) -> list[Logged]:
    """As they stand in the log, from seq 1 on."""
    return seal(events, creator_id=ALICE, epoch=1, after=0, source="test")


def of(event: E, user: User) -> E:
    return msgspec.structs.replace(event, common=msgspec.structs.replace(event.common, user=user))


def test_one_viewer_is_one_sighting_from_the_first_to_the_last_moment() -> None:
    met = meet(logged(comment("a", at_ms=5), comment("b", at_ms=3), comment("c", "eve", at_ms=4)), creator_id=ALICE)
    bob = Sighting(ALICE, met.sightings[0].viewer_id, met.sightings[0].handle, "Bob", 3, 5)
    assert met.sightings == (
        bob,
        replace(bob, viewer_id=ViewerId("id-eve"), handle=Handle("eve"), nickname="Eve", first_seen_at_ms=4, last_seen_at_ms=4),
    )


def test_who_only_looks_on_is_not_remembered() -> None:
    assert not meet(logged(join(), like(), deletion(of_viewers=("bob",))), creator_id=ALICE)


def test_who_has_no_id_is_nobody() -> None:
    assert not meet(logged(of(comment("a"), User(nickname="(opted out)")), of(gift(3, end=True), User())), creator_id=ALICE)


def test_a_new_handle_is_another_sighting_of_the_same_person() -> None:
    renamed = User(id=meet(logged(comment("a")), creator_id=ALICE).sightings[0].viewer_id, handle=Handle("Bobby.2"), nickname="")
    met = meet(logged(comment("a"), of(comment("b"), renamed)), creator_id=ALICE)
    assert [(each.viewer_id, each.handle, each.nickname) for each in met.sightings] == [
        ("id-bob", "bob", "Bob"),
        ("id-bob", "bobby.2", ""),
    ]


def test_names_of_any_length_are_kept_short() -> None:
    monster = User(id=ViewerId("1"), handle=Handle("H" * 5000), nickname="n" * 5000)
    (seen,) = meet(logged(of(comment("a"), monster)), creator_id=ALICE).sightings
    assert (len(seen.handle), len(seen.nickname)) == (64, 32)


def test_a_combo_counts_once_when_it_is_over_and_what_was_counted_before_does_not_count_again() -> None:
    late = msgspec.structs.replace(gift(9, end=True, room="7", at_ms=8), counted_before=5)
    met = meet(logged(gift(3), gift(5, end=True, room="7", at_ms=6), late), creator_id=ALICE)
    assert met.gifts == (
        Giving(ALICE, met.gifts[0].viewer_id, met.gifts[0].room_id, 2, 5, 5, 6),
        Giving(ALICE, met.gifts[0].viewer_id, met.gifts[0].room_id, 3, 4, 4, 8),
    )
