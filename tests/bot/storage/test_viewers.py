"""Viewers: what is kept twice is kept once, a guild sees what its watches saw, no statement walks a whole table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ClauseElement, Connection, Dialect, event, insert, select
from sqlalchemy.dialects import postgresql

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.case import CaseKind, CaseState
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId, DiscordMessageId, DiscordUserId, GuildId, PostId
from bot.model.viewer import Gifts, Giving, NoteId, Profile, Said, Sighting
from bot.storage import comments, posts, viewers
from bot.storage.tables import case, config_audit, metadata, post_line, viewer, viewer_gifts, watch
from tests.bot.storage.builders import ADMIN, GUILD, about_to_say, known, line, watching

BOB = ViewerId("77")
OURS, THEIRS = GUILD, GuildId(11)


def saw(
    creator_id: CreatorId, handle: str = "bob", *, at: int, to: int = 0, who: ViewerId = BOB, nickname: str = "Bob"
) -> Sighting:
    return Sighting(creator_id, who, Handle(handle), nickname, at, to or at)


def gave(creator_id: CreatorId, seq: int, gifts: int = 1, *, at: int, room: str = "r") -> Giving:
    return Giving(creator_id, BOB, RoomId(room), seq, gifts, 10 * gifts, at)


def wrote(
    creator_id: CreatorId, seq: int, *, at: int, room: str = "r", removed: int | None = None, who: ViewerId = BOB
) -> CommentRow:
    return CommentRow(creator_id, seq, RoomId(room), MessageId(f"m{seq}"), who, f"text {seq}", 1, at, removed_at_ms=removed)


def watched(connection: Connection, creator_id: CreatorId, start: int, end: int | None = None, *, guild: GuildId = OURS) -> None:
    """A watch that stood from `start` to `end`."""
    made = watching(connection, creator_id, guild=guild, channel=start)
    changed = {"created_at_ms": start, "ended_at_ms": end}
    connection.execute(watch.update().where(watch.c.id == made.id).values(changed))


def of(connection: Connection, guild: GuildId = OURS, who: ViewerId = BOB) -> Profile:
    return viewers.profile(connection, guild_id=guild, viewer_id=who)


def read(connection: Connection, *, since_ms: int = 0, skip: int = 0, most: int = 10) -> list[Said]:
    """A page of Bob's comments."""
    return viewers.look_up(connection, guild_id=OURS, viewer_id=BOB, since_ms=since_ms, skip=skip, most=most)[1]


# --- What is kept ------------------------------------------------------------------------------------------------------------


def test_a_viewer_is_one_row_for_each_creator_and_handle_from_first_to_last(connection: Connection) -> None:
    alice, zoe = known(connection, "alice").id, known(connection, "zoe").id
    viewers.see(connection, [saw(alice, at=5, to=9, nickname="Bobby"), saw(alice, "bob2", at=7), saw(zoe, at=6)])
    viewers.see(connection, [saw(alice, at=2, to=3, nickname="Old")])
    viewers.see(connection, [saw(alice, at=11, nickname="")])
    viewers.see(connection, [])
    rows = connection.execute(select(viewer).order_by(viewer.c.creator_id, viewer.c.handle)).all()
    assert [tuple(row) for row in rows] == [
        (BOB, alice, "bob", "Bobby", 2, 11),
        (BOB, alice, "bob2", "Bob", 7, 7),
        (BOB, zoe, "bob", "Bob", 6, 6),
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=5))
def test_gifts_read_again_in_whatever_pieces_are_counted_once(connection: Connection, again: list[tuple[int, int]]) -> None:
    alice = CreatorId(1)
    all_of_them = [gave(alice, seq, seq, at=seq) for seq in range(1, 13)]
    connection.execute(viewer_gifts.delete())
    # As after crashes: every piece begins at a stored cursor, which never stands behind what was counted.
    counted = 0
    for first, last in [*again, (0, 12)]:
        piece = all_of_them[min(first, counted) : max(first, last)]
        viewers.count_gifts(connection, piece)
        counted = max([counted, *(each.through_seq for each in piece)])
    (row,) = connection.execute(select(viewer_gifts)).all()
    assert (row.gifts, row.diamonds, row.through_seq, row.first_at_ms, row.last_at_ms) == (78, 780, 12, 1, 12)


# --- What a guild sees -------------------------------------------------------------------------------------------------------


