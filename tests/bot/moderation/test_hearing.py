"""What one creator's log comes to, whenever it is read."""

from __future__ import annotations

from bot.events import CommentEvent, DeletionEvent, Event, MemberActionEvent
from bot.events.codec import AnyEvent, Envelope, Logged
from bot.events.ids import RoomId
from bot.model.ids import CreatorId
from bot.moderation.desk import Done, Told
from bot.moderation.hearing import JOIN_S, MOST_NOBODYS, MOST_ROOMS, Hearing
from bot.moderation.wipes import EDIT_EVERY_S, QUIET_S
from tests.doubles.clock import START_MS as T
from tests.doubles.events import about, comment, deletion, viewer

ALICE = CreatorId(1)
T_S = T / 1000


def at(event: AnyEvent, seq: int) -> Logged:
    return Logged(Envelope(1, ALICE, seq, 1, "test", event.received_at_ms), event)


class Log:
    """A log, and everything that was told of it. The keeper has stored nothing: all comments are the hearing's own."""

    def __init__(self, *events: AnyEvent) -> None:
        self.entries = [at(event, seq) for seq, event in enumerate(events, start=1)]
        self.hearing = Hearing(ALICE, seq=0)
        self.told: dict[str, Told] = {}
        self.done: list[Done] = []

    def read(self, *, now: float) -> None:
        """All that is left of it, at this instant."""
        for entry in self.entries:
            if entry.seq <= self.hearing.seq:
                continue
            when = self.hearing.stamp(entry.event, now)
            if not isinstance(entry.event, DeletionEvent):
                self.hearing.heard(entry, when)
                continue
            self.due(when)
            recent = self.hearing.recent(0) or []
            people = {seen.user.id: seen for _, seen in recent if seen}
            self.hearing.removed(entry.event, entry.seq, [row for row, _ in recent], people, when)

    def due(self, now: float) -> None:
        told, done = self.hearing.due(now)
        self.told |= {each.key: each for each in told}
        self.done += done

    def sizes(self) -> list[tuple[str, int]]:
        return sorted((each.wipe.viewer_id, each.wipe.count) for each in self.told.values())


def later(event: AnyEvent, seconds: float) -> AnyEvent:
    """The same event, received so much after the start."""
    received = T + round(seconds * 1000)
    common = about(event.user, room=event.room_id, message_id=event.message_id, at_ms=received, created_at_ms=received)
    changed: dict[str, object] = {name: getattr(event, name) for name in event.__struct_fields__} | {"common": common}
    return type(event)(**changed)  # type: ignore[arg-type]


def muted(name: str, seconds: float) -> AnyEvent:
    return later(MemberActionEvent(about(viewer(name), room="r"), action=3, operator=viewer("mod")), seconds)


def test_a_log_that_is_read_late_folds_into_the_same_wipes() -> None:
    events = [
        later(comment("a", room="r", message_id="1"), 0),
        later(comment("b", room="r", message_id="2"), 0),
        later(comment("c", room="r", message_id="3"), 0),
        later(deletion(of_messages=("1",), room="r"), 1),
        later(deletion(of_messages=("2",), room="r"), 1 + QUIET_S / 2),
        later(deletion(of_messages=("3",), room="r"), 1 + 4 * QUIET_S),
    ]
    late = Log(*events)
    late.read(now=T_S + 3_600)
    late.due(T_S + 3_600)
    soon = Log()
    for seq, event in enumerate(events, start=1):
        soon.entries.append(at(event, seq))
        now = event.received_at_ms / 1000
        soon.due(now)
        soon.read(now=now)
        soon.due(now)
    soon.due(T_S + 3_600)
    assert soon.sizes() == late.sizes() == [("id-bob", 1), ("id-bob", 2)]
    assert set(soon.told) == set(late.told)


def test_nothing_is_safe_before_it_was_told() -> None:
    log = Log(
        later(comment("a", room="r", message_id="1"), 0),
        later(comment("b", room="r", message_id="2"), 0),
        later(deletion(of_messages=("1",), room="r"), 1),
        later(deletion(of_messages=("2",), room="r"), 1.5),
    )
    log.read(now=T_S + 1.5)
    log.due(T_S + 1.5)
    assert log.sizes() == [("id-bob", 1)]
    assert log.hearing.safe_seq == 2
    log.due(T_S + 1.5 + EDIT_EVERY_S)
    assert log.sizes() == [("id-bob", 2)]
    assert log.hearing.safe_seq == 4


