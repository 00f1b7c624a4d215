"""Rules: kept, changed, counted, audited, each guild's for itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, select

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, RuleId
from bot.model.rule import Rule, RuleAction, RuleKind
from bot.model.viewer import Sighting
from bot.storage import comments, creators, merging, rules, viewers, watches
from bot.storage.tables import config_audit, guild, metadata, rule, watch

OURS, THEIRS, MO = GuildId(1), GuildId(2), DiscordUserId(5)
BAD = Rule(RuleId(0), OURS, RuleKind.KEYWORD, "bad")
MOST = 1_000


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def put(connection: Connection, wanted: Rule = BAD, *, now_ms: int = 1_000, most: int = MOST) -> Rule:
    found = rules.put(connection, wanted, by=MO, now_ms=now_ms, most=most)
    assert found is not None
    return found[0]


def audited(connection: Connection) -> list[tuple[str, int, str | None, str | None]]:
    def action(state: str | None) -> str | None:
        return None if state is None else f"{json.loads(state)['action']} {json.loads(state)['is_enabled']}"

    found = connection.execute(select(config_audit).order_by(config_audit.c.id))
    return [(row.action, row.actor_id, action(row.before), action(row.after)) for row in found]


def test_a_rule_comes_back_as_it_was_put(connection: Connection) -> None:
    made = put(connection, replace(BAD, creator_id=CreatorId(7), action=RuleAction.HIDE, cooldown_s=5))
    assert made == replace(BAD, id=made.id, creator_id=CreatorId(7), action=RuleAction.HIDE, cooldown_s=5)
    assert rules.of_guild(connection, OURS) == [made] == rules.of_guilds(connection, [OURS, THEIRS])[OURS]
    assert rules.of_guild(connection, THEIRS) == []


def test_what_looks_for_the_same_takes_the_place_and_is_told(connection: Connection) -> None:
    first = put(connection)
    again = rules.put(connection, replace(BAD, action=RuleAction.HIDE), by=MO, now_ms=2, most=MOST)
    assert again == (replace(first, action=RuleAction.HIDE), first)
    put(connection, replace(BAD, creator_id=CreatorId(7)))
    put(connection, replace(BAD, guild_id=THEIRS))
    assert len(rules.of_guild(connection, OURS)) == 2


def test_there_are_never_more_than_the_bound_and_a_change_of_the_last_one_is_none_more(connection: Connection) -> None:
    put(connection, most=1)
    assert rules.put(connection, replace(BAD, pattern="worse"), by=MO, now_ms=2, most=1) is None
    assert rules.put(connection, replace(BAD, action=RuleAction.HIDE), by=MO, now_ms=2, most=1) is not None


def test_every_change_is_audited_and_what_changes_nothing_is_not(connection: Connection) -> None:
    made = put(connection)
    put(connection)
    rules.switch(connection, made.id, guild_id=OURS, is_enabled=False, by=MO, now_ms=2)
    rules.switch(connection, made.id, guild_id=OURS, is_enabled=False, by=MO, now_ms=3)
    rules.remove(connection, made.id, guild_id=OURS, by=MO, now_ms=4)
    assert audited(connection) == [
        ("rule.added", MO, None, "alert True"),
        ("rule.changed", MO, "alert True", "alert False"),
        ("rule.removed", MO, "alert False", None),
    ]


def test_another_guilds_rule_does_not_exist(connection: Connection) -> None:
    made = put(connection)
    assert rules.of_id(connection, made.id, guild_id=THEIRS) is None
    assert rules.switch(connection, made.id, guild_id=THEIRS, is_enabled=False, by=MO, now_ms=2) is None
    assert rules.remove(connection, made.id, guild_id=THEIRS, by=MO, now_ms=2) is None
    assert rules.of_guild(connection, OURS) == [made]


def test_what_a_newer_version_wrote_is_left_alone(connection: Connection) -> None:
    made, odd = put(connection), put(connection, replace(BAD, pattern="odd"))
    connection.execute(rule.update().where(rule.c.id == odd.id).values(kind="of a newer version"))
    assert rules.of_guild(connection, OURS) == [made]


def test_an_id_is_never_given_out_again(connection: Connection) -> None:
    first = put(connection)
    rules.remove(connection, first.id, guild_id=OURS, by=MO, now_ms=2)
    assert put(connection).id > first.id


def test_a_stamp_differs_after_every_change_and_only_then(connection: Connection) -> None:
    stamps = [rules.stamps(connection).get(OURS)]
    made = put(connection)
    stamps.append(rules.stamps(connection)[OURS])
    put(connection, replace(BAD, guild_id=THEIRS), now_ms=9)
    assert rules.stamps(connection)[OURS] == stamps[-1]
    for number, is_enabled in enumerate([False, True], start=2):
        rules.switch(connection, made.id, guild_id=OURS, is_enabled=is_enabled, by=MO, now_ms=1_000 * number)
        stamps.append(rules.stamps(connection)[OURS])
    rules.remove(connection, made.id, guild_id=OURS, by=MO, now_ms=5_000)
    put(connection, now_ms=3_000)
    stamps.append(rules.stamps(connection)[OURS])
    assert len(set(stamps)) == 5


def test_a_rule_for_a_creator_follows_the_creator(connection: Connection) -> None:
    old = creators.ensure(connection, Handle("alice"), now_ms=1)
    new = creators.ensure(connection, Handle("alice2"), now_ms=1)
    put(connection, replace(BAD, creator_id=old.id))
    before = rules.stamps(connection)
    merging.move_watches(connection, old.id, new.id, now_ms=2)
    assert rules.of_guild(connection, OURS)[0].creator_id == new.id
    assert rules.stamps(connection) != before


# --- To try rules out --------------------------------------------------------------------------------------------------------


def watched(connection: Connection, creator_id: CreatorId, *, of: GuildId = OURS, since: int, until: int | None = None) -> None:
    if connection.execute(select(guild).where(guild.c.id == of)).one_or_none() is None:
        connection.execute(insert(guild).values(id=of, known_at_ms=0))
    made, _ = watches.place(
        connection, guild_id=of, channel_id=ChannelId(since), creator_id=creator_id, by=MO, now_ms=since, cursor_seq=0
    )
    connection.execute(watch.update().where(watch.c.id == made.id).values(ended_at_ms=until))


def said(creator_id: CreatorId, seq: int, *, at: int | None = None) -> CommentRow:
    at_ms = seq if at is None else at
    return CommentRow(creator_id, seq, RoomId("1"), MessageId(f"m{seq}"), ViewerId("77"), f"text {seq}", at_ms, at_ms)


def recent(connection: Connection, *, since_ms: int = 0, now_ms: int = 1_000, most: int = 100) -> tuple[list[int], bool]:
    seen = rules.watched(connection, OURS, since_ms=since_ms, now_ms=now_ms)
    rows, is_cut = rules.recent(connection, seen, most=most)
    return [row.seq for row in rows], is_cut


def test_only_what_a_watch_of_the_guild_saw_is_tried(connection: Connection) -> None:
    alice = creators.ensure(connection, Handle("alice"), now_ms=1).id
    zoe = creators.ensure(connection, Handle("zoe"), now_ms=1).id
    watched(connection, alice, since=10, until=20)
    watched(connection, alice, since=15, until=25)
    watched(connection, alice, since=40)
    watched(connection, zoe, of=THEIRS, since=1)
    comments.add(connection, [said(alice, seq) for seq in (5, 10, 17, 25, 30, 40, 50)] + [said(zoe, 45)])
    assert recent(connection) == ([10, 17, 25, 40, 50], False)
    assert recent(connection, since_ms=20) == ([25, 40, 50], False)
    assert recent(connection, since_ms=60) == ([], False)


def test_of_much_the_newest_of_each_creator_are_tried_and_that_is_told(connection: Connection) -> None:
    alice = creators.ensure(connection, Handle("alice"), now_ms=1).id
    zoe = creators.ensure(connection, Handle("zoe"), now_ms=1).id
    for each in (alice, zoe):
        watched(connection, each, since=1)
    comments.add(connection, [said(alice, seq) for seq in range(1, 11)] + [said(zoe, 1, at=500)])
    assert recent(connection, most=6) == ([8, 9, 10, 1], True)


def test_a_viewer_goes_by_the_last_handle_that_was_seen_there(connection: Connection) -> None:
    alice, zoe = (creators.ensure(connection, Handle(name), now_ms=1).id for name in ("alice", "zoe"))
    bob = ViewerId("77")
    viewers.see(connection, [Sighting(alice, bob, Handle("old"), "", 1, 2), Sighting(alice, bob, Handle("bob"), "", 3, 4)])
    viewers.see(connection, [Sighting(zoe, bob, Handle("elsewhere"), "", 5, 6)])
    watched(connection, alice, since=1)
    assert rules.handles(connection, [alice], [bob], guild_id=OURS) == {bob: "bob"}
    assert rules.handles(connection, [alice, zoe], [bob], guild_id=OURS) == {bob: "bob"}
    assert rules.handles(connection, [], [bob], guild_id=OURS) == {}


def test_a_handle_that_only_another_guild_saw_does_not_exist(connection: Connection) -> None:
    alice, bob = creators.ensure(connection, Handle("alice"), now_ms=1).id, ViewerId("77")
    viewers.see(connection, [Sighting(alice, bob, Handle("secret"), "", 1, 2), Sighting(alice, bob, Handle("bob"), "", 5, 6)])
    watched(connection, alice, of=THEIRS, since=1, until=4)
    watched(connection, alice, since=5)
    assert rules.handles(connection, [alice], [bob], guild_id=OURS) == {bob: "bob"}
    assert rules.handles(connection, [alice], [bob], guild_id=THEIRS) == {bob: "secret"}


def test_creators_are_called_by_their_handles_now(connection: Connection) -> None:
    alice = creators.ensure(connection, Handle("alice"), now_ms=1).id
    assert rules.creator_handles(connection, [alice, CreatorId(9)]) == {alice: "alice"}
