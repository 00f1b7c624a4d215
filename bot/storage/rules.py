"""Rules: a guild's watchlist. Each function that changes one takes the guild: what is another guild's does not exist for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId, DiscordUserId, GuildId, RuleId
from bot.model.rule import Rule, RuleAction, RuleKind
from bot.storage import audit
from bot.storage.portions import in_portions
from bot.storage.tables import comment, creator, guild, rule, viewer, watch
from bot.storage.viewers import SEEN


class Stamp(NamedTuple):
    """How many rules a guild has, the sum of their ids (never given out again) and of when they changed: tells of any change."""

    rules: int
    ids: int
    changes: int


def put(connection: Connection, wanted: Rule, *, by: DiscordUserId, now_ms: int, most: int) -> tuple[Rule, Rule | None] | None:
    """Write the rule down; return it, and what looked for the same until now, whose place it takes.

    None when it would be one more than `most`. `wanted.id` does not matter.
    """
    mine = rule.c.guild_id == wanted.guild_id
    same = mine & (rule.c.kind == str(wanted.kind)) & (rule.c.pattern == wanted.pattern)
    same &= rule.c.creator_id.is_(None) if wanted.creator_id is None else rule.c.creator_id == wanted.creator_id
    before = next(iter(_rules(connection, same)), None)
    values = {"action": str(wanted.action), "cooldown_s": wanted.cooldown_s, "is_enabled": wanted.is_enabled}
    if before is not None:
        return _change(connection, before, values, by=by, now_ms=now_ms), before
    if connection.execute(select(func.count()).select_from(rule).where(mine)).scalar_one() >= most:
        return None
    connection.execute(insert_or_ignore(guild).values(id=wanted.guild_id, known_at_ms=now_ms).on_conflict_do_nothing())
    values |= {"guild_id": wanted.guild_id, "creator_id": wanted.creator_id}
    values |= {"kind": str(wanted.kind), "pattern": wanted.pattern}
    values |= {"created_by": by, "created_at_ms": now_ms, "changed_at_ms": now_ms}
    made = connection.execute(insert(rule).values(values).returning(rule.c.id)).scalar_one()
    after = _rules(connection, rule.c.id == made)[0]
    _audit(connection, "rule.added", None, after, by=by, now_ms=now_ms)
    return after, None


def switch(
    connection: Connection, rule_id: RuleId, *, guild_id: GuildId, is_enabled: bool, by: DiscordUserId, now_ms: int
) -> Rule | None:
    """Enable or disable a rule of this guild; None when there is none such."""
    before = of_id(connection, rule_id, guild_id=guild_id)
    return None if before is None else _change(connection, before, {"is_enabled": is_enabled}, by=by, now_ms=now_ms)


def remove(connection: Connection, rule_id: RuleId, *, guild_id: GuildId, by: DiscordUserId, now_ms: int) -> Rule | None:
    """Remove a rule of this guild; None when there is none such."""
    before = of_id(connection, rule_id, guild_id=guild_id)
    if before is not None:
        connection.execute(delete(rule).where(rule.c.id == rule_id))
        _audit(connection, "rule.removed", before, None, by=by, now_ms=now_ms)
    return before


def of_id(connection: Connection, rule_id: RuleId, *, guild_id: GuildId) -> Rule | None:
    """One rule, if it is this guild's."""
    return next(iter(_rules(connection, (rule.c.id == rule_id) & (rule.c.guild_id == guild_id))), None)


def of_guild(connection: Connection, guild_id: GuildId) -> list[Rule]:
    """The guild's rules, oldest first."""
    return _rules(connection, rule.c.guild_id == guild_id)


def of_guilds(connection: Connection, guild_ids: Collection[GuildId]) -> dict[GuildId, list[Rule]]:
    """The rules of each of these guilds that has any."""
    found: dict[GuildId, list[Rule]] = {}
    for some in in_portions(guild_ids):
        for each in _rules(connection, rule.c.guild_id.in_(some)):
            found.setdefault(each.guild_id, []).append(each)
    return found


def stamps(connection: Connection) -> dict[GuildId, Stamp]:
    """Of every guild that has rules."""
    query = select(
        rule.c.guild_id, func.count().label("count"), func.sum(rule.c.id).label("ids"), func.sum(rule.c.changed_at_ms).label("at")
    ).group_by(rule.c.guild_id)
    return {GuildId(row.guild_id): Stamp(int(row[1]), int(row.ids), int(row.at)) for row in connection.execute(query)}


# --- To try rules out --------------------------------------------------------------------------------------------------------


class Stretch(NamedTuple):
    """A creator whom a guild watched, and from when to when (ms)."""

    creator_id: CreatorId
    from_ms: int
    to_ms: int


def watched(connection: Connection, guild_id: GuildId, *, since_ms: int, now_ms: int) -> list[Stretch]:
    """What the guild's watches saw since then. Stretches of one creator may overlap."""
    query = select(watch.c.creator_id, watch.c.created_at_ms, watch.c.ended_at_ms).where(watch.c.guild_id == guild_id)
    found = [
        Stretch(
            CreatorId(row.creator_id), max(since_ms, row.created_at_ms), now_ms if row.ended_at_ms is None else row.ended_at_ms
        )
        for row in connection.execute(query)
    ]
    return [each for each in found if each.from_ms <= each.to_ms]