def test_a_profile_counts_comments_lives_removals_and_gifts(connection: Connection) -> None:
    alice, zoe = known(connection, "alice").id, known(connection, "zoe").id
    watched(connection, alice, 1)
    watched(connection, zoe, 1)
    viewers.see(connection, [saw(alice, at=10, to=30), saw(alice, "old.bob", at=5, nickname="Bobby")])
    rows = [wrote(alice, 1, at=10, removed=12), wrote(alice, 2, at=11), wrote(alice, 3, at=20, room="s", removed=25)]
    comments.add(connection, [*rows, wrote(zoe, 1, at=30, room="t", removed=31), wrote(alice, 9, at=1000, who=ViewerId("other"))])
    viewers.count_gifts(connection, [gave(alice, 4, 2, at=12), gave(zoe, 5, 3, at=31)])
    found = of(connection)
    assert (found.handle, found.nickname, found.first_seen_at_ms) == ("bob", "Bob", 5)
    assert [(live.room_id, live.comments, live.removed) for live in found.lives] == [("t", 1, 1), ("s", 1, 1), ("r", 2, 1)]
    assert (found.comments, found.removed, found.removed_at_ms, found.streak) == (4, 3, 31, 3)
    assert (found.lives[2].first_seq, found.lives[2].last_seq) == (1, 2)
    assert found.gifts == Gifts(5, 50, 12)
    assert [name.handle for name in found.names] == ["bob", "old.bob"]


def test_what_retention_took_is_still_counted(connection: Connection) -> None:
    alice, zoe = known(connection, "alice").id, known(connection, "zoe").id
    for creator_id in (alice, zoe):
        watched(connection, creator_id, 1)
    rows = [wrote(alice, n, at=10 * n, room="rs"[n > 4], removed=10 * n + 1 if n in {2, 4, 7} else None) for n in range(1, 9)]
    comments.add(connection, [*rows, wrote(zoe, 1, at=15, room="t"), wrote(alice, 9, at=1, who=ViewerId(""))])
    viewers.count_gifts(connection, [gave(alice, 3, 2, at=30)])
    viewers.see(connection, [saw(alice, at=10, to=80)])
    before = of(connection)
    while comments.prune(connection, before_ms=65, most=2):
        pass
    assert [said.at_ms for said in read(connection, since_ms=0)] == [80, 70]
    viewers.count_gifts(connection, [gave(alice, 8, 3, at=75, room="s")])
    after = of(connection)
    assert after.gifts == Gifts(5, 50, 10)
    assert [replace(live, first_seq=0, last_seq=0) for live in after.lives] == [
        replace(live, first_seq=0, last_seq=0) for live in before.lives
    ]
    assert [(live.room_id, live.first_seq, live.last_seq) for live in after.lives] == [("s", 7, 8), ("r", 0, 0), ("t", 0, 0)]
    assert (after.comments, after.removed, after.first_seen_at_ms) == (9, 3, 10)


def test_a_live_without_a_removal_ends_the_row(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 1)
    removed = [2, None, 4, 5]
    comments.add(connection, [wrote(alice, n, at=n, room=f"r{n}", removed=at) for n, at in enumerate(removed, start=1)])
    assert of(connection).streak == 2


def test_what_only_another_guilds_watch_saw_was_never_seen(connection: Connection) -> None:
    alice, zoe = known(connection, "alice").id, known(connection, "zoe").id
    watched(connection, alice, 1)
    watched(connection, zoe, 1, guild=THEIRS)
    viewers.see(connection, [saw(zoe, at=10)])
    comments.add(connection, [wrote(zoe, 1, at=10)])
    viewers.count_gifts(connection, [gave(zoe, 2, at=11)])
    viewers.add_note(connection, guild_id=THEIRS, viewer_id=BOB, by=ADMIN, text="theirs", now_ms=1)
    assert not of(connection)
    assert of(connection) == Profile(BOB)
    assert of(connection, THEIRS)
    assert viewers.of_handle(connection, guild_id=OURS, handle=Handle("bob")) == []
    assert viewers.handles(connection, guild_id=OURS, start="b") == []
    assert read(connection, since_ms=0) == []
    assert viewers.of_handle(connection, guild_id=THEIRS, handle=Handle("bob")) == [BOB]


