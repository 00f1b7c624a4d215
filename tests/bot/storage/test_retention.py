"""What goes because it is old, and what must stay because something refers to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.ids import CreatorId, DiscordMessageId
from bot.storage import audit, creators, cursors, guilds, log_entries, posts, retention, sessions, state, watches
from bot.storage.tables import (
    case,
    case_step,
    config_audit,
    creator,
    creator_handle,
    cursor,
    live_session,
    log_head,
    viewer,
    viewer_gifts,
    viewer_note,
    watch,
)
from tests.bot.storage.builders import ADMIN, GUILD, about_to_say, known, line, watching
from tests.doubles.archive import put

DAY = 24 * 3_600_000


def count(connection: Connection, table: object) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def all_of(unit: Callable[..., int], connection: Connection, before_ms: int) -> int:
    """As upkeep calls it."""
    gone = 0
    while some := unit(connection, before_ms=before_ms):
        gone += some
    return gone


def a_case(
    connection: Connection, number: int, *, opened_at_ms: int, closed_at_ms: int | None = None, watch_id: int | None = None
) -> None:
    times = {"opened_at_ms": opened_at_ms, "closed_at_ms": closed_at_ms}
    put(connection, case, guild_id=GUILD, number=number, key=str(number), watch_id=watch_id, **times)
    made = connection.execute(select(func.max(case.c.id))).scalar_one()
    put(connection, case_step, case_id=made, at_ms=1, actor_id=0, action="opened", note="")


def test_cases_go_when_they_were_closed_long_ago_or_never_touched(connection: Connection) -> None:
    watching(connection, known(connection, "alice").id)
    a_case(connection, 1, opened_at_ms=0, closed_at_ms=5)
    a_case(connection, 2, opened_at_ms=0, closed_at_ms=50)
    a_case(connection, 3, opened_at_ms=5)
    a_case(connection, 4, opened_at_ms=50)
    assert all_of(retention.cases, connection, 10) == 2
    assert list(connection.execute(select(case.c.number)).scalars()) == [2, 4]
    assert count(connection, case_step) == 2


def test_an_ended_watch_goes_with_its_cursor_and_its_case_stays(connection: Connection) -> None:
    alice = known(connection, "alice")
    old = watching(connection, alice.id, channel=1)
    watching(connection, alice.id, channel=2)
    watches.end(connection, guild_id=GUILD, creator_id=alice.id, channel_id=old.channel_id, by=ADMIN, now_ms=3000)
    a_case(connection, 1, opened_at_ms=5000, watch_id=old.id)
    assert all_of(retention.watches, connection, 3000) == 0
    assert all_of(retention.watches, connection, 3001) == 1
    assert [each.channel_id for each in watches.of_guild(connection, GUILD)] == [2]
    assert connection.execute(select(case.c.watch_id)).scalar_one() is None
    assert cursors.get(connection, cursors.of_watch(old.id), alice.id) is None


def test_an_ended_watch_whose_posts_can_still_be_struck_stays(connection: Connection) -> None:
    alice = known(connection, "alice")
    old = watching(connection, alice.id)
    intent = posts.open_intent(connection, about_to_say(old, line(1, "hi")))
    posts.fulfil(connection, intent, message_id=DiscordMessageId(1), now_ms=1)
    watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=ADMIN, now_ms=3000)
    assert all_of(retention.watches, connection, 9000) == 0
    assert count(connection, watch) == 1


def test_lives_go_once_they_are_over_or_silent_for_long(connection: Connection) -> None:
    alice = known(connection, "alice")
    for room, last_ms, ended_ms in (("a", 5, 8), ("b", 5, 50), ("c", 5, None), ("d", 50, None)):
        sessions.begin(connection, alice.id, RoomId(room), now_ms=last_ms, started_at_ms=0, title="")
        if ended_ms is not None:
            sessions.end(connection, alice.id, RoomId(room), now_ms=ended_ms)
    assert all_of(retention.live_sessions, connection, 10) == 2
    assert sorted(connection.execute(select(live_session.c.room_id)).scalars()) == ["b", "d"]


def test_a_creator_to_whom_nothing_refers_goes_with_everything_about_them(connection: Connection) -> None:
    gone, watched, merged, target, newest = (
        known(connection, name) for name in ("gone", "watched", "merged", "target", "newest")
    )
    watching(connection, watched.id)
    connection.execute(creator.update().where(creator.c.id == merged.id).values(merged_into_id=target.id))
    log_entries.take_epoch(connection, gone.id)
    cursors.move(connection, "comments", gone.id, 5)
    state.put(connection, f"show:{gone.id}", "{}")

    assert retention.creators(connection, before_ms=1000) == 0, "too young"
    assert all_of(retention.creators, connection, 1001) == 3

    assert list(connection.execute(select(creator.c.id)).scalars()) == [watched.id, newest.id]
    assert list(connection.execute(select(creator_handle.c.creator_id)).scalars()) == [watched.id, newest.id]
    assert count(connection, log_head) == 0
    assert cursors.get(connection, "comments", gone.id) is None
    assert state.get(connection, f"show:{gone.id}") is None
    assert creators.ensure(connection, Handle("later"), now_ms=1).id > newest.id, "an id never comes again"


def test_who_read_removed_comments_goes_before_the_rest_of_the_audit(connection: Connection) -> None:
    watching(connection, known(connection, "alice").id)
    for now_ms in (5, 50):
        read = {ViewerId("77"): 2}
        audit.read(connection, guild_id=GUILD, by=ADMIN, where="lookup", removed=read, now_ms=now_ms)
    assert all_of(retention.reads, connection, 2001) == 2
    assert count(connection, config_audit) == 1, "that alice is watched"


def test_the_posts_and_cases_of_an_ended_watch_are_looked_up_by_an_index(connection: Connection) -> None:
    """Each of these would else be a walk through the ledger, for each watch that goes."""
    old = watching(connection, known(connection, "alice").id)
    watches.end(connection, guild_id=GUILD, creator_id=old.creator_id, by=ADMIN, now_ms=3000)
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Connection, _cursor: object, statement: str, values: Any, _context: object, _many: bool) -> None:
        heard.append((statement, values))

    event.listen(connection, "before_cursor_execute", hear)
    assert retention.watches(connection, before_ms=9000) == 1
    guilds.posts_of(connection, GUILD)
    event.remove(connection, "before_cursor_execute", hear)
    # What SQLite itself asks when a watch is deleted: whether a row of these still names it.
    heard += [(f'SELECT 1 FROM "{name}" WHERE watch_id = ?', (old.id,)) for name in ("post", "case", "card")]  # noqa: S608
    plans = [row.detail for each in heard for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each[0]}", each[1])]
    for index in ("ix_post_watch_id", "ix_case_watch_id"):
        assert any(f"{index} (watch_id=?)" in step for step in plans), plans
    assert not [step for step in plans if step.startswith(("SCAN post", "SCAN case", "SCAN card"))]


def test_viewers_notes_and_the_audit_go_by_their_age(connection: Connection) -> None:
    watching(connection, known(connection, "alice").id)
    for number, at_ms in ((1, 5), (2, 50)):
        ids = {"creator_id": 1, "viewer_id": f"v{number}"}
        put(connection, viewer, **ids, last_seen_at_ms=at_ms)
        put(connection, viewer_gifts, **ids, last_at_ms=at_ms)
        put(connection, viewer_note, guild_id=GUILD, at_ms=at_ms)
    assert all_of(retention.viewers, connection, 10) == 2
    assert all_of(retention.notes, connection, 10) == 1
    assert [count(connection, table) for table in (viewer, viewer_gifts, viewer_note)] == [1, 1, 1]
    assert all_of(retention.audit, connection, 2000) == 0
    assert all_of(retention.audit, connection, 2001) == 1
    assert count(connection, config_audit) == 0


@pytest.mark.parametrize(("ended_after_ms", "days"), [(3000, 7), (3001, None)])
def test_who_was_watched_lately_is_kept_and_so_is_who_became_somebody_else(
    connection: Connection, ended_after_ms: int, days: int | None
) -> None:
    alice, before = known(connection, "alice"), known(connection, "before")
    connection.execute(creator.update().where(creator.c.id == before.id).values(merged_into_id=alice.id))
    watching(connection, alice.id)
    watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=ADMIN, now_ms=3000)
    found = retention.comment_days(connection, ended_after_ms=ended_after_ms)
    assert found.get(alice.id) == days
    assert found.get(CreatorId(before.id), 0) == (days or 0)
    assert count(connection, cursor) == 1