def test_a_message_that_was_nobodys_keeps_its_case_when_it_turns_up() -> None:
    log = Log(later(deletion(of_messages=("1",), room="r"), 1))
    log.read(now=T_S + 1)
    log.due(T_S + 1)
    ((key, before),) = log.told.items()
    assert before.wipe.unseen == ("1",)
    log.entries.append(at(later(comment("late", room="r", message_id="1"), 2), 2))
    log.read(now=T_S + 2)
    log.due(T_S + 2)
    log.due(T_S + 60)
    ((same, after),) = log.told.items()
    assert same == key
    assert (after.wipe.viewer_id, after.wipe.count, after.wipe.unseen) == ("id-bob", 1, ())


def test_a_mute_is_told_with_the_removal_that_it_caused_in_either_order() -> None:
    said, gone = later(comment("a", room="r", message_id="1"), 0), later(deletion(of_viewers=("bob",), room="r"), 1.2)
    for events in ((said, muted("bob", 1), gone), (said, gone, muted("bob", 1.5))):
        log = Log(*events)
        log.read(now=T_S + 1.5)
        for seconds in range(2, 20):
            log.due(T_S + seconds)
        assert log.done == []
        ((_, told),) = log.told.items()
        assert [cause.operator for cause in told.wipe.causes] == [viewer("mod")]
        assert log.hearing.safe_seq == 3


def test_a_mute_that_removed_nothing_is_told_by_itself_and_is_not_safe_before() -> None:
    log = Log(muted("bob", 1))
    log.read(now=T_S + 1)
    log.due(T_S + 1)
    assert (log.done, log.hearing.safe_seq) == ([], 0)
    log.due(T_S + 1 + JOIN_S)
    assert [each.seq for each in log.done] == [1]
    assert log.hearing.safe_seq == 1


def test_a_wipe_that_was_told_before_a_restart_is_not_told_again_but_grows() -> None:
    log = Log(
        later(comment("a", room="r", message_id="1"), 0),
        later(comment("b", room="r", message_id="2"), 0),
        later(deletion(of_messages=("1",), room="r"), 1),
    )
    log.read(now=T_S + 1)
    log.due(T_S + 1)
    ((key, told),) = log.told.items()
    log.told = {}
    log.hearing = Hearing(ALICE, seq=0)
    log.hearing.resume(told)
    log.entries.append(at(later(deletion(of_messages=("2",), room="r"), 2), 4))
    log.read(now=T_S + 2)
    log.due(T_S + 9)
    ((same, grown),) = log.told.items()
    assert (same, grown.wipe.count) == (key, 2)


def test_what_is_not_in_mind_any_more_is_not_claimed_to_be() -> None:
    hearing = Hearing(ALICE, seq=10)
    assert hearing.recent(9) is None
    events: list[Event] = []
    for number in range(20):
        event = later(comment("x", room="r"), number * 5.0)
        assert isinstance(event, CommentEvent)
        events.append(event)
        hearing.heard(at(event, 11 + number), T_S + number * 5.0)
    assert hearing.recent(10) is None, "older ones are the keeper's"
    kept = hearing.recent(29)
    assert kept is not None
    assert [row.seq for row, _ in kept] == [30]
    assert all(row.text == "" for row, _ in kept)


def test_of_messages_that_nobody_is_known_to_have_written_so_many_are_remembered() -> None:
    hearing, seq = Hearing(ALICE, seq=0), 0
    for room in range(MOST_ROOMS + 1):
        for start in range(0, MOST_NOBODYS + 200, 100):
            seq += 1
            names = tuple(f"{room}-{start + number}" for number in range(100))
            event = deletion(of_messages=names, room=f"r{room}")
            assert isinstance(event, DeletionEvent)
            hearing.removed(event, seq, [], {}, T_S + seq)
            hearing.due(T_S + seq)
    assert [len(each) for each in hearing._nobodys.values()] == [MOST_NOBODYS] * MOST_ROOMS
    assert "4-1199" in hearing._nobodys[RoomId("r4")]