def test_of_the_same_creator_each_guild_sees_its_own_time(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 1, 100, guild=THEIRS)
    watched(connection, alice, 50, 60)
    watched(connection, alice, 70)
    comments.add(connection, [wrote(alice, n, at=at) for n, at in enumerate((10, 55, 65, 75), start=1)])
    viewers.see(connection, [saw(alice, "first", at=10, to=20), saw(alice, at=30, to=75), saw(alice, "between", at=62, to=65)])
    ours, theirs = of(connection), of(connection, THEIRS)
    assert (ours.comments, theirs.comments) == (2, 4)
    assert [said.text for said in read(connection, since_ms=0)] == ["text 4", "text 2"]
    assert [name.handle for name in ours.names] == ["bob"]
    assert (ours.first_seen_at_ms, theirs.first_seen_at_ms) == (55, 10)
    assert {name.handle for name in theirs.names} == {"first", "bob", "between"}


def test_a_nickname_from_after_the_watch_is_not_told(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 1, 50)
    viewers.see(connection, [saw(alice, at=10, to=90, nickname="New name")])
    (name,) = of(connection).names
    assert (name.nickname, name.last_seen_at_ms) == ("", 10)


def test_a_tally_that_began_before_the_watch_is_not_told(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 50)
    viewers.count_gifts(connection, [gave(alice, 1, at=40), gave(alice, 2, at=60), gave(alice, 3, 7, at=70, room="next")])
    assert of(connection).gifts.gifts == 7


def test_a_handle_that_changed_hands_names_the_last_one_first(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 1)
    viewers.see(connection, [saw(alice, at=10), saw(alice, at=20, who=ViewerId("88"))])
    assert viewers.of_handle(connection, guild_id=OURS, handle=Handle("bob")) == ["88", BOB]


def test_handles_are_offered_by_how_they_begin(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 1)
    names = ["bob", "bobby", "carl", "b_b", "B"]
    viewers.see(connection, [saw(alice, name, at=n, who=ViewerId(str(n))) for n, name in enumerate(names, start=2)])
    assert viewers.handles(connection, guild_id=OURS, start="bo") == ["bob", "bobby"]
    assert viewers.handles(connection, guild_id=OURS, start="b", most=2) == ["b_b", "bob"]
    assert viewers.handles(connection, guild_id=OURS, start="%") == []


def test_comments_come_in_pages_the_newest_first_and_none_that_is_too_old(connection: Connection) -> None:
    alice, zoe = known(connection, "alice").id, known(connection, "zoe").id
    for creator_id in (alice, zoe):
        watched(connection, creator_id, 1)
    comments.add(connection, [wrote(alice, n, at=2 * n) for n in range(1, 6)])
    comments.add(connection, [wrote(zoe, n, at=2 * n + 1, removed=99) for n in range(1, 6)])
    page = read(connection, since_ms=5, skip=2, most=3)
    assert [(said.creator, said.at_ms, said.is_removed) for said in page] == [
        ("zoe", 9, True),
        ("alice", 8, False),
        ("zoe", 7, True),
    ]
    assert [said.at_ms for said in read(connection, since_ms=5, skip=5)] == [6, 5]


def opened(connection: Connection, number: int, *, guild: GuildId = OURS, kind: CaseKind = CaseKind.REMOVAL) -> None:
    words = {"room_id": "r", "viewer_id": BOB, "viewer_handle": "bob", "viewer_name": "Bob", "facts": ""}
    numbers = {"first_seq": 1, "last_seq": 1, "comments": 1, "unseen": 0, "reveals": 0, "opened_at_ms": number}
    which = {"guild_id": guild, "number": number, "key": f"k{number}", "kind": kind, "state": CaseState.OPEN, "creator_id": 1}
    connection.execute(insert(case).values({**which, **words, **numbers}))


def test_cases_are_the_guilds_own_the_newest_first(connection: Connection) -> None:
    alice = known(connection, "alice").id
    watched(connection, alice, 1)
    watched(connection, alice, 1, guild=THEIRS)
    for number in range(1, 8):
        opened(connection, number, kind=CaseKind.WATCHLIST if number == 3 else CaseKind.REMOVAL)
    opened(connection, 9, guild=THEIRS)
    found = of(connection)
    assert [each.number for each in found.cases] == [7, 6, 5, 4, 3, 2, 1]
    assert [each.number for each in found.cases if each.kind is CaseKind.WATCHLIST] == [3]
    assert [each.number for each in of(connection, THEIRS).cases] == [9]


# --- Notes -------------------------------------------------------------------------------------------------------------------


def noted(connection: Connection, text: str = "careful", *, guild: GuildId = OURS, by: DiscordUserId = ADMIN) -> NoteId:
    note = viewers.add_note(connection, guild_id=guild, viewer_id=BOB, by=by, text=text, now_ms=5)
    assert note is not None
    return note.id


