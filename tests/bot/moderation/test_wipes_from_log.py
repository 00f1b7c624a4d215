"""From a creator's log to wipes, as a consumer does it: rows kept and marked, stragglers joined, whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import CommentEvent, DeletionEvent, Event
from bot.model.alert import Wipe
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.moderation.correlate import Overtaken, glean, late, removed, removed_at_ms
from bot.moderation.wipes import Wipes, dump, load
from tests.bot.moderation.test_correlate import logged
from tests.doubles.clock import START_MS as T
from tests.doubles.events import about, deletion, viewer

ALICE = CreatorId(1)
BEFORE = [
    CommentEvent(about(viewer("bob"), room="100", message_id=f"m{n}", created_at_ms=T - n), text="x", message_uuid=f"u{n}")
    for n in range(12, 0, -1)
]
AFTER = [CommentEvent(about(viewer("bob"), room="100", message_id=f"m-{n}", created_at_ms=T + n), text="x") for n in (1, 2)]
HERS = CommentEvent(about(viewer("carol"), room="100", message_id="hers", created_at_ms=T - 5), text="x")
MUTE = deletion(of_viewers=("bob",), room="100", created_at_ms=T, at_ms=T)
BY_HAND = [
    deletion(of_messages=("m3", "u4"), room="100", created_at_ms=T - 2, at_ms=T),
    deletion(of_messages=("m3",), room="100", created_at_ms=T, at_ms=T),
]


class Kept:
    """What a consumer holds: the table's rows, and the wipes."""

    def __init__(self) -> None:
        self.rows: list[CommentRow] = []
        self.overtaken = Overtaken()
        self.wipes = Wipes()
        self.told: dict[str, Wipe] = {}

    def read(self, event: Event, seq: int) -> None:
        if isinstance(event, CommentEvent):
            mark = self.overtaken.deletion_of(event)
            self.rows += glean(logged(event, first=seq), self.overtaken, creator_id=ALICE).rows
            if mark:
                self.wipes.add(late(event, seq, mark, creator_id=ALICE), 0.0)
        elif isinstance(event, DeletionEvent):
            facts = removed(event, seq, self.rows, creator_id=ALICE)
            gone = {line.seq for each in facts for line in each.lines}
            self.rows = [
                replace(row, removed_at_ms=removed_at_ms(event)) if row.seq in gone and row.removed_at_ms is None else row
                for row in self.rows
            ]
            self.overtaken.remember(event, seq)
            for each in facts:
                self.wipes.add(each, 0.0)
        self.tell()

    def tell(self, now: float = 0.0) -> None:
        self.told |= {each.wipe.viewer_id: each.wipe for each in self.wipes.due(now)}

    def restart(self) -> None:
        """Only the rows, the log's tail and what was told survive."""
        self.tell(5.0)
        self.wipes = Wipes()
        for wipe in self.told.values():
            self.wipes.resume(load(dump(wipe)), 0.0)


def wiped(events: Sequence[Event], *, restart_at: int = -1) -> dict[str, Wipe]:
    kept = Kept()
    for place, event in enumerate(events):
        if place == restart_at:
            kept.restart()
        kept.read(event, place + 1)
    kept.tell(5.0)
    return kept.told


def test_a_mute_removes_twelve_lines_and_one_wipe_says_so() -> None:
    told = wiped([*BEFORE, HERS, MUTE, *AFTER])

    assert list(told) == ["id-bob"]
    assert (told["id-bob"].count, told["id-bob"].names_viewer, told["id-bob"].after_ms) == (12, True, (1, 12))


@given(st.randoms(use_true_random=False), st.integers(-1, 30), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_the_wipe_is_the_same_in_whatever_order_its_comments_and_deletions_come(rng: Random, restart_at: int, twice: int) -> None:
    events: list[Event] = [*BEFORE, HERS, MUTE, *BY_HAND, *rng.choices([MUTE, *BY_HAND], k=twice)]
    rng.shuffle(events)
    told = wiped([*events, *AFTER], restart_at=restart_at)

    assert {line.message_id for line in told["id-bob"].lines} == {f"m{n}" for n in range(1, 13)}
    assert told["id-bob"].unseen == ()
    assert {author for author, wipe in told.items() if not wipe.is_void} == {"id-bob"}
