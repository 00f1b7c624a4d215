"""Viewers: whom we met under which handles, what they gave, and what a guild may be told of them.

A guild sees what its watches saw: events of a creator that were received while a watch of its own stood, paused or not. `_saw`
is that rule, in every statement that reads for a guild. What others' watches saw of the same person does not exist for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Case,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.case import CaseKind, CaseState
from bot.model.ids import CreatorId, DiscordMessageId, DiscordUserId, GuildId, PostId, WatchId
from bot.model.viewer import (
    CaseAbout,
    Gifts,
    Giving,
    LiveVisit,
    Name,
    Note,
    NoteId,
    PostedLine,
    Profile,
    Said,
    Sighting,
)
from bot.storage import audit, driver
from bot.storage.tables import case as cases
from bot.storage.tables import comment, creator, post, post_line, viewer, viewer_gifts, viewer_note, watch

MOST_NOTES = 25
"""Of one guild about one viewer."""

MOST_CASES = 200
"""Of one guild about one viewer, the newest."""

T = TypeVar("T")

# --- What the keeper writes --------------------------------------------------------------------------------------------------


def see(connection: Connection, sightings: Sequence[Sighting]) -> None:
    """Remember whom we met. Told twice, or in another order, it comes to the same."""
    driver.insert_many(connection, _SEE, [_sighting_of(each) for each in sightings])


def count_gifts(connection: Connection, givings: Sequence[Giving]) -> None:
    """Count gifts, in the order of the log. What is at or before a tally's position is in it already."""
    driver.insert_many(connection, _COUNT_GIFTS, [(*_giving_of(each), each.at_ms) for each in givings])


def fold(connection: Connection, *, creator_id: CreatorId, through_seq: int) -> None:
    """A creator's comments up to this position are about to be deleted: how many there were stays, in the same transaction."""
    connection.execute(_upsert_counts(connection.dialect.name), {"of_creator": creator_id, "through": through_seq})


_SIGHTING = tuple(field.name for field in fields(Sighting))
_sighting_of = attrgetter(*_SIGHTING)
_SEE = f"""{driver.insert_into(viewer, _SIGHTING)} VALUES {{rows}}
ON CONFLICT (viewer_id, creator_id, handle) DO UPDATE SET
  nickname = CASE WHEN excluded.last_seen_at_ms >= viewer.last_seen_at_ms AND excluded.nickname <> ''
    THEN excluded.nickname ELSE viewer.nickname END,
  first_seen_at_ms = CASE WHEN excluded.first_seen_at_ms < viewer.first_seen_at_ms
    THEN excluded.first_seen_at_ms ELSE viewer.first_seen_at_ms END,
  last_seen_at_ms = CASE WHEN excluded.last_seen_at_ms > viewer.last_seen_at_ms
    THEN excluded.last_seen_at_ms ELSE viewer.last_seen_at_ms END"""

_GIVING = ("creator_id", "viewer_id", "room_id", "through_seq", "gifts", "diamonds", "first_at_ms", "last_at_ms")
_giving_of = attrgetter("creator_id", "viewer_id", "room_id", "through_seq", "gifts", "diamonds", "at_ms")
_COUNT_GIFTS = f"""{driver.insert_into(viewer_gifts, _GIVING)} VALUES {{rows}}
ON CONFLICT (creator_id, viewer_id, room_id) DO UPDATE SET
  through_seq = excluded.through_seq,
  gifts = viewer_gifts.gifts + excluded.gifts,
  diamonds = viewer_gifts.diamonds + excluded.diamonds,
  first_at_ms = CASE WHEN excluded.first_at_ms < viewer_gifts.first_at_ms
    THEN excluded.first_at_ms ELSE viewer_gifts.first_at_ms END,
  last_at_ms = CASE WHEN excluded.last_at_ms > viewer_gifts.last_at_ms
    THEN excluded.last_at_ms ELSE viewer_gifts.last_at_ms END
WHERE viewer_gifts.through_seq < excluded.through_seq"""


