"""Which comments a deletion removed."""

from __future__ import annotations

from bot.events import CommentEvent, DeletionEvent, Event
from bot.events.codec import Envelope, Logged
from bot.model.ids import CreatorId
from bot.moderation.correlate import Gleaned, Overtaken, glean, recall
from tests.doubles.clock import START_MS as T
from tests.doubles.events import about, comment, deletion, like, viewer

ALICE = CreatorId(1)


def logged(*events: Event, first: int = 1) -> list[Logged]:
    return [Logged(Envelope(creator_id=ALICE, seq=first + place), event) for place, event in enumerate(events)]  # type: ignore[arg-type]


def gleaned(*events: Event, overtaken: Overtaken | None = None, first: int = 1) -> Gleaned:
    return glean(logged(*events, first=first), overtaken or Overtaken(), creator_id=ALICE)


def written(text: str, *, at_ms: int, by: str = "bob", room: str = "100") -> CommentEvent:
    """A comment with TikTok's own time."""
    return CommentEvent(about(viewer(by), room=room, created_at_ms=at_ms), text=text)


def test_a_comment_becomes_a_row_with_its_place_in_the_log() -> None:
    event = CommentEvent(
        about(viewer("bob"), room="100", message_id="7", at_ms=T, created_at_ms=T - 40), text="hi", message_uuid="u-7"
    )
    (row,) = gleaned(like(), event).rows

    assert (row.creator_id, row.seq, row.room_id, row.message_id, row.message_uuid) == (ALICE, 2, "100", "7", "u-7")
    assert (row.viewer_id, row.text, row.created_at_ms, row.received_at_ms) == ("id-bob", "hi", T - 40, T)
    assert row.removed_at_ms is None


def test_a_comment_that_only_its_author_sees_is_kept_too() -> None:
    event = CommentEvent(about(viewer("bob")), text="hidden", visible_to_sender=True)

    assert [row.text for row in gleaned(event).rows] == ["hidden"]


def test_a_deletion_reaches_back_to_its_own_place_in_tiktoks_time() -> None:
    (removal,) = gleaned(
        comment("x"), deletion(of_viewers=("bob",), of_messages=("7",), room="100", created_at_ms=T - 9)
    ).removals

    assert (removal.through_seq, removal.at_ms) == (2, T - 9)
    assert (removal.viewer_ids, removal.message_ids, removal.room_id) == (("id-bob",), ("7",), "100")


def test_without_tiktoks_time_ours_must_do() -> None:
    (removal,) = gleaned(deletion(of_viewers=("bob",), at_ms=T)).removals

    assert removal.at_ms == T


def test_a_comment_that_comes_after_its_own_deletion_is_removed_from_the_start() -> None:
    overtaken = Overtaken()
    gleaned(deletion(of_messages=("7", "u-8"), room="100", created_at_ms=T), overtaken=overtaken)
    by_id = comment("late", room="100", message_id="7")
    by_uuid = CommentEvent(about(viewer("bob"), room="100"), text="late", message_uuid="u-8")
    elsewhere = comment("another room", room="200", message_id="7")

    rows = gleaned(by_id, by_uuid, elsewhere, overtaken=overtaken, first=2).rows
    assert [row.removed_at_ms for row in rows] == [T, T, None]


def test_after_a_wipe_only_what_was_written_before_it_is_removed() -> None:
    overtaken = Overtaken()
    gleaned(deletion(of_viewers=("bob",), room="100", created_at_ms=T), overtaken=overtaken)
    rows = gleaned(
        written("before", at_ms=T - 1),
        written("after", at_ms=T + 1),
        written("nobody knows when", at_ms=0),
        written("somebody else", at_ms=T - 1, by="carol"),
        written("another room", at_ms=T - 1, room="200"),
        overtaken=overtaken,
    ).rows

    assert [row.removed_at_ms for row in rows] == [T, None, None, None, None]


def test_a_wipe_without_tiktoks_time_says_nothing_of_later_comments() -> None:
    overtaken = Overtaken()
    gleaned(deletion(of_viewers=("bob",), room="100", at_ms=T), overtaken=overtaken)

    (row,) = gleaned(written("when?", at_ms=T - 1), overtaken=overtaken).rows
    assert row.removed_at_ms is None


def test_a_restart_recalls_the_newest_deletions() -> None:
    overtaken = recall(logged(comment("x"), deletion(of_messages=("7",), room="100", created_at_ms=T)))

    (row,) = gleaned(comment("late", room="100", message_id="7"), overtaken=overtaken).rows
    assert row.removed_at_ms == T


def test_nameless_comments_and_empty_names_match_nothing() -> None:
    overtaken = Overtaken()
    nobody = DeletionEvent(about(room="100", created_at_ms=T), message_ids=("",), user_ids=("",))
    gleaned(nobody, overtaken=overtaken)
    anonymous = CommentEvent(about(room="100", created_at_ms=T - 1), text="x")

    (row,) = gleaned(anonymous, overtaken=overtaken).rows
    assert (row.viewer_id, row.removed_at_ms) == ("", None)


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    overtaken = Overtaken(most=2)
    for number in range(3):
        overtaken.remember(deletion(of_messages=(str(number),), room="100", at_ms=T))

    assert [overtaken.removed_at_ms(comment("x", room="100", message_id=str(number))) for number in range(3)] == [None, T, T]


def test_a_stretch_without_comments_and_deletions_is_nothing() -> None:
    assert not gleaned(like(), like())
