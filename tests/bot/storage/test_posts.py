"""Intents and the ledger, as delivery lives through them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text

from bot.events.ids import RoomId, ViewerId
from bot.model.draft import Intent, LedgerLine, Urgency
from bot.model.ids import DiscordMessageId, PostId
from bot.model.watch import Watch
from bot.storage import cursors, posts, watches
from bot.storage.database import Database
from bot.storage.tables import post_line
from tests.bot.storage.builders import ADMIN, GUILD, ROOM, about_to_say, known, line, watching


def cursor(connection: Connection, watch: Watch) -> int | None:
    return cursors.get(connection, cursors.of_watch(watch.id), watch.creator_id)


def posted(connection: Connection, intent: Intent, message_id: int = 900, now_ms: int = 4000) -> PostId:
    stored = posts.open_intent(connection, intent)
    return posts.fulfil(connection, stored, message_id=DiscordMessageId(message_id), now_ms=now_ms)


def texts(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT rendered FROM post_line")).scalars())


@pytest.fixture
def watch(connection: Connection) -> Watch:
    return watching(connection, known(connection, "alice").id, cursor_seq=10)


def test_an_intent_comes_back_after_a_crash_byte_for_byte(connection: Connection, watch: Watch) -> None:
    said = line(11, "**bob** hi 🌹", viewer="v1", message="m1", uuid="u1")
    unsaid = line(12, "-# the LIVE ended")
    first = posts.open_intent(connection, about_to_say(watch, said, unsaid, through_seq=15, nonce="first"))
    second = posts.open_intent(connection, about_to_say(watch, through_seq=20, nonce="second"))
    assert first.id != second.id
    assert posts.pending_intents(connection) == [first, second]
    assert posts.pending_intents(connection)[0].lines[0].urgency is Urgency.CHAT
    assert cursor(connection, watch) == 10


def test_fulfilling_closes_the_intent_moves_the_cursor_and_fills_the_ledger(connection: Connection, watch: Watch) -> None:
    posted(connection, about_to_say(watch, line(11, "one", viewer="v1"), line(13, "two", viewer="v2"), through_seq=15))
    assert posts.pending_intents(connection) == []
    assert cursor(connection, watch) == 15
    assert texts(connection) == {"one", "two"}
    assert connection.execute(text("SELECT settings_revision FROM post")).scalar() == watch.revision
    assert posts.unedited(connection) == []


def test_fulfilling_twice_is_fulfilling_once(connection: Connection, watch: Watch) -> None:
    stored = posts.open_intent(connection, about_to_say(watch, line(11, "one")))
    answers = {posts.fulfil(connection, stored, message_id=DiscordMessageId(900), now_ms=now_ms) for now_ms in (1, 2)}
    assert len(answers) == 1
    assert connection.execute(text("SELECT count(*) FROM post_line")).scalar() == 1


async def test_fulfilling_is_one_transaction(db: Database, tmp_path: Path) -> None:
    def begin(connection: Connection) -> Intent:
        watch = watching(connection, known(connection, "alice").id, cursor_seq=10)
        return posts.open_intent(connection, about_to_say(watch, line(11, "one")))

    def fulfil_and_break(connection: Connection) -> None:
        posts.fulfil(connection, intent, message_id=DiscordMessageId(900), now_ms=1)
        raise ZeroDivisionError

    intent = await db.write(begin)
    with pytest.raises(ZeroDivisionError):
        await db.write(fulfil_and_break)
    with closing(sqlite3.connect(tmp_path / "relay.db")) as other:
        found = other.execute(
            "SELECT (SELECT count(*) FROM post), (SELECT count(*) FROM post_line), (SELECT count(*) FROM intent),"
            " (SELECT count(*) FROM intent_line), (SELECT seq FROM cursor)"
        ).fetchone()
    assert found == (0, 0, 1, 1, 10)


def test_abandoning_moves_on_without_a_post(connection: Connection, watch: Watch) -> None:
    stored = posts.open_intent(connection, about_to_say(watch, line(11, "one"), through_seq=15))
    posts.abandon(connection, stored)
    assert posts.pending_intents(connection) == []
    assert cursor(connection, watch) == 15
    assert texts(connection) == set()


def test_an_intent_of_a_watch_that_has_moved_moves_the_cursor_in_the_log_it_read(connection: Connection, watch: Watch) -> None:
    stored = posts.open_intent(connection, about_to_say(watch, line(11, "one"), through_seq=5000))
    other = known(connection, "alice.new")
    connection.execute(text("UPDATE watch SET creator_id = :other"), {"other": other.id})
    cursors.move(connection, cursors.of_watch(watch.id), other.id, 3)
    posts.fulfil(connection, stored, message_id=DiscordMessageId(900), now_ms=1)
    assert cursors.get(connection, cursors.of_watch(watch.id), other.id) == 3
    assert cursor(connection, watch) == 5000


def test_an_intent_counts_in_the_log_that_it_names_although_its_watch_has_moved_before(
    connection: Connection, watch: Watch
) -> None:
    other = known(connection, "alice.new")
    connection.execute(text("UPDATE watch SET creator_id = :other"), {"other": other.id})
    cursors.move(connection, cursors.of_watch(watch.id), other.id, 3)
    posted(connection, replace(about_to_say(watch, line(11, "one"), through_seq=5000), creator_id=watch.creator_id))
    assert cursors.get(connection, cursors.of_watch(watch.id), other.id) == 3
    assert cursor(connection, watch) == 5000


def test_an_intent_of_a_watch_that_ended_can_still_be_closed(connection: Connection, watch: Watch) -> None:
    stored = posts.open_intent(connection, about_to_say(watch, line(11, "one")))
    watches.end(connection, guild_id=GUILD, creator_id=watch.creator_id, by=ADMIN, now_ms=1)
    posts.fulfil(connection, stored, message_id=DiscordMessageId(900), now_ms=2)
    assert texts(connection) == {"one"}


@pytest.mark.parametrize(
    ("viewers", "messages", "struck"),
    [
        (["v1"], [], {1, 3}),
        ([], ["m2"], {2}),
        ([], ["u3"], {3}),
        (["v2"], ["m1", "u3"], {1, 2, 3}),
        (["nobody"], ["nothing"], set()),
        ([""], [""], set()),
        ([], [], set()),
    ],
)
def test_a_deletion_strikes_by_viewer_by_message_and_by_uuid(
    connection: Connection, watch: Watch, viewers: list[str], messages: list[str], struck: set[int]
) -> None:
    lines = [
        line(11, "the LIVE began"),
        line(12, "one", viewer="v1", message="m1", uuid="u1"),
        line(13, "two", viewer="v2", message="m2"),
        line(14, "three", viewer="v1", message="m3", uuid="u3"),
    ]
    posted(connection, about_to_say(watch, *lines))
    changed = posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=viewers, message_ids=messages)
    expected = tuple(
        LedgerLine(number, "" if number in struck else each.text, struck=number in struck) for number, each in enumerate(lines)
    )
    assert [post.lines for post in changed] == ([expected] if struck else [])
    # The text is gone from the ledger itself, not only from what we return.
    assert texts(connection) - {""} == {each.text for number, each in enumerate(lines) if number not in struck}


def test_only_this_watch_and_this_room_are_struck(connection: Connection, watch: Watch) -> None:
    elsewhere = watching(connection, watch.creator_id, channel=21)
    posted(connection, about_to_say(watch, line(11, "here", viewer="v1", message="m1")), 900)
    posted(connection, about_to_say(elsewhere, line(11, "there", viewer="v1", message="m1")), 901)
    later = line(12, "next day", viewer="v1", message="m1", room=RoomId("room 2"))
    posted(connection, about_to_say(watch, later), 902)
    posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v1"], message_ids=["m1"])
    assert texts(connection) == {"", "there", "next day"}


def test_a_change_is_pending_until_discord_shows_it(connection: Connection, watch: Watch) -> None:
    lines = [line(11, "one", viewer="v1"), line(12, "two", viewer="v2")]
    posted(connection, about_to_say(watch, *lines), 900)
    strike = {"watch_id": watch.id, "room_id": ROOM, "message_ids": ()}
    (first,) = posts.strike(connection, viewer_ids=["v1"], **strike)  # type: ignore[arg-type]
    assert (first.edit_revision, first.message_id, first.channel_id) == (1, 900, watch.channel_id)
    assert posts.unedited(connection) == [first]
    # The same deletion again is no change.
    assert posts.strike(connection, viewer_ids=["v1"], **strike) == []  # type: ignore[arg-type]
    (second,) = posts.strike(connection, viewer_ids=["v2"], **strike)  # type: ignore[arg-type]
    assert second.edit_revision == 2
    posts.edited(connection, first.id, revision=1)
    assert posts.unedited(connection) == [second]
    posts.edited(connection, first.id, revision=2)
    assert posts.unedited(connection) == []
    posts.edited(connection, first.id, revision=1)  # late news of the first edit
    assert posts.unedited(connection) == []


def test_a_line_of_several_sources_is_struck_with_the_last_of_them(connection: Connection, watch: Watch) -> None:
    post_id = posted(connection, about_to_say(watch, line(11, "rose ×2", viewer="v1", message="m1")))
    connection.execute(
        text(
            "INSERT INTO post_line (post_id, number, source, seq, room_id, message_id, message_uuid, viewer_id, rendered, struck)"
            " SELECT post_id, number, 1, 12, room_id, 'm2', message_uuid, 'v2', rendered, struck"
            " FROM post_line WHERE post_id = :post"
        ),
        {"post": post_id},
    )
    (changed,) = posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v1"], message_ids=[])
    assert changed.lines == (LedgerLine(0, "rose ×2", struck=False, sources=2),)
    (changed,) = posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v2"], message_ids=[])
    assert changed.lines == (LedgerLine(0, "", struck=True, sources=2),)


def test_a_viewer_of_many_lines_is_struck_in_as_few_statements_as_one_of_a_single_line(
    connection: Connection, watch: Watch
) -> None:
    many = [line(seq, f"line {seq}", viewer="v1", message=f"m{seq}") for seq in range(11, 51)]
    posted(connection, about_to_say(watch, *many, line(60, "alone", viewer="v2", message="m60")))
    statements = list[str]()

    def noted(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", noted)
    posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v2"], message_ids=[])
    of_one = list(statements)
    statements.clear()
    posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v1"], message_ids=[])
    event.remove(connection, "before_cursor_execute", noted)
    assert statements == of_one
    assert texts(connection) == {""}


def test_what_the_relay_itself_says_is_told_from_what_happened_in_the_room(connection: Connection, watch: Watch) -> None:
    lines = [
        line(11, "-# @alice", room=RoomId("")),
        line(11, "-# a template of the guild", viewer="v1"),
        line(12, "two", viewer="v2"),
    ]
    posted(connection, about_to_say(watch, *lines))
    (changed,) = posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v2"], message_ids=[])
    assert [each.is_ours for each in changed.lines] == [True, False, False]


def test_what_is_gone_from_discord_is_forgotten_with_its_lines(connection: Connection, watch: Watch) -> None:
    post_id = posted(connection, about_to_say(watch, line(11, "one", viewer="v1")))
    posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v1"], message_ids=[])
    posts.forget(connection, post_id)
    assert posts.unedited(connection) == []
    assert texts(connection) == set()


def test_retention_takes_old_posts_with_their_text(connection: Connection, watch: Watch) -> None:
    posted(connection, about_to_say(watch, line(11, "old")), 900, now_ms=1000)
    posted(connection, about_to_say(watch, line(12, "new")), 901, now_ms=2000)
    assert posts.prune(connection, before_ms=2000) == 1
    assert texts(connection) == {"new"}
    assert posts.prune(connection, before_ms=2000) == 0


def test_striking_looks_lines_up_by_an_index(connection: Connection) -> None:
    for name in (post_line.c.viewer_id, post_line.c.message_id, post_line.c.message_uuid):
        query = select(post_line).where(post_line.c.room_id == "r", name.in_(["x", "y"]))
        sql = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
        assert "USING INDEX ix_post_line" in plan[0].detail


def test_a_wipe_takes_back_what_somebody_wrote_and_not_what_they_did(connection: Connection, watch: Watch) -> None:
    followed = replace(line(12, "v1 followed"), viewer_id=ViewerId("v1"))
    posted(connection, about_to_say(watch, line(11, "one", viewer="v1"), followed))
    (changed,) = posts.strike(connection, watch_id=watch.id, room_id=ROOM, viewer_ids=["v1"], message_ids=[])
    assert [each.struck for each in changed.lines] == [True, False]


def test_a_line_that_grows_knows_whom_it_is_about_by_now(connection: Connection, watch: Watch) -> None:
    posted(connection, about_to_say(watch, replace(line(11, "v1"), viewer_id=ViewerId("v1"), grows="follows:1")))
    (grown,) = posts.grow(connection, [posts.Regrown(watch.id, "follows:1", "v1, v2", ViewerId("v1 v2"))])
    assert grown
    assert connection.execute(select(post_line.c.rendered, post_line.c.viewer_id)).all() == [("v1, v2", "v1 v2")]


def test_lines_that_grow_are_rewritten_in_the_newest_post_that_holds_them_and_only_there(
    connection: Connection, watch: Watch
) -> None:
    other = watching(connection, known(connection, "bob").id, channel=77)
    for message_id, whose in ((1, watch), (2, watch), (3, other)):
        rose = replace(line(message_id + 10, "rose x1"), grows="combo:rose")
        posted(connection, about_to_say(whose, rose, nonce=f"n{message_id}"), message_id)
    asked = [
        posts.Regrown(watch.id, "combo:rose", "rose x9", ViewerId("v")),
        posts.Regrown(watch.id, "combo:none", "none x2", ViewerId("v")),
        posts.Regrown(other.id, "combo:rose", "rose x1", ViewerId("v")),
    ]
    grown, missing, unchanged = posts.grow(connection, asked)
    assert [(post.message_id, post.lines[0].text, post.edit_revision) for post in grown] == [(2, "rose x9", 1)]
    assert missing == []
    assert [(post.message_id, post.lines[0].text, post.edit_revision) for post in unchanged] == [(3, "rose x1", 0)]
    assert [post.message_id for post in posts.unedited(connection)] == [2]
