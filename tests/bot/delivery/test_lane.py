"""A lane's decisions, without waiting: what is queued, what goes when it is full, how far a cursor may move."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.delivery.intents import Strike, halves, notes_apart
from bot.delivery.lane import GROW_EVERY_S, Counters, Lane
from bot.events.ids import Handle
from bot.model.draft import LedgerLine, LedgerPost, Line, Urgency
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordUserId, GuildId, PostId, WatchId
from bot.model.watch import Watch
from tests.doubles.desk import ROOM, chat


def watch_of(number: int, handle: str) -> Watch:
    return Watch(
        id=WatchId(number),
        guild_id=GuildId(1),
        channel_id=ChannelId(10),
        creator_id=CreatorId(number),
        handle=Handle(handle),
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
        created_by=DiscordUserId(5),
    )


ALICE, BEA = watch_of(1, "alice"), watch_of(2, "bea")


def lane_with(*lines: Line, capacity: int = 500, counters: Counters | None = None) -> Lane:
    lane = Lane(ChannelId(10), capacity=capacity, counters=counters)
    for line in lines:
        lane.offer(ALICE, line, now=0.0)
    return lane


def strike_of(seq: int, *, viewers: tuple[str, ...] = (), messages: tuple[str, ...] = (), room: str = ROOM) -> Strike:
    return Strike(ALICE.id, seq, room, frozenset(messages), frozenset(viewers), at=0.0)


def fly(lane: Lane, *, now: float = 0.0) -> list[int]:
    """Compose the next post; its seqs."""
    flight = lane.compose(now=now, now_ms=1)
    assert flight is not None
    return [line.seq for line in flight.intent.lines]


def combo(seq: int, *, is_open: bool = True) -> Line:
    return Line(seq, f"🎁 rose ×{seq}", Urgency.GIFT, ROOM, grows="combo", is_open=is_open)


def lane_with_combo() -> Lane:
    """A combo stands in the channel since 0 s, and goes on."""
    lane = lane_with(combo(1))
    fly(lane)
    lane.last_post_at = 0.0
    lane.landed()
    return lane


# Growing.


def test_how_an_open_combo_goes_on_holds_no_post_back_and_how_it_ended_does() -> None:
    lane = lane_with_combo()
    lane.offer(ALICE, combo(2), now=GROW_EVERY_S)
    assert lane.growths
    assert not lane.holds_back
    lane.offer(ALICE, combo(3, is_open=False), now=GROW_EVERY_S)
    assert lane.holds_back


def test_a_combo_that_goes_on_is_written_every_two_seconds_and_its_end_at_once() -> None:
    lane = lane_with_combo()
    written = 0
    for tenth in range(1, 51):
        lane.offer(ALICE, combo(1 + tenth), now=tenth / 10)
        for growth in lane.due_growths():
            lane.grown(growth, [post_of(1)])
            written += 1
    assert written == 2
    lane.offer(ALICE, combo(99, is_open=False), now=5.1)
    assert [growth.line.seq for growth in lane.due_growths()] == [99]


# Full.


def test_when_the_lane_is_full_the_oldest_chat_line_goes_and_gifts_stay() -> None:
    counters = Counters()
    lane = lane_with(chat(1, urgency=Urgency.GIFT), chat(2), chat(3), capacity=3, counters=counters)
    lane.offer(ALICE, chat(4), now=1.0)
    assert (counters.left_out_chat, counters.left_out_other) == (1, 0)
    flight = lane.compose(now=1.0, now_ms=1)
    assert flight is not None
    assert [line.seq for line in flight.intent.lines] == [1, 1, 3, 4]
    assert flight.intent.lines[0].text == "-# 1 line left out"


def test_where_nobody_chats_the_oldest_line_goes_and_is_counted_apart() -> None:
    counters = Counters()
    lane = lane_with(*(chat(seq, urgency=Urgency.GIFT) for seq in (1, 2, 3)), capacity=3, counters=counters)
    lane.offer(ALICE, chat(4, urgency=Urgency.GIFT), now=1.0)
    assert (counters.left_out_chat, counters.left_out_other) == (0, 1)
    assert fly(lane) == [2, 2, 3, 4]


def test_a_creator_with_few_lines_does_not_pay_for_one_with_many() -> None:
    lane = Lane(ChannelId(10), capacity=5)
    lane.offer(BEA, chat(1), now=0.0)
    for seq in range(1, 100):
        lane.offer(ALICE, chat(seq), now=1.0)
    assert fly(lane) == [1, 1], "her name, her line"
    assert lane.flights[0].intent.watch_id == BEA.id


def test_creators_of_a_channel_take_turns_however_much_one_of_them_has_to_say() -> None:
    lane = Lane(ChannelId(10), capacity=500)
    for seq in range(1, 200):
        lane.offer(ALICE, chat(seq, text="x" * 100), now=0.0)
    lane.offer(BEA, chat(1), now=1.0)
    whose = []
    for _ in range(3):
        flight = lane.compose(now=2.0, now_ms=1)
        assert flight is not None
        whose.append(flight.intent.watch_id)
        lane.landed()
    assert whose == [ALICE.id, BEA.id, ALICE.id]


def test_lines_that_waited_for_hours_are_counted_and_not_posted() -> None:
    lane = Lane(ChannelId(10), capacity=500, fresh_s=300.0)
    for seq in range(1, 9):
        lane.offer(ALICE, chat(seq), now=0.0)
    lane.offer(ALICE, chat(9), now=7_000.0)
    flight = lane.compose(now=7_001.0, now_ms=1)
    assert flight is not None
    assert [line.seq for line in notes_apart(flight.intent)[1]] == [9]
    assert "8 lines" in flight.intent.content


def test_a_post_that_waited_for_hours_is_counted_above_the_next_one() -> None:
    lane = Lane(ChannelId(10), capacity=500, fresh_s=300.0)
    for seq in (1, 2, 3):
        lane.offer(ALICE, chat(seq), now=0.0)
    fly(lane)
    flight = lane.flights[0]
    assert not lane.is_old_news(flight, age_ms=300_000)
    assert lane.is_old_news(flight, age_ms=300_001)
    lane.landed()
    lane.offer(ALICE, chat(4), now=7_000.0)
    assert fly(lane, now=7_000.0) == [4, 4]
    assert lane.flights[0].intent.lines[0].text == "-# 3 lines left out"
    assert lane.left_out_ever == 3


def test_a_post_that_may_stand_in_the_channel_is_never_counted_as_left_out() -> None:
    lane = lane_with(chat(1))
    fly(lane)
    lane.flights[0].maybe_stored = True
    assert not lane.is_old_news(lane.flights[0], age_ms=1 << 40)


def test_a_recovered_post_of_a_watch_that_moved_says_nothing_about_its_new_log() -> None:
    lane = lane_with(*(chat(seq) for seq in range(1, 4)))
    flight = lane.compose(now=1.0, now_ms=1)
    assert flight is not None
    fresh = Lane(ChannelId(10), capacity=500)
    fresh.recover(flight.intent, wanted=False)
    fresh.landed()
    fresh.offer(ALICE, chat(1), now=2.0)
    assert fly(fresh, now=3.0) == [1]


def test_an_empty_line_is_never_queued_and_counts_as_heard() -> None:
    lane = lane_with(replace(chat(4), text=" "))
    assert not lane.is_due
    assert list(lane.cursors()) == [(ALICE, 4)]


# Whose turn.


def test_the_line_that_waits_longest_decides_whose_post_is_next() -> None:
    lane = lane_with(chat(1))
    lane.offer(BEA, chat(1), now=1.0)
    lane.offer(ALICE, chat(2), now=2.0)
    fly(lane)
    lane.landed()
    fly(lane)
    assert lane.flights[0].intent.watch_id == BEA.id


def test_a_channel_that_heard_only_one_creator_of_late_needs_no_names() -> None:
    lane = lane_with(chat(1))
    lane.offer(BEA, chat(1), now=0.0)
    for _ in range(2):
        fly(lane, now=0.0)
        lane.landed()
    lane.offer(ALICE, chat(2), now=4000.0)
    assert fly(lane, now=4000.0) == [2]


def test_a_creators_name_above_a_post_cannot_become_markup() -> None:
    lane = lane_with()
    lane.offer(watch_of(1, "a__b__"), chat(1), now=0.0)
    lane.offer(BEA, chat(1), now=0.0)
    flight = lane.compose(now=0.0, now_ms=1)
    assert flight is not None
    assert flight.intent.lines[0].text == "-# @\u200ba\\_\\_b\\_\\_"


# Strikes.


def test_a_strike_hits_by_message_by_uuid_or_by_viewer_in_its_room_and_only_what_came_before() -> None:
    line = replace(chat(5, viewer="eve"), message_uuid="uuid-5")
    assert strike_of(9, messages=("m5",)).hits(line)
    assert strike_of(9, messages=("uuid-5",)).hits(line)
    assert strike_of(9, viewers=("eve",)).hits(line)
    assert not strike_of(9, viewers=("eve",), room="another").hits(line)
    assert not strike_of(5, viewers=("eve",)).hits(line)
    assert not strike_of(9, viewers=("m5",), messages=("eve",)).hits(line)


def test_a_line_of_ours_is_never_struck() -> None:
    ours = Line(seq=1, text="-# something", room_id=ROOM)
    assert not strike_of(9, viewers=("",), messages=("",)).hits(ours)


def test_nothing_is_posted_past_a_strike_that_is_not_in_the_ledger() -> None:
    lane = lane_with(chat(1), chat(2))
    strike = strike_of(3, viewers=("eve",))
    lane.strike(ALICE, strike)
    assert lane.compose(now=0.0, now_ms=1) is None
    lane.settled([strike], [])
    assert fly(lane) == [1, 2]


def test_a_strike_that_hits_a_post_on_its_way_is_applied_again_once_it_landed() -> None:
    lane = lane_with(chat(1))
    fly(lane)
    strike = strike_of(2, viewers=("bob",))
    lane.strike(ALICE, strike)
    lane.settled([strike], [])
    assert lane.unsettled == []
    lane.landed()
    assert lane.unsettled == [strike]


def test_more_corrections_than_memory_are_left_to_the_ledger() -> None:
    lane = lane_with()
    for number in range(501):
        lane.must_edit(post_of(number))
    assert len(lane.edits) == 500
    assert lane.edits_left_behind


def test_an_older_text_never_replaces_a_newer_correction() -> None:
    lane = lane_with()
    lane.must_edit(post_of(1, revision=2))
    lane.must_edit(post_of(1, revision=1))
    assert lane.edits[PostId(1)].edit_revision == 2


def post_of(number: int, *, revision: int = 1) -> LedgerPost:
    lines = (LedgerLine(0, "", struck=True),)
    return LedgerPost(PostId(number), ALICE.id, ChannelId(10), DiscordMessageId(number), lines, 1, revision)


# Recovered.


def test_lines_of_a_recovered_post_are_not_queued_again() -> None:
    before = lane_with(chat(1), chat(2))
    fly(before)
    lane = lane_with(chat(1), chat(2), chat(3))
    lane.recover(before.flights[0].intent)
    lane.offer(ALICE, chat(2), now=0.0)
    assert lane.position(ALICE.id) == 3
    assert lane.waiting == 1
    lane.landed()
    assert fly(lane) == [3]


def test_a_relay_that_speaks_after_the_recovery_is_not_believed_twice() -> None:
    before = lane_with(chat(1), chat(2))
    fly(before)
    lane = lane_with()
    lane.recover(before.flights[0].intent)
    assert lane.position(ALICE.id) == 2
    for seq in (1, 2, 3):
        lane.offer(ALICE, chat(seq), now=0.0)
    assert lane.waiting == 1


class LaneStory(RuleBasedStateMachine):
    """Whatever happens in whatever order: lines land once and in order, and the cursor tells the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane(ChannelId(10), capacity=8)
        self.now = 0.0
        self.seq = 0
        self.landed: list[int] = []
        self.strikes: list[Strike] = []

    @rule(viewer=st.sampled_from(["bob", "eve"]), urgency=st.sampled_from([Urgency.CHAT, Urgency.GIFT]))
    def a_line(self, viewer: str, urgency: Urgency) -> None:
        self.seq += 1
        self.now += 0.1
        self.lane.offer(ALICE, chat(self.seq, viewer=viewer, urgency=urgency), now=self.now)

    @rule(skip=st.integers(1, 5))
    def nothing_for_us(self, skip: int) -> None:
        self.seq += skip
        self.lane.passed(ALICE, self.seq)

    @rule(viewer=st.sampled_from(["bob", "eve"]))
    def a_wipe(self, viewer: str) -> None:
        self.seq += 1
        strike = strike_of(self.seq, viewers=(viewer,))
        self.strikes.append(strike)
        self.lane.strike(ALICE, strike)
        self.lane.passed(ALICE, self.seq)

    @rule()
    def the_ledger_is_written(self) -> None:
        self.lane.settled(list(self.lane.unsettled), [])

    @rule()
    def a_post_leaves(self) -> None:
        held_back = bool(self.lane.unsettled)
        assert not (self.lane.compose(now=self.now, now_ms=1) and held_back)

    @precondition(lambda self: bool(self.lane.flights))
    @rule()
    def it_lands(self) -> None:
        intent = self.lane.flights[0].intent
        self.landed.extend(line.seq for line in notes_apart(intent)[1])
        self.lane.landed()

    @precondition(lambda self: bool(self.lane.flights))
    @rule()
    def it_is_refused_and_taken_apart(self) -> None:
        parts = halves(self.lane.flights[0].intent)
        if parts:
            self.lane.rewrite(parts)
        else:
            self.lane.landed()

    @invariant()
    def lines_land_once_and_in_order(self) -> None:
        assert self.landed == sorted(set(self.landed))

    @invariant()
    def the_lane_is_bounded(self) -> None:
        assert self.lane.waiting <= 8

    @invariant()
    def the_cursor_passes_neither_a_waiting_line_nor_a_strike(self) -> None:
        for _, seq in self.lane.cursors():
            waiting = [queued.line.seq for feed in self.lane._feeds.values() for queued in feed.lines]
            flying = [flight.intent.first_seq for flight in self.lane.flights]
            assert all(seq < each for each in waiting + flying)
            assert all(seq < strike.seq for strike in self.lane.unsettled)

    @invariant()
    def a_struck_line_does_not_wait(self) -> None:
        for feed in self.lane._feeds.values():
            for queued in feed.lines:
                assert not any(strike.hits(queued.line) for strike in self.strikes)


TestLaneStory = LaneStory.TestCase
TestLaneStory.settings = hypothesis_settings(max_examples=150, stateful_step_count=40, deadline=None)
