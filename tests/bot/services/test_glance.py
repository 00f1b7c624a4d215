"""What the log tells of a LIVE, and what it tells somebody who was away."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    Common,
    Event,
    FollowEvent,
    GapEvent,
    Gift,
    LiveStartedEvent,
    QuestionDeletedEvent,
    QuestionEvent,
    Result,
    RoomId,
    ViewersEvent,
)
from bot.events.codec import AnyEvent, Envelope, Logged
from bot.services.glance import caught_up, folded, glance, phrases
from tests.doubles import battles
from tests.doubles.clock import START_MS
from tests.doubles.events import about, comment, deletion, gift, like, viewer

ROOM = "r1"
LION = Gift(id="1", name="Lion", diamonds=29_999)


def logged(*events: Event) -> Sequence[Logged]:
    return [
        Logged(Envelope(1, 1, seq, 1, "test", event.received_at_ms or START_MS), as_logged(event))
        for seq, event in enumerate(events, start=1)
    ]


def as_logged(event: Event) -> AnyEvent:
    return event  # type: ignore[return-value]


def at(event: Event, seconds: int) -> Event:
    return msgspec.structs.replace(event, common=msgspec.structs.replace(event.common, received_at_ms=START_MS + 1000 * seconds))


def started(room: str = ROOM) -> LiveStartedEvent:
    return LiveStartedEvent(about(room=room), title="Hello", started_at_ms=START_MS - 60_000)


def viewers(now: int, total: int, room: str = ROOM) -> ViewersEvent:
    return ViewersEvent(about(room=room), viewers=now, total=total)


# --- now -------------------------------------------------------------------------------------------------------------------


def test_the_newest_number_of_viewers_and_the_most_likes_count() -> None:
    found = glance(logged(started(), viewers(5, 10), like(90, room=ROOM), like(80, room=ROOM), viewers(7, 12)), START_MS)
    assert found is not None
    assert (found.viewers, found.visitors, found.likes, found.title) == (7, 12, 90, "Hello")
    assert (found.is_whole, found.started_at_ms) == (True, START_MS - 60_000)


def test_a_log_without_a_live_tells_of_none() -> None:
    assert glance([], START_MS) is None


def test_the_live_before_is_another_one() -> None:
    found = glance(logged(gift(9, room="old", end=True), viewers(99, 99, room="old"), started(), like(1)), START_MS)
    assert found is not None
    assert (found.room_id, found.viewers, found.gifters, found.likes) == (ROOM, None, (), 1)


def test_a_combo_counts_once_with_its_highest_count_also_while_it_is_open() -> None:
    found = glance(
        logged(
            *(gift(times, "bob", room=ROOM, group="1") for times in (1, 5, 3)),
            gift(2, "eve", room=ROOM, group="1", end=True),
            gift(4, "bob", room=ROOM, group="2", end=True),
        ),
        START_MS,
    )
    assert found is not None
    assert [(each.user.handle, each.diamonds) for each in found.gifters] == [("bob", 9), ("eve", 2)]
    assert found.diamonds == 11


def test_a_log_that_joined_later_or_was_interrupted_says_so() -> None:
    for events in ((like(1, room=ROOM),), (started(), GapEvent(about(room=ROOM), 1, 2))):
        found = glance(logged(*events), START_MS)
        assert found is not None
        assert not found.is_whole


def test_a_fight_is_shown_while_it_goes_on() -> None:
    begun = battles.opens("ann", "eve", room=ROOM)
    on = glance(logged(begun), START_MS + 1000)
    assert on is not None
    assert on.fight is not None
    over = glance(
        logged(begun, battles.decides(battles.side("ann", 5, Result.WIN), battles.side("eve", 1, Result.LOSE), room=ROOM)),
        START_MS + 1000,
    )
    assert over is not None
    assert over.fight is None


# --- what was removed ------------------------------------------------------------------------------------------------------


def quoted(*events: Event) -> list[str]:
    """What of these a summary would repeat: everything is said twice, and by a moderator."""
    found = caught_up(logged(*events), since_ms=START_MS, now_ms=START_MS + 1000)
    return [each.text for each in found.phrases] + [each.text for each in found.quotes]


def said(text: str, by: str = "bob", message_id: str = "", created_at_ms: int = 0, uuid: str = "") -> Event:
    event = comment(text, by, room=ROOM, message_id=message_id)
    user = msgspec.structs.replace(viewer(by), is_moderator=True)
    common = msgspec.structs.replace(event.common, user=user, created_at_ms=created_at_ms)
    return msgspec.structs.replace(event, common=common, message_uuid=uuid)


def test_a_comment_that_was_taken_back_is_neither_quoted_nor_counted() -> None:
    for event, gone in (
        (said("secret", message_id="1"), deletion(of_messages=("1",), room=ROOM)),
        (said("secret", uuid="u"), deletion(of_messages=("u",), room=ROOM)),
        (said("secret"), deletion(of_viewers=("bob",), room=ROOM)),
    ):
        assert quoted(event, event) == ["secret"] * 2
        assert quoted(event, event, gone) == []
        found = caught_up(logged(event, event, gone), since_ms=START_MS, now_ms=START_MS + 1000)
        assert (found.comments, found.removals) == (0, 1)


def test_a_deletion_that_overtook_its_comment_covers_it_and_not_what_came_later() -> None:
    assert quoted(deletion(of_messages=("1",), room=ROOM), said("secret", message_id="1")) == []
    wipe = deletion(of_viewers=("bob",), room=ROOM, created_at_ms=500)
    assert quoted(wipe, said("secret", created_at_ms=400)) == []
    assert quoted(wipe, said("sorry", created_at_ms=600)) == ["sorry"]


def test_a_deletion_from_before_the_asked_time_still_covers() -> None:
    old = at(deletion(of_messages=("1",), room=ROOM), -100)
    assert quoted(old, said("secret", message_id="1")) == []


def test_a_question_that_was_removed_is_not_repeated() -> None:
    question = QuestionEvent(about(viewer("bob"), room=ROOM), question_id="q", text="why?")
    assert quoted(question) == ["why?"]
    assert quoted(question, QuestionDeletedEvent(about(room=ROOM), question_id="q")) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("123456")), max_size=12), st.sets(st.sampled_from("123456")))
def test_no_text_of_a_removed_message_is_ever_told(comments: list[tuple[str, str]], removed: set[str]) -> None:
    events: list[Event] = [said(f"text {number}", by, message_id=number) for by, number in comments]
    events.append(deletion(of_messages=tuple(removed), room=ROOM))
    assert not {f"text {number}" for number in removed} & set(quoted(*events))


# --- catching up -----------------------------------------------------------------------------------------------------------


def test_a_summary_counts_and_names_the_best() -> None:
    events = (
        started(),
        *(comment(text, by, room=ROOM) for text, by in (("GG!!", "ann"), ("gg", "bob"), ("hi", "bob"), ("ggggg", "eve"))),
        gift(3, "bob", room=ROOM, end=True),
        gift(1, "eve", room=ROOM, end=True, what=LION, group="9"),
        FollowEvent(about(viewer("zoe"), room=ROOM)),
        FollowEvent(about(viewer("zoe"), room=ROOM)),
    )
    found = caught_up(logged(*events), since_ms=START_MS, now_ms=START_MS + 1000)
    assert (found.comments, found.chatters, found.diamonds, len(found.followers)) == (4, 3, 30_002, 1)
    assert [(each.text, each.count) for each in found.phrases] == [("GG!!", 3)]
    assert [(each.user.handle, each.diamonds) for each in found.gifts] == [("eve", 29_999), ("bob", 3)]
    assert not found.is_cut


def test_only_what_is_young_enough_counts_and_a_log_that_ends_earlier_says_so() -> None:
    events = (at(comment("old", room=ROOM), -1000), comment("new", room=ROOM))
    found = caught_up(logged(*events), since_ms=START_MS - 600_000, now_ms=START_MS)
    assert (found.comments, found.is_cut) == (1, False)
    cut = caught_up(logged(*events[1:]), since_ms=START_MS - 600_000, now_ms=START_MS)
    assert (cut.is_cut, cut.since_ms) == (True, START_MS)


def test_what_only_its_author_saw_or_tiktok_repeats_is_no_news() -> None:
    hidden = msgspec.structs.replace(comment("x", room=ROOM), visible_to_sender=True)
    repeated = msgspec.structs.replace(comment("x", room=ROOM), is_history=True)
    assert caught_up(logged(hidden, repeated), since_ms=START_MS, now_ms=START_MS).comments == 0


def test_the_creators_own_words_are_worth_reading() -> None:
    own = comment("I am back", "ann", room=ROOM)
    own = msgspec.structs.replace(own, common=msgspec.structs.replace(own.common, creator="ann"))
    found = caught_up(logged(own, comment("ok", "bob", room=ROOM)), since_ms=START_MS, now_ms=START_MS)
    assert [each.text for each in found.quotes] == ["I am back"]


def test_what_says_the_same_is_worth_reading_once() -> None:
    said = [comment(text, "ann", room=ROOM, message_id=text) for text in ("RULES!!!", "rules", "be nice", " rules ")]
    mine = [msgspec.structs.replace(each, common=msgspec.structs.replace(each.common, creator="ann")) for each in said]
    found = caught_up(logged(*mine), since_ms=START_MS, now_ms=START_MS)
    assert [each.text for each in found.quotes] == ["RULES!!!", "be nice"]


def test_a_fight_that_ended_meanwhile_is_told() -> None:
    begun = battles.opens("ann", "eve", room=ROOM)
    over = battles.decides(battles.side("ann", 5, Result.WIN), battles.side("eve", 1, Result.LOSE), room=ROOM)
    found = caught_up(logged(begun, over), since_ms=START_MS - 1, now_ms=START_MS + 1000)
    assert [each.key for each in found.fights] == ["b1"]
    assert caught_up(logged(begun), since_ms=START_MS - 1, now_ms=START_MS + 1000).fights == ()


def test_what_says_the_same_is_folded() -> None:
    assert folded("GGGG!!") == folded(" gg ") == "gg"
    assert folded("🔥🔥🔥🔥") == folded("🔥🔥🔥")
    assert phrases(["a", "b"]) == ()
    assert RoomId("") == Common().room_id