@cache
def _upsert_counts(dialect: str) -> Insert:
    doomed = (
        select(
            comment.c.creator_id,
            comment.c.viewer_id,
            comment.c.room_id,
            # No gift is counted by this, so gifts of any position still are.
            literal(0),
            literal(0),
            literal(0),
            func.min(comment.c.received_at_ms),
            func.max(comment.c.received_at_ms),
            func.count(),
            func.count(comment.c.removed_at_ms),
            func.max(comment.c.removed_at_ms),
        )
        .where(
            comment.c.creator_id == bindparam("of_creator", type_=BigInteger()),
            comment.c.seq <= bindparam("through", type_=BigInteger()),
            comment.c.viewer_id != "",
        )
        .group_by(comment.c.creator_id, comment.c.viewer_id, comment.c.room_id)
    )
    statement = _insert(dialect, viewer_gifts)
    told, kept = statement.excluded, viewer_gifts.c
    first, last = _least(told.first_at_ms, kept.first_at_ms), _greatest(told.last_at_ms, kept.last_at_ms)
    columns = (*viewer_gifts.primary_key.columns, kept.through_seq, kept.gifts, kept.diamonds, kept.first_at_ms, kept.last_at_ms)
    counted = (kept.comments, kept.removed, kept.removed_at_ms)
    return statement.from_select([*columns, *counted], doomed).on_conflict_do_update(
        index_elements=list(viewer_gifts.primary_key.columns),
        set_={
            "first_at_ms": first,
            "last_at_ms": last,
            "comments": kept.comments + told.comments,
            "removed": kept.removed + told.removed,
            # Retention goes from old to new, so a removal that it meets is the newest so far.
            "removed_at_ms": func.coalesce(told.removed_at_ms, kept.removed_at_ms),
        },
    )


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Both engines say ON CONFLICT in the same words, but SQLAlchemy has one class for each."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _least(one: ColumnElement[T], other: ColumnElement[T]) -> Case[T]:
    """SQLite calls it MIN, PostgreSQL LEAST."""
    return case((one < other, one), else_=other)


def _greatest(one: ColumnElement[T], other: ColumnElement[T]) -> Case[T]:
    return case((one > other, one), else_=other)


# --- What a guild may read ---------------------------------------------------------------------------------------------------
# The statements are built once: to build one takes longer than to run it for somebody who wrote little.

_GUILD = bindparam("guild_id", type_=BigInteger())
_VIEWER = bindparam("viewer_id", type_=Text())


def _saw(creator_id: ColumnElement[int], *instants: ColumnElement[int]) -> ColumnElement[bool]:
    """One watch of the guild stood at all of these instants."""
    ended = watch.c.ended_at_ms
    stood = [(watch.c.created_at_ms <= at) & (ended.is_(None) | (at <= ended)) for at in instants]
    return select(literal(1)).where(watch.c.guild_id == _GUILD, watch.c.creator_id == creator_id, *stood).exists()


_WATCHED = select(watch.c.creator_id).where(watch.c.guild_id == _GUILD)
"""Creators whom the guild watches, or watched: which parts of an index are worth a look."""

_NAMES = select(
    viewer,
    _saw(viewer.c.creator_id, viewer.c.first_seen_at_ms).label("saw_first"),
    _saw(viewer.c.creator_id, viewer.c.last_seen_at_ms).label("saw_last"),
).where(viewer.c.viewer_id == _VIEWER)

SEEN = viewer.c.creator_id.in_(_WATCHED) & or_(
    _saw(viewer.c.creator_id, viewer.c.first_seen_at_ms), _saw(viewer.c.creator_id, viewer.c.last_seen_at_ms)
)
"""The guild saw this row of `viewer`. A statement with it takes `guild_id`."""

