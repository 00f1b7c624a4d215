"""Removals of one author in one go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import GapEvent, MemberActionEvent, RoomId, ViewerId
from bot.model.alert import Removed, RemovedLine, Seen, Wipe
from bot.model.ids import CreatorId
from bot.moderation import wipes as module
from bot.moderation.wipes import EDIT_EVERY_S, QUIET_S, Pace, Stage, Wipes, dump, load
from tests.doubles.clock import START_MS as T
from tests.doubles.events import about, viewer

ALICE = CreatorId(1)
ROOM = RoomId("100")
BOB = ViewerId("id-bob")


def line(seq: int, removed_at_ms: int = T) -> RemovedLine:
    return RemovedLine(seq, f"m{seq}", T - 1000 + seq, removed_at_ms)


def took(*seqs: int, at: int = 50, by: str = "id-bob", unseen: tuple[str, ...] = (), **more: object) -> Removed:
    """The deletion at `at` took the lines at `seqs`."""
    lines = tuple(line(seq) for seq in seqs)
    return Removed(ALICE, ROOM, ViewerId(by), at, T + at, lines, unseen, **more)  # type: ignore[arg-type]


def action(
    number: int, *, at_ms: int = T + 50, by: str | None = "mod", whom: str = "bob", room: str = "100"
) -> MemberActionEvent:
    return MemberActionEvent(
        about(viewer(whom), room=room, at_ms=at_ms), action=number, name="muted", operator=viewer(by) if by else None
    )


def told(wipes: Wipes, now: float) -> list[tuple[int, bool, bool]]:
    """Counts, whether it is the first telling, whether the last."""
    return [(each.wipe.count, each.is_first, each.is_settled) for each in wipes.due(now)]


def only(wipes: Wipes, now: float = 0.0) -> Wipe:
    (telling,) = wipes.due(now)
    return telling.wipe


@pytest.mark.parametrize(
    ("pace", "due_at", "then"),
    [
        (Pace(Stage.FRESH, 5.0), 5.0, Stage.TOLD),
        (Pace(Stage.GROWN, 5.0, told_at=1.0), 5.0, Stage.TOLD),
        (Pace(Stage.GROWN, 5.0, told_at=4.5), 4.5 + EDIT_EVERY_S, Stage.TOLD),
        (Pace(Stage.TOLD, 5.0, told_at=5.0), 5.0 + QUIET_S, Stage.SETTLED),
        (Pace(Stage.SETTLED, 5.0, told_at=15.0), None, Stage.TOLD),
    ],
)
def test_each_stage_is_due_at_its_time_and_leads_to_the_next(pace: Pace, due_at: float | None, then: Stage) -> None:
    assert pace.due_at == due_at
    if due_at is not None:
        assert pace.told(due_at).stage is then
    assert pace.grown(6.0).stage is (Stage.FRESH if pace.stage is Stage.FRESH else Stage.GROWN)


def test_the_first_deletion_is_told_at_once_and_growth_at_most_every_two_seconds_until_it_is_quiet() -> None:
    wipes = Wipes()
    wipes.add(took(1), 0.0)
    assert told(wipes, 0.0) == [(1, True, False)]
    for tenth in range(1, 30):
        wipes.add(took(1 + tenth, at=50 + tenth), tenth / 10)
        if tenth < 20:
            assert wipes.due(tenth / 10) == ()
    assert wipes.next_at() == 2.9
    assert told(wipes, 2.9) == [(30, False, False)]
    assert wipes.next_at() == 2.9 + QUIET_S
    assert wipes.due(2.8 + QUIET_S) == ()
    assert told(wipes, 2.9 + QUIET_S) == [(30, False, True)]
    assert wipes.next_at() is None


def test_what_was_told_late_and_is_quiet_by_then_is_told_once() -> None:
    wipes = Wipes()
    wipes.add(took(1), 0.0)
    wipes.due(0.0)
    wipes.add(took(2), 1.0)

    assert told(wipes, 60.0) == [(2, False, True)]


def test_the_next_deletion_after_the_quiet_is_another_wipe() -> None:
    wipes = Wipes()
    wipes.add(took(1, at=50), 0.0)
    first = only(wipes)
    wipes.due(QUIET_S)
    wipes.add(took(2, at=60), 99.0)
    (second,) = wipes.due(99.0)

    assert second.is_first
    assert [each.seq for each in second.wipe.lines] == [2]
    assert first.key != second.wipe.key


def test_a_straggler_of_a_settled_wipe_opens_it_again() -> None:
    wipes = Wipes()
    wipes.add(took(1, at=50), 0.0)
    wipes.due(0.0)
    wipes.due(QUIET_S)
    wipes.add(took(2, at=50), 30.0)

    assert told(wipes, 30.0) == [(2, False, False)]


def test_a_wipe_is_forgotten_a_minute_after_it_settled() -> None:
    wipes = Wipes()
    wipes.add(took(1, at=50), 0.0)
    for now in (0.0, QUIET_S, QUIET_S + module.STRAGGLERS_S + 1):
        wipes.due(now)
    wipes.add(took(2, at=50), 99.0)

    assert told(wipes, 99.0) == [(1, True, False)]


def test_a_deletion_read_twice_is_no_news() -> None:
    wipes = Wipes()
    wipes.add(took(1, 2), 0.0)
    wipes.due(0.0)
    wipes.add(took(1, 2), 1.0)

    assert wipes.next_at() == QUIET_S


def test_a_repeat_grows_a_wipe_but_begins_none() -> None:
    wipes = Wipes()
    wipes.add(took(is_repeat=True, names_viewer=True), 0.0)
    assert wipes.due(0.0) == ()

    wipes.add(took(1), 0.0)
    wipes.add(took(at=51, is_repeat=True, names_viewer=True), 0.0)
    assert only(wipes).names_viewer


def test_authors_rooms_and_creators_are_kept_apart() -> None:
    wipes = Wipes()
    wipes.add(took(1), 0.0)
    wipes.add(took(2, by="id-carol"), 0.0)
    wipes.add(replace(took(3), room_id=RoomId("200")), 0.0)
    wipes.add(replace(took(4), creator_id=CreatorId(2)), 0.0)

    assert [each.wipe.count for each in wipes.due(0.0)] == [1, 1, 1, 1]


def test_a_wipe_says_what_the_card_needs() -> None:
    wipes = Wipes()
    wipes.add(took(7, 3, at=50, names_viewer=True, author=Seen(7, viewer("bob"))), 0.0)
    wipes.add(took(5, at=52, author=Seen(2, viewer("older"))), 0.0)
    wipe = only(wipes)

    assert (wipe.count, wipe.seqs, wipe.message_ids) == (3, (3, 7), ("m3", "m5", "m7"))
    assert (wipe.first_seq, wipe.last_seq, wipe.after_ms) == (50, 52, (993, 997))
    assert (wipe.names_viewer, wipe.was_received, wipe.has_more, wipe.is_partial) == (True, True, False, False)
    assert wipe.author == Seen(7, viewer("bob"))
    assert wipe.key == "wipe:1:100:id-bob:50"


def test_messages_that_never_came_are_told_of_without_an_author_and_withdrawn_when_they_come() -> None:
    wipes = Wipes()
    wipes.add(took(by="", unseen=("m1", "u2")), 0.0)
    unknown = only(wipes)
    assert (unknown.count, unknown.was_received, unknown.seqs, unknown.after_ms) == (2, False, None, None)

    wipes.add(took(1, names=("m1",)), 3.0)
    assert [(each.wipe.viewer_id, each.wipe.count, each.wipe.is_void) for each in wipes.due(3.0)] == [
        ("", 1, False),
        (BOB, 1, False),
    ]
    wipes.add(took(2, names=("m2", "u2")), 6.0)
    assert [(each.wipe.viewer_id, each.wipe.count, each.wipe.is_void) for each in wipes.due(6.0)] == [
        ("", 0, True),
        (BOB, 2, False),
    ]


def test_messages_that_came_before_their_deletion_was_added_are_never_told_of_as_unknown() -> None:
    wipes = Wipes()
    wipes.add(took(1, names=("m1",)), 0.0)
    wipes.add(took(by="", unseen=("m1",)), 0.0)

    assert [each.wipe.viewer_id for each in wipes.due(0.0)] == [BOB]
    assert wipes.next_at() == QUIET_S


@pytest.mark.parametrize("number", [3, 7, 9, 11])
@pytest.mark.parametrize("is_first", [True, False])
def test_the_operator_of_a_member_action_about_the_same_viewer_is_named(number: int, is_first: bool) -> None:
    wipes = Wipes()
    if is_first:
        wipes.note(action(number), 49, 0.0, creator_id=ALICE)
    wipes.add(took(1), 0.0)
    if not is_first:
        assert only(wipes).causes == ()
        wipes.note(action(number), 51, 1.0, creator_id=ALICE)
    (cause,) = only(wipes, 2.0).causes

    assert (cause.action, cause.operator) == (number, viewer("mod"))


@pytest.mark.parametrize(
    "event",
    [
        action(4),
        action(10),
        action(1),
        action(5),
        action(3, whom="carol"),
        action(3, room="200"),
        action(3, at_ms=T + 50 + module.JOIN_MS + 1),
        action(3, at_ms=T + 50 - module.JOIN_MS - 1),
        MemberActionEvent(about(room="100", at_ms=T + 50), action=3),
    ],
)
def test_no_other_action_is_taken_for_the_reason(event: MemberActionEvent) -> None:
    wipes = Wipes()
    wipes.add(took(1), 0.0)
    wipes.note(event, 51, 0.0, creator_id=ALICE)
    wipes.note(action(3), 52, 0.0, creator_id=CreatorId(2))

    assert only(wipes).causes == ()


def test_an_action_without_an_operator_names_nobody() -> None:
    wipes = Wipes()
    wipes.note(action(3, by=None), 49, 0.0, creator_id=ALICE)
    wipes.add(took(1), 0.0)

    assert [cause.operator for cause in only(wipes).causes] == [None]


def test_of_many_actions_the_newest_few_are_named_in_their_order() -> None:
    wipes = Wipes()
    for seq in (6, 9, 7, 5, 8, 7):
        wipes.note(action(3), seq, 0.0, creator_id=ALICE)
    wipes.add(took(1), 0.0)

    assert [cause.seq for cause in only(wipes).causes] == [6, 7, 8, 9]


def test_a_gap_makes_open_wipes_of_its_room_partial() -> None:
    def after(room: str, from_ms: int, to_ms: int) -> bool:
        wipes = Wipes()
        wipes.add(took(1), 0.0)
        wipes.note_gap(GapEvent(about(room=room), from_ms=from_ms, to_ms=to_ms), 0.0, creator_id=ALICE)
        return only(wipes).is_partial

    assert after("100", T + 40, T + 60)
    assert after("", T + 40, T + 60)
    assert not after("200", T + 40, T + 60)
    assert not after("100", T, T + 49)
    assert not after("100", T + 51 + int(QUIET_S * 1000), T + 99_000)


def test_a_restart_goes_on_with_the_wipe_that_was_told() -> None:
    before = Wipes()
    before.note(action(9), 49, 0.0, creator_id=ALICE)
    before.add(took(1, 2, at=50, names_viewer=True, is_partial=True, author=Seen(2, viewer("bob"))), 0.0)
    before.add(took(3, at=51), 0.0)
    wipe = only(before)
    after = Wipes()
    after.resume(load(dump(wipe)), 500.0)
    assert after.due(500.0) == ()

    after.add(took(3, at=51), 501.0)
    assert after.next_at() == 500.0 + QUIET_S, "read again, it is no news"
    after.add(took(4, at=52), 503.0)
    (telling,) = after.due(503.0)
    assert not telling.is_first
    assert telling.wipe.key == wipe.key
    assert telling.wipe.causes == wipe.causes
    assert telling.wipe.count == 4


def test_bounds_hold_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 3)
    monkeypatch.setattr(module, "MOST_WIPES", 2)
    wipes = Wipes()
    for seq in (9, 8, 7, 6, 5, 4, 3, 2, 1):
        wipes.add(took(seq, unseen=(f"u{seq}",)), 0.0)
    wipe = only(wipes)
    assert ([each.seq for each in wipe.lines], wipe.unseen, wipe.has_more) == ([1, 2, 3], ("u1", "u2", "u3"), True)

    for name in ("a", "b", "c"):
        wipes.add(took(1, by=name), 0.0)
    assert [each.wipe.viewer_id for each in wipes.due(0.0)] == ["b", "c"]
    assert wipes.given_up == 1


FACTS = [
    took(1, 2, 3, at=50, names_viewer=True, author=Seen(3, viewer("bob"))),
    took(3, at=51),
    took(4, 5, at=52, is_partial=True),
    took(at=53, is_repeat=True, names_viewer=True),
    took(6, at=54, author=Seen(6, viewer("bob2")), names=("m6", "u6")),
    took(by="", at=54, unseen=("m6", "m7")),
    took(by="", at=55, unseen=("m8",)),
]


@given(st.lists(st.sampled_from([*range(len(FACTS)), -1]), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_order_and_any_duplicates_make_the_same_wipe(extra: list[int], rng: object) -> None:
    def folded(order: list[int]) -> dict[str, Wipe]:
        wipes = Wipes()
        for number in order:
            if number < 0:
                wipes.note(action(9), 56, 0.0, creator_id=ALICE)
            else:
                wipes.add(FACTS[number], 0.0)
        return {each.wipe.viewer_id: each.wipe for each in wipes.due(0.0)}

    order = [*range(len(FACTS)), -1]
    expected = folded(order)
    # A repeat says that an earlier deletion is known, so it comes after one; all others come anyhow.
    shuffled = [number for number in [*order, *extra] if number != 3]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]

    assert folded([*shuffled, 3]) == expected
    assert expected[BOB].count == 6
    assert expected[BOB].is_partial
    assert expected[""].unseen == ("m7", "m8")