@pytest.fixture
def two_guilds(connection: Connection) -> Connection:
    alice = known(connection, "alice").id
    watched(connection, alice, 1)
    watched(connection, alice, 1, guild=THEIRS)
    return connection


def test_a_note_is_deleted_by_who_wrote_it_in_their_guild_only(two_guilds: Connection) -> None:
    note_id, other = noted(two_guilds), noted(two_guilds, guild=THEIRS)
    for guild, by in ((OURS, DiscordUserId(31)), (THEIRS, ADMIN)):
        assert not viewers.delete_note(two_guilds, note_id, guild_id=guild, by=by, now_ms=6)
    assert [note.id for note in viewers.notes(two_guilds, guild_id=OURS, viewer_id=BOB)] == [note_id]
    assert viewers.delete_note(two_guilds, note_id, guild_id=OURS, by=ADMIN, now_ms=6)
    assert not viewers.delete_note(two_guilds, note_id, guild_id=OURS, by=ADMIN, now_ms=6)
    assert [note.id for note in viewers.notes(two_guilds, guild_id=THEIRS, viewer_id=BOB)] == [other]


def test_notes_are_audited_without_their_words_and_without_whom_they_are_about(two_guilds: Connection) -> None:
    note_id = noted(two_guilds)
    viewers.delete_note(two_guilds, note_id, guild_id=OURS, by=ADMIN, now_ms=6)
    rows = two_guilds.execute(select(config_audit).where(config_audit.c.action.like("note.%"))).all()
    assert [(row.action, row.actor_id, row.before, row.after) for row in rows] == [
        ("note.added", ADMIN, None, json.dumps({"note_id": note_id})),
        ("note.deleted", ADMIN, json.dumps({"note_id": note_id}), None),
    ]


def test_there_are_so_many_notes_about_one_viewer_and_no_more(two_guilds: Connection) -> None:
    for number in range(viewers.MOST_NOTES):
        noted(two_guilds, f"note {number}")
    assert viewers.add_note(two_guilds, guild_id=OURS, viewer_id=BOB, by=ADMIN, text="one more", now_ms=5) is None
    noted(two_guilds, guild=THEIRS)


# --- Lines -------------------------------------------------------------------------------------------------------------------


def posted(connection: Connection) -> PostId:
    """A post of two lines, the second of which stands for two comments; and a note of ours above."""
    made = watching(connection, known(connection, "alice").id)
    one = line(1, "**bob** hi", viewer=BOB, message="m1")
    two = line(2, "**bob** gg", viewer=BOB, message="m2")
    three = line(3, "**eve** gg", viewer="88", message="m3")
    both = replace(two, text="gg ×2", viewer_id=ViewerId(""), message_id=MessageId(""), also=(two, three))
    intent = posts.open_intent(connection, about_to_say(made, line(1, "-# alice"), one, both, through_seq=3))
    return posts.fulfil(connection, intent, message_id=DiscordMessageId(500), now_ms=7)


def test_the_lines_of_a_post_are_listed_with_all_their_sources_for_its_own_guild(connection: Connection) -> None:
    post_id = posted(connection)
    watched(connection, CreatorId(1), 1, guild=THEIRS)
    assert viewers.post_of(connection, guild_id=OURS, message_id=DiscordMessageId(500)) == post_id
    assert viewers.post_of(connection, guild_id=THEIRS, message_id=DiscordMessageId(500)) is None
    assert viewers.post_of(connection, guild_id=OURS, message_id=DiscordMessageId(501)) is None
    found = viewers.lines(connection, guild_id=OURS, post_id=post_id)
    assert [(each.number, each.source, each.viewer_id, each.text) for each in found] == [
        (1, 0, BOB, "**bob** hi"),
        (2, 0, BOB, "**bob** gg"),
        (2, 1, "88", "**eve** gg"),
    ]
    assert viewers.lines(connection, guild_id=THEIRS, post_id=post_id) == []