_OF_HANDLE = (
    select(viewer.c.viewer_id)
    .where(SEEN, viewer.c.handle == bindparam("handle", type_=Text()))
    .group_by(viewer.c.viewer_id)
    .order_by(func.max(viewer.c.last_seen_at_ms).desc())
    .limit(bindparam("most", type_=Integer()))
)
# LIKE would not use the index: it does not tell upper case from lower case.
_HANDLES = (
    select(viewer.c.handle)
    .where(
        SEEN,
        viewer.c.handle >= bindparam("start", type_=Text()),
        viewer.c.handle < bindparam("end", type_=Text()),
        viewer.c.handle != "",
    )
    .limit(bindparam("most", type_=Integer()))
)

_WRITTEN = (
    comment.c.creator_id.in_(_WATCHED) & (comment.c.viewer_id == _VIEWER) & _saw(comment.c.creator_id, comment.c.received_at_ms)
)
_LIVES = (
    select(
        comment.c.creator_id,
        comment.c.room_id,
        func.count().label("comments"),
        func.count(comment.c.removed_at_ms).label("removed"),
        func.min(comment.c.seq).label("first_seq"),
        func.max(comment.c.seq).label("last_seq"),
        func.min(comment.c.received_at_ms).label("first_at_ms"),
        func.max(comment.c.received_at_ms).label("last_at_ms"),
        func.max(comment.c.removed_at_ms).label("removed_at_ms"),
    )
    .where(_WRITTEN)
    .group_by(comment.c.creator_id, comment.c.room_id)
)
_COMMENTS = (
    select(creator.c.handle, comment.c.text, comment.c.received_at_ms, comment.c.removed_at_ms)
    .join(creator, creator.c.id == comment.c.creator_id)
    .where(
        comment.c.creator_id == bindparam("of_creator", type_=BigInteger()),
        comment.c.viewer_id == _VIEWER,
        comment.c.received_at_ms >= bindparam("since_ms", type_=BigInteger()),
        _saw(comment.c.creator_id, comment.c.received_at_ms),
    )
    # Of one creator, and in the index's own order: only the page is read, however much somebody wrote.
    .order_by(comment.c.seq.desc())
    .limit(bindparam("most", type_=Integer()))
)

_told = viewer_gifts.c
_TALLIES = select(
    _told.creator_id,
    _told.room_id,
    _told.gifts,
    _told.diamonds,
    _told.comments,
    _told.removed,
    _told.first_at_ms,
    _told.last_at_ms,
    _told.removed_at_ms,
).where(
    _told.creator_id.in_(_WATCHED),
    _told.viewer_id == _VIEWER,
    # A tally cannot be divided: one that began before the watch, or went on after it, is not the guild's.
    _saw(_told.creator_id, _told.first_at_ms, _told.last_at_ms),
)

# By id, which goes as the numbers do: by number, SQLite would rather walk through all cases of the guild.
_CASES = (
    select(cases.c.number, cases.c.kind, cases.c.state, cases.c.opened_at_ms)
    .where(cases.c.guild_id == _GUILD, cases.c.viewer_id == _VIEWER)
    .order_by(cases.c.id.desc())
    .limit(MOST_CASES)
)
_NOTED = (viewer_note.c.guild_id == _GUILD) & (viewer_note.c.viewer_id == _VIEWER)
_NOTES = select(viewer_note).where(_NOTED).order_by(viewer_note.c.id.desc())

_LINES = (
    select(*post_line.columns, post.c.watch_id, watch.c.creator_id)
    .join(post, post.c.id == post_line.c.post_id)
    .join(watch, watch.c.id == post.c.watch_id)
    .where(watch.c.guild_id == _GUILD, post.c.id == bindparam("post_id", type_=BigInteger()))
    .order_by(post_line.c.number, post_line.c.source)
)


