"""Which events a watch is told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.events import (
    CaptionEvent,
    Combo,
    CommentEvent,
    ConnectedEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GapEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    QuestionEvent,
    ShareEvent,
    ViewersEvent,
)
from bot.model.watch import EventKind
from bot.relay.match import wants
from tests.bot.relay.conftest import comment, common, deletion, gift, watch_for
from tests.doubles.clock import START_MS

BEFORE, AFTER = START_MS - 60_000, START_MS + 5_000


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (comment(), EventKind.CHAT),
        (EmoteEvent(common()), EventKind.CHAT),
        (QuestionEvent(common(), text="why?"), EventKind.CHAT),
        (gift(), EventKind.GIFT),
        (FollowEvent(common()), EventKind.FOLLOW),
        (ShareEvent(common()), EventKind.SHARE),
        (deletion(), EventKind.DELETION),
        (LiveEndedEvent(common()), EventKind.LIVE),
        (JoinEvent(common()), EventKind.JOIN),
        (LikeEvent(common()), EventKind.LIKE),
    ],
)
def test_a_watch_hears_the_kinds_it_asked_for_and_no_others(event: Event, kind: EventKind) -> None:
    assert wants(watch_for(kind), event)
    assert not wants(watch_for(*(set(EventKind) - {kind})), event)


def test_joins_and_likes_are_off_unless_asked_for() -> None:
    assert not wants(watch_for(), JoinEvent(common()))
    assert not wants(watch_for(), LikeEvent(common()))
    assert wants(watch_for(), comment())


@pytest.mark.parametrize("event", [CaptionEvent(common()), ViewersEvent(common()), ConnectedEvent(common())])
def test_what_has_no_kind_is_never_relayed(event: Event) -> None:
    assert not wants(watch_for(*EventKind), event)


def test_a_comment_that_only_its_author_sees_is_never_relayed() -> None:
    assert not wants(watch_for(), CommentEvent(common(), text="hidden", visible_to_sender=True))


@pytest.mark.parametrize(("written_ms", "heard"), [(BEFORE, False), (0, False), (AFTER, True)])
def test_replayed_comments_are_heard_only_when_written_since_the_watch_was_placed(written_ms: int, heard: bool) -> None:
    for event in (
        CommentEvent(common(at_ms=written_ms), text="old?", is_history=True),
        EmoteEvent(common(at_ms=written_ms), is_history=True),
    ):
        assert wants(watch_for(), event) is heard


@pytest.mark.parametrize(
    ("combo", "count", "before", "heard"),
    [
        (Combo.OPEN, 5, 0, True),
        (Combo.ENDED, 5, 0, True),
        (Combo.INFERRED, 5, 0, True),
        (Combo.SINGLE, 1, 0, True),
        (Combo.ENDED, 5, 5, False),
        (Combo.ENDED, 7, 5, True),
    ],
)
def test_a_combo_is_heard_while_it_grows_but_not_what_was_told_before(combo: Combo, count: int, before: int, heard: bool) -> None:
    assert wants(watch_for(), gift(count, combo=combo, before=before)) is heard


@pytest.mark.parametrize(
    ("count", "diamonds", "before", "heard"), [(10, 10, 0, True), (9, 11, 0, False), (1, 100, 0, True), (20, 10, 15, False)]
)
def test_small_gifts_are_left_out_by_what_the_whole_combo_is_worth(count: int, diamonds: int, before: int, heard: bool) -> None:
    assert wants(watch_for(min_diamonds=100), gift(count, diamonds=diamonds, before=before)) is heard


def test_every_watch_is_told_of_a_gap_since_it_was_placed() -> None:
    assert wants(watch_for(EventKind.GIFT), GapEvent(common(), from_ms=BEFORE, to_ms=AFTER))
    assert not wants(watch_for(), GapEvent(common(), from_ms=BEFORE - 1, to_ms=BEFORE))


def test_what_was_written_in_a_pause_is_not_news_when_it_is_replayed_later() -> None:
    watch = replace(watch_for(), resumed_at=datetime.fromtimestamp(START_MS / 1000 + 600, UTC))
    in_the_pause = CommentEvent(common(at_ms=START_MS + 300_000), text="hi", is_history=True)
    after = CommentEvent(common(at_ms=START_MS + 601_000), text="hi", is_history=True)
    assert not wants(watch, in_the_pause)
    assert wants(watch, after)