def test_hiding_strikes_one_source_once_and_only_for_its_own_guild(connection: Connection) -> None:
    post_id = posted(connection)

    def hide(guild: GuildId, number: int, source: int) -> list[str] | None:
        changed = posts.strike_source(
            connection, guild_id=guild, post_id=post_id, number=number, source=source, by=ADMIN, now_ms=9
        )
        return None if changed is None else [each.text for each in changed.lines]

    assert hide(THEIRS, 1, 0) is None
    assert hide(OURS, 5, 0) is None
    assert posts.unedited(connection) == []
    assert hide(OURS, 2, 0) == ["-# alice", "**bob** hi", "**eve** gg"]
    assert hide(OURS, 2, 0) is None
    assert [each.id for each in posts.unedited(connection)] == [post_id]
    kept = connection.execute(select(post_line.c.rendered, post_line.c.said).where(post_line.c.struck)).all()
    assert [tuple(row) for row in kept] == [("", "")]
    audited = connection.execute(select(config_audit).where(config_audit.c.action == "line.hidden")).all()
    assert [(row.guild_id, row.actor_id, json.loads(row.before)) for row in audited] == [
        (OURS, ADMIN, {"line": 2, "message_id": "500", "source": 0})
    ]


# --- The statements themselves -----------------------------------------------------------------------------------------------


@contextmanager
def overheard(connection: Connection) -> Iterator[list[tuple[ClauseElement, str, Any]]]:
    """Every statement that is executed: as it was built, as SQLite got it, and its values."""
    built: list[ClauseElement] = []
    heard: list[tuple[ClauseElement, str, Any]] = []

    def on_execute(_connection: Connection, element: Any, *_rest: object) -> None:
        built.append(element)

    def on_cursor(_c: Connection, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:
        heard.append((built[-1], statement, parameters[0] if many else parameters))

    event.listen(connection, "before_execute", on_execute)
    event.listen(connection, "before_cursor_execute", on_cursor)
    try:
        yield heard
    finally:
        event.remove(connection, "before_execute", on_execute)
        event.remove(connection, "before_cursor_execute", on_cursor)


def everything(connection: Connection) -> list[tuple[ClauseElement, str, Any]]:
    """What all functions of the module execute."""
    post_id = posted(connection)
    alice = CreatorId(1)
    comments.add(connection, [wrote(alice, 1, at=10**9)])
    with overheard(connection) as heard:
        viewers.see(connection, [saw(alice, at=5)])
        viewers.count_gifts(connection, [gave(alice, 1, at=5)])
        viewers.fold(connection, creator_id=alice, through_seq=5)
        of(connection)
        viewers.of_handle(connection, guild_id=OURS, handle=Handle("bob"))
        viewers.handles(connection, guild_id=OURS, start="b")
        read(connection)
        viewers.post_of(connection, guild_id=OURS, message_id=DiscordMessageId(1))
        viewers.lines(connection, guild_id=OURS, post_id=post_id)
        viewers.delete_note(connection, noted(connection), guild_id=OURS, by=ADMIN, now_ms=6)
        posts.strike_source(connection, guild_id=OURS, post_id=post_id, number=1, source=0, by=ADMIN, now_ms=9)
    return heard


def test_no_statement_walks_a_whole_table(connection: Connection) -> None:
    heard = everything(connection)
    named = {name for name in metadata.tables for _, statement, _ in heard if f" {name}" in statement.replace('"', "")}
    assert {"viewer", "viewer_gifts", "viewer_note", "comment", "case", "watch", "post", "post_line"} <= named
    for _, statement, values in heard:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        steps = [row.detail for row in plan]
        assert not [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step], f"{statement}\n{steps}"


@pytest.mark.parametrize("table", ["comment", "viewer", "viewer_gifts", "case"])
def test_the_large_tables_are_searched_by_creator_and_viewer_or_handle(connection: Connection, table: str) -> None:
    by = {
        "comment": {"ix_comment_creator_id_viewer_id_seq (creator_id=? AND viewer_id=?)"},
        "viewer": {"ix_viewer_creator_id_handle (creator_id=? AND handle", "sqlite_autoindex_viewer_1 (viewer_id=?)"},
        "case": {"ix_case_guild_id_viewer_id (guild_id=? AND viewer_id=?)"},
        "viewer_gifts": {"sqlite_autoindex_viewer_gifts_1 (creator_id=? AND viewer_id=?)"},
    }
    for _, statement, values in everything(connection):
        if statement.startswith("SELECT"):
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
                if row.detail.startswith(f"SEARCH {table} "):
                    assert any(index in row.detail for index in by[table]), row.detail


def test_every_statement_is_postgresqls_too(connection: Connection) -> None:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    heard = everything(connection)
    for element, _, _ in heard:
        if "ON CONFLICT" not in str(element):
            assert str(element.compile(dialect=dialect))
    assert "ON CONFLICT" in str(viewers._upsert_counts(dialect.name).compile(dialect=dialect))
    assert sum("ON CONFLICT" in statement for _, statement, _ in heard) == 1