def profile(connection: Connection, *, guild_id: GuildId, viewer_id: ViewerId) -> Profile:
    """All of somebody that this guild may know; false if it never saw them."""
    who = {"guild_id": guild_id, "viewer_id": viewer_id}
    tallies = connection.execute(_TALLIES, who).all()
    visits = [LiveVisit(*row) for row in connection.execute(_LIVES, who)]
    return Profile(
        viewer_id=viewer_id,
        names=tuple(_names(connection.execute(_NAMES, who))),
        lives=tuple(_lives(visits, tallies)),
        gifts=Gifts(
            sum(each.gifts for each in tallies),
            sum(each.diamonds for each in tallies),
            min((each.first_at_ms for each in tallies), default=None),
        ),
        cases=tuple(
            CaseAbout(number, CaseKind(kind), CaseState(state), opened_at_ms)
            for number, kind, state, opened_at_ms in connection.execute(_CASES, who)
        ),
        notes=tuple(notes(connection, guild_id=guild_id, viewer_id=viewer_id)),
    )


def look_up(
    connection: Connection, *, guild_id: GuildId, viewer_id: ViewerId, since_ms: int, skip: int, most: int
) -> tuple[Profile, list[Said]]:
    """The profile and a page of comments, as of one moment: the newest first, none that was received before `since_ms`."""
    found = profile(connection, guild_id=guild_id, viewer_id=viewer_id)
    wanted = {"guild_id": guild_id, "viewer_id": viewer_id, "since_ms": since_ms, "most": skip + most}
    said = [
        Said(Handle(handle), text, at_ms, removed_at_ms is not None)
        for creator_id in {live.creator_id for live in found.lives if live.last_seq}
        for handle, text, at_ms, removed_at_ms in connection.execute(_COMMENTS, {**wanted, "of_creator": creator_id})
    ]
    return found, sorted(said, key=lambda each: each.at_ms, reverse=True)[skip : skip + most]


def of_handle(connection: Connection, *, guild_id: GuildId, handle: Handle, most: int = 5) -> list[ViewerId]:
    """Whom the guild saw under this handle, the last first: a handle can be given up, and taken by somebody else."""
    found = connection.execute(_OF_HANDLE, {"guild_id": guild_id, "handle": handle, "most": most})
    return [ViewerId(each) for each in found.scalars()]


def handles(connection: Connection, *, guild_id: GuildId, start: str, most: int = 25) -> list[Handle]:
    """Handles that the guild saw and that begin so, in the order of the alphabet."""
    wanted = {"guild_id": guild_id, "start": start, "end": start + "\U0010ffff", "most": 4 * most}
    return [Handle(each) for each in sorted(set(connection.execute(_HANDLES, wanted).scalars()))[:most]]


def notes(connection: Connection, *, guild_id: GuildId, viewer_id: ViewerId) -> list[Note]:
    """What this guild's moderators wrote about somebody, the newest first."""
    found = connection.execute(_NOTES, {"guild_id": guild_id, "viewer_id": viewer_id})
    return [Note(NoteId(row.id), row.at_ms, DiscordUserId(row.by), row.text) for row in found]


def post_of(connection: Connection, *, guild_id: GuildId, message_id: DiscordMessageId) -> PostId | None:
    """This guild's post that stands in this message; None for every other message."""
    joined = select(post.c.id).join(watch, watch.c.id == post.c.watch_id)
    return connection.execute(joined.where(post.c.message_id == message_id, watch.c.guild_id == guild_id)).scalar()


def lines(connection: Connection, *, guild_id: GuildId, post_id: PostId) -> list[PostedLine]:
    """The lines of a post of this guild, each with all of its sources; our own notes between them are none."""
    return [
        PostedLine(
            watch_id=WatchId(row.watch_id),
            creator_id=CreatorId(row.creator_id),
            post_id=PostId(row.post_id),
            number=row.number,
            source=row.source,
            seq=row.seq,
            room_id=RoomId(row.room_id),
            viewer_id=ViewerId(row.viewer_id if row.message_id else ""),
            text=row.rendered,
            is_struck=row.struck,
        )
        for row in connection.execute(_LINES, {"guild_id": guild_id, "post_id": post_id})
        if row.viewer_id or not row.rendered.startswith("-# ")
    ]