def recent(connection: Connection, seen: Sequence[Stretch], *, most: int) -> tuple[list[CommentRow], bool]:
    """Comments that were received then, in the order of receipt, and whether there may be more.

    Of each creator the newest: at most `most` of all together, each having an equal share.
    """
    creators = {each.creator_id for each in seen}
    share = most // max(1, len(creators))
    rows: list[CommentRow] = []
    is_cut = False
    for creator_id in creators:
        mine = [each for each in seen if each.creator_id == creator_id]
        earliest = min(each.from_ms for each in mine)
        newest = select(comment).where(comment.c.creator_id == creator_id).order_by(comment.c.seq.desc()).limit(share)
        found = [_row(row) for row in connection.execute(newest)]
        is_cut |= len(found) == share and bool(found) and found[-1].received_at_ms >= earliest
        rows += [row for row in found if any(each.from_ms <= row.received_at_ms <= each.to_ms for each in mine)]
    return sorted(rows, key=lambda row: (row.received_at_ms, row.creator_id, row.seq)), is_cut


def handles(
    connection: Connection, creator_ids: Collection[CreatorId], viewer_ids: Collection[ViewerId], *, guild_id: GuildId
) -> Mapping[ViewerId, Handle]:
    """The last handle of each of these viewers that the guild saw in those creators' LIVEs."""
    found: dict[ViewerId, Handle] = {}
    for some in in_portions(viewer_ids):
        named = select(viewer.c.viewer_id, viewer.c.handle).where(
            viewer.c.viewer_id.in_(some), viewer.c.creator_id.in_(creator_ids), viewer.c.handle != "", SEEN
        )
        for row in connection.execute(named.order_by(viewer.c.last_seen_at_ms), {"guild_id": guild_id}):
            found[ViewerId(row.viewer_id)] = Handle(row.handle)
    return found


def creator_handles(connection: Connection, which: Collection[CreatorId]) -> Mapping[CreatorId, Handle]:
    """What these creators are called now."""
    query = select(creator.c.id, creator.c.handle)
    found = [row for some in in_portions(which) for row in connection.execute(query.where(creator.c.id.in_(some)))]
    return {CreatorId(row.id): Handle(row.handle) for row in found}


# --- What they share ---------------------------------------------------------------------------------------------------------


def _change(connection: Connection, before: Rule, values: Mapping[str, object], *, by: DiscordUserId, now_ms: int) -> Rule:
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    connection.execute(update(rule).where(rule.c.id == before.id).values({**values, "changed_at_ms": now_ms}))
    after = _rules(connection, rule.c.id == before.id)[0]
    _audit(connection, "rule.changed", before, after, by=by, now_ms=now_ms)
    return after


def _audit(
    connection: Connection, action: str, before: Rule | None, after: Rule | None, *, by: DiscordUserId, now_ms: int
) -> None:
    guild_id = (after or before).guild_id  # type: ignore[union-attr]  # one of them is there
    seen = [None if each is None else _as_audited(each) for each in (before, after)]
    audit.record(connection, guild_id=guild_id, by=by, action=action, before=seen[0], after=seen[1], now_ms=now_ms)


def _as_audited(each: Rule) -> Mapping[str, object]:
    # Whom an entry is about would stand here longer than the entry: only what it looks for in words is written down.
    pattern = {} if each.kind is RuleKind.USER else {"pattern": each.pattern}
    return {
        "rule_id": each.id,
        "creator_id": each.creator_id,
        "kind": str(each.kind),
        **pattern,
        "action": str(each.action),
        "cooldown_s": each.cooldown_s,
        "is_enabled": each.is_enabled,
    }


_KNOWN = rule.c.kind.in_([str(each) for each in RuleKind]) & rule.c.action.in_([str(each) for each in RuleAction])
"""What a newer version wrote is left alone."""


def _rules(connection: Connection, which: ColumnElement[bool]) -> list[Rule]:
    return [
        Rule(
            id=RuleId(row.id),
            guild_id=GuildId(row.guild_id),
            kind=RuleKind(row.kind),
            pattern=row.pattern,
            action=RuleAction(row.action),
            creator_id=None if row.creator_id is None else CreatorId(row.creator_id),
            cooldown_s=row.cooldown_s,
            is_enabled=row.is_enabled,
        )
        for row in connection.execute(select(rule).where(which, _KNOWN).order_by(rule.c.id))
    ]


def _row(row: Row[tuple[object, ...]]) -> CommentRow:
    return CommentRow(
        creator_id=CreatorId(row.creator_id),
        seq=row.seq,
        room_id=RoomId(row.room_id),
        message_id=MessageId(row.message_id),
        viewer_id=ViewerId(row.viewer_id),
        text=row.text,
        created_at_ms=row.created_at_ms,
        received_at_ms=row.received_at_ms,
        message_uuid=row.message_uuid,
        removed_at_ms=row.removed_at_ms,
    )
