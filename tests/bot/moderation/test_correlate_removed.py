"""What a deletion took, by author."""

from __future__ import annotations

from bot.events import CommentEvent, DeletionEvent, GapEvent, RoomId, ViewerId
from bot.model.alert import Removed, Seen
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.moderation.correlate import Mark, Overtaken, glean, late, removed
from tests.bot.moderation.test_correlate import logged, written
from tests.doubles.clock import START_MS as T
from tests.doubles.events import about, comment, deletion, viewer

ALICE = CreatorId(1)


def kept(*events: CommentEvent) -> list[CommentRow]:
    """Comments as rows, from seq 1."""
    return list(glean(logged(*events), Overtaken(), creator_id=ALICE).rows)


def facts(event: DeletionEvent, rows: list[CommentRow], *, seq: int = 100, gaps: tuple[GapEvent, ...] = ()) -> dict[str, Removed]:
    """By author."""
    return {each.viewer_id: each for each in removed(event, seq, rows, creator_id=ALICE, gaps=gaps)}


def missed(from_ms: int, to_ms: int, room: str = "100") -> GapEvent:
    return GapEvent(about(room=room), from_ms=from_ms, to_ms=to_ms)


def test_a_viewer_named_loses_every_comment_of_that_room() -> None:
    rows = kept(
        written("one", at_ms=T - 9),
        written("two", at_ms=T - 4),
        written("elsewhere", at_ms=T - 3, room="200"),
        written("hers", at_ms=T - 2, by="carol"),
    )
    found = facts(deletion(of_viewers=("bob",), room="100", created_at_ms=T), rows)

    assert list(found) == ["id-bob"]
    bob = found["id-bob"]
    assert [line.seq for line in bob.lines] == [1, 2]
    assert [line.after_ms for line in bob.lines] == [9, 4]
    assert (bob.names_viewer, bob.is_partial, bob.is_repeat, bob.unseen) == (True, False, False, ())


def test_messages_are_found_by_tiktoks_id_and_by_the_edges_uuid_and_given_to_their_authors() -> None:
    by_uuid = CommentEvent(about(viewer("carol"), room="100", message_id="8"), text="x", message_uuid="u-8")
    rows = kept(comment("x", "bob", room="100", message_id="7"), by_uuid)
    found = facts(deletion(of_messages=("u-8", "7", "7", ""), room="100"), rows)

    assert {author: [line.message_id for line in each.lines] for author, each in found.items()} == {
        "id-bob": ["7"],
        "id-carol": ["8"],
    }
    assert not any(each.names_viewer for each in found.values())


def test_messages_that_never_came_have_no_author() -> None:
    found = facts(deletion(of_messages=("8", "7", "9"), room="100"), kept(comment("x", room="100", message_id="7")))

    assert list(found) == ["id-bob", ""]
    assert found[""].unseen == ("8", "9")
    assert found[""].lines == ()


def test_what_has_no_author_stands_last() -> None:
    anonymous = CommentEvent(about(room="100", message_id="6"), text="x")
    found = facts(deletion(of_messages=("6", "7"), room="100"), kept(anonymous, comment("x", room="100", message_id="7")))

    assert list(found) == ["id-bob", ""]
    assert [line.seq for line in found[""].lines] == [1]


def test_a_viewer_of_whom_nothing_came_is_told_of_without_lines() -> None:
    found = facts(deletion(of_viewers=("bob",), room="100"), [])

    assert found["id-bob"].lines == ()
    assert not found["id-bob"].is_repeat


def test_empty_ids_take_nothing() -> None:
    nobody = DeletionEvent(about(room="100", created_at_ms=T), message_ids=("",), user_ids=("",))
    anonymous = CommentEvent(about(room="100", created_at_ms=T - 1), text="x")

    assert facts(nobody, kept(anonymous)) == {}


def test_what_an_earlier_deletion_took_is_not_taken_again() -> None:
    first = deletion(of_viewers=("bob",), room="100", created_at_ms=T)
    second = deletion(of_viewers=("bob",), room="100", created_at_ms=T + 50)
    (row,) = kept(written("x", at_ms=T - 9))
    marked = CommentRow(**{name: getattr(row, name) for name in row.__slots__} | {"removed_at_ms": T})

    assert len(facts(first, [marked])["id-bob"].lines) == 1, "the same deletion, read again after its rows were marked"
    again = facts(second, [marked])["id-bob"]
    assert (again.lines, again.is_repeat) == ((), True)
    assert facts(deletion(of_messages=(row.message_id,), room="100", created_at_ms=T + 50), [marked])[row.viewer_id].is_repeat


def test_what_was_written_after_the_deletion_stands() -> None:
    rows = kept(written("before", at_ms=T - 1), written("after", at_ms=T + 1), written("late", at_ms=T - 2))
    (bob,) = removed(deletion(of_viewers=("bob",), room="100", created_at_ms=T), 1, rows, creator_id=ALICE)

    assert [line.seq for line in bob.lines] == [1, 3]


def test_without_tiktoks_time_on_both_sides_there_is_no_time_to_removal() -> None:
    event = deletion(of_viewers=("bob",), room="100", at_ms=T)
    (line,) = facts(event, kept(written("x", at_ms=T - 5)))["id-bob"].lines

    assert line.after_ms is None


def test_after_a_gap_a_viewers_comments_may_be_more_than_we_know() -> None:
    rows = kept(comment("x", room="100", message_id="7"))
    whole = deletion(of_viewers=("bob",), room="100", at_ms=T)
    single = deletion(of_messages=("7",), room="100", at_ms=T)
    unseen = deletion(of_messages=("8",), room="100", at_ms=T)

    assert facts(whole, rows, gaps=(missed(T - 90, T - 50),))["id-bob"].is_partial
    assert facts(whole, rows, gaps=(missed(T - 90, T - 50, room=""),))["id-bob"].is_partial
    assert not facts(whole, rows, gaps=(missed(T - 90, T - 50, room="200"),))["id-bob"].is_partial
    assert not facts(whole, rows, gaps=(missed(T + 1, T + 50),))["id-bob"].is_partial
    assert not facts(single, rows, gaps=(missed(T - 90, T - 50),))["id-bob"].is_partial
    assert facts(unseen, rows, gaps=(missed(T - 90, T - 50),))[""].is_partial


def test_the_author_is_who_was_seen_last() -> None:
    seen = Seen(4, viewer("bob"))
    (bob,) = removed(deletion(of_viewers=("bob",), room="100"), 9, [], creator_id=ALICE, last_seen={ViewerId("id-bob"): seen})

    assert bob.author == seen


def test_a_comment_that_comes_after_its_deletion_is_the_same_fact_with_its_author() -> None:
    overtaken = Overtaken()
    overtaken.remember(deletion(of_messages=("u-7",), room="100", created_at_ms=T, at_ms=T + 3), 41)
    event = CommentEvent(about(viewer("bob"), room="100", message_id="7", created_at_ms=T - 8), text="x", message_uuid="u-7")
    mark = overtaken.deletion_of(event)

    assert mark == Mark(41, T, T, T + 3, names_viewer=False)
    fact = late(event, 42, mark, creator_id=ALICE)
    assert (fact.viewer_id, fact.deletion_seq, fact.names, fact.room_id) == ("id-bob", 41, ("7", "u-7"), RoomId("100"))
    assert [(line.seq, line.after_ms) for line in fact.lines] == [(42, 8)]
    assert fact.author == Seen(42, viewer("bob"))