def _lives(visits: Iterable[LiveVisit], tallies: Iterable[Row[*tuple[Any, ...]]]) -> list[LiveVisit]:
    """What is still kept of each LIVE, and what retention only left the number of; the latest first."""
    found = {(visit.creator_id, visit.room_id): visit for visit in visits}
    for row in tallies:
        if row.comments:
            key = (CreatorId(row.creator_id), RoomId(row.room_id))
            first, last, at_ms = row.first_at_ms, row.last_at_ms, row.removed_at_ms
            kept = found.get(key, LiveVisit(*key, 0, 0, 0, 0, first, last, at_ms))
            found[key] = replace(
                kept,
                comments=kept.comments + row.comments,
                removed=kept.removed + row.removed,
                first_at_ms=min(kept.first_at_ms, first),
                last_at_ms=max(kept.last_at_ms, last),
                removed_at_ms=max(filter(None, (kept.removed_at_ms, at_ms)), default=None),
            )
    return sorted(found.values(), key=lambda visit: visit.last_at_ms, reverse=True)


def _names(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Name]:
    """The same handle with several creators is one; of an end of its time that the guild did not see, nothing is told."""
    found: dict[str, Name] = {}
    for row in sorted(rows, key=lambda each: each.last_seen_at_ms):
        if not (row.saw_first or row.saw_last):
            continue
        first = row.first_seen_at_ms if row.saw_first else row.last_seen_at_ms
        last = row.last_seen_at_ms if row.saw_last else row.first_seen_at_ms
        before = found.get(row.handle, Name(Handle(row.handle), "", first, last))
        nickname = row.nickname if row.saw_last and row.nickname else before.nickname
        first, last = min(first, before.first_seen_at_ms), max(last, before.last_seen_at_ms)
        found[row.handle] = Name(before.handle, nickname, first, last)
    return sorted(found.values(), key=lambda name: name.last_seen_at_ms, reverse=True)


# --- What moderators write ---------------------------------------------------------------------------------------------------


def add_note(
    connection: Connection, *, guild_id: GuildId, viewer_id: ViewerId, by: DiscordUserId, text: str, now_ms: int
) -> Note | None:
    """A note of this guild about somebody; None when there are as many as there may be."""
    count = select(func.count()).select_from(viewer_note).where(_NOTED)
    many = connection.execute(count, {"guild_id": guild_id, "viewer_id": viewer_id}).scalar_one()
    if many >= MOST_NOTES:
        return None
    made = insert(viewer_note).values(guild_id=guild_id, viewer_id=viewer_id, at_ms=now_ms, by=by, text=text)
    note_id = connection.execute(made.returning(viewer_note.c.id)).scalar_one()
    # Neither text nor viewer: what is erased there must not stay here.
    said = {"note_id": note_id}
    audit.record(connection, guild_id=guild_id, by=by, action="note.added", before=None, after=said, now_ms=now_ms)
    return Note(NoteId(note_id), now_ms, by, text)


def delete_note(connection: Connection, note_id: NoteId, *, guild_id: GuildId, by: DiscordUserId, now_ms: int) -> bool:
    """Delete a note of this guild that this person wrote; whether there was one."""
    mine = (viewer_note.c.guild_id == guild_id) & (viewer_note.c.by == by)
    if connection.execute(delete(viewer_note).where(viewer_note.c.id == note_id, mine)).rowcount == 0:
        return False
    said = {"note_id": note_id}
    audit.record(connection, guild_id=guild_id, by=by, action="note.deleted", before=said, after=None, now_ms=now_ms)
    return True
