"""Cases: each guild's own, numbered from 1 without holes, with everything that was done to them.

Each function that reads or changes one takes the guild: what is another guild's does not exist for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from bot.events.base import User
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.alert import Seen
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.model.comment import CommentRow
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordMessageId, DiscordUserId, GuildId, WatchId
from bot.storage import cursors
from bot.storage.instants import from_ms, to_ms
from bot.storage.portions import in_portions
from bot.storage.tables import card as cards
from bot.storage.tables import case, case_step, comment, creator, guild, post, post_line, viewer, watch
from bot.storage.viewers import SEEN

MOST_ROWS = 5_000
"""Comments of one viewer in one LIVE that a removal is compared with, the newest."""

MOST_RESUMED = 1_000
MOST_OVERDUE = 200
MOST_STEPS = 200

# --- One case --------------------------------------------------------------------------------------------------------------


def open_(connection: Connection, draft: Case, *, by: DiscordUserId) -> tuple[Case, bool]:
    """The guild's case of this key, and whether it is new.

    Numbers have no holes and never come again, whatever retention took: the guild counts them.
    """
    known = _one(connection, (case.c.guild_id == draft.guild_id) & (case.c.key == draft.key))
    if known is not None:
        return known, False
    counted = update(guild).where(guild.c.id == draft.guild_id).values(cases=guild.c.cases + 1)
    number = connection.execute(counted.returning(guild.c.cases)).scalar_one()
    row = {**_facts(draft), **_progress(draft), "guild_id": draft.guild_id, "number": number, "key": draft.key}
    row |= {"kind": str(draft.kind), "creator_id": draft.creator_id, "room_id": draft.room_id}
    row |= {"opened_at_ms": to_ms(draft.opened_at)}
    case_id = CaseId(connection.execute(insert(case).values(row).returning(case.c.id)).scalar_one())
    made = replace(draft, id=case_id, number=number)
    step(connection, made, CaseStep(draft.opened_at, by, "opened"))
    return made, True


def of_id(connection: Connection, *, guild_id: GuildId, case_id: CaseId) -> Case | None:
    """One case of this guild."""
    return _one(connection, (case.c.guild_id == guild_id) & (case.c.id == case_id))


def of_number(connection: Connection, *, guild_id: GuildId, number: int) -> Case | None:
    """The same by its number."""
    return _one(connection, (case.c.guild_id == guild_id) & (case.c.number == number))


def learn(connection: Connection, after: Case) -> None:
    """What the case is about is known better now. Where it stands is left alone."""
    connection.execute(update(case).where(case.c.id == after.id).values(_facts(after)))


def put(connection: Connection, after: Case, done: CaseStep) -> None:
    """The case stands so now, because of this step."""
    connection.execute(update(case).where(case.c.id == after.id).values(_progress(after)))
    step(connection, after, done)


def step(connection: Connection, about: Case, done: CaseStep) -> None:
    """Write down what somebody did."""
    row = {
        "case_id": about.id,
        "at_ms": to_ms(done.at),
        "actor_id": done.actor_id,
        "action": done.action,
        "note": done.note,
    }
    connection.execute(insert(case_step).values(row))


def steps(connection: Connection, about: Case) -> list[CaseStep]:
    """What was done to it, the newest `MOST_STEPS`, oldest first."""
    found = select(case_step).where(case_step.c.case_id == about.id).order_by(case_step.c.id.desc()).limit(MOST_STEPS)
    done = [CaseStep(from_ms(row.at_ms), DiscordUserId(row.actor_id), row.action, row.note) for row in connection.execute(found)]
    return done[::-1]


# --- Many ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases. What is None filters nothing; no states: all."""

    states: tuple[CaseState, ...] = ()
    creator_id: CreatorId | None = None
    viewer_id: ViewerId | None = None
    owner_id: DiscordUserId | None = None


def listed(connection: Connection, *, guild_id: GuildId, which: Filter, skip: int, most: int) -> tuple[list[Case], int]:
    """A page of the guild's cases, the newest first, and how many there are. They come without their facts."""
    mine = case.c.guild_id == guild_id
    if which.states:
        mine &= case.c.state.in_([str(each) for each in which.states])
    for column, wanted in (
        (case.c.creator_id, which.creator_id),
        (case.c.viewer_id, which.viewer_id),
        (case.c.owner_id, which.owner_id),
    ):
        if wanted is not None:
            mine &= column == wanted
    count = connection.execute(select(func.count()).select_from(case).where(mine)).scalar_one()
    light = [column for column in case.columns if column is not case.c.facts]
    rows = connection.execute(select(*light).where(mine).order_by(case.c.number.desc()).offset(skip).limit(most))
    return [_case(row, facts="") for row in rows], count


def viewers_called(connection: Connection, *, guild_id: GuildId, handle: str) -> list[ViewerId]:
    """Whom the guild's cases call so, or whose id it is; the newest first."""
    is_meant = or_(case.c.viewer_handle == handle, case.c.viewer_id == handle)
    found = (
        select(case.c.viewer_id).where(case.c.guild_id == guild_id, is_meant, case.c.viewer_id != "").order_by(case.c.id.desc())
    )
    return [ViewerId(each) for each in dict.fromkeys(connection.execute(found.limit(100)).scalars())]


def creators_of(connection: Connection, *, guild_id: GuildId) -> list[tuple[CreatorId, Handle]]:
    """Creators in whose LIVEs the guild has cases, by their handles now."""
    mine = select(case.c.creator_id).where(case.c.guild_id == guild_id).distinct()
    found = select(creator.c.id, creator.c.handle).where(creator.c.id.in_(mine)).order_by(creator.c.handle)
    return [(CreatorId(row.id), Handle(row.handle)) for row in connection.execute(found)]


def newest(connection: Connection, creator_id: CreatorId) -> list[Case]:
    """The last removals in a creator's LIVEs, of all guilds, oldest first: what may still grow after a restart."""
    mine = (case.c.creator_id == creator_id) & (case.c.kind == str(CaseKind.REMOVAL))
    found = select(case).where(mine).order_by(case.c.id.desc()).limit(MOST_RESUMED)
    return [_case(row, facts=row.facts) for row in connection.execute(found)][::-1]


def waiting_since(connection: Connection) -> dict[GuildId, int]:
    """Since when (ms) the oldest case of each guild waits that nobody has, and of which nobody was pinged yet."""
    since = func.coalesce(case.c.claimed_at_ms, case.c.opened_at_ms)
    waits = (case.c.state == str(CaseState.OPEN)) & case.c.escalated_at_ms.is_(None)
    found = select(case.c.guild_id, func.min(since).label("since_ms")).where(waits).group_by(case.c.guild_id)
    return {GuildId(row.guild_id): row.since_ms for row in connection.execute(found)}


def overdue(connection: Connection, *, guild_id: GuildId, before_ms: int) -> list[Case]:
    """Open cases that nobody has had since before then, and of which nobody was pinged yet; the oldest first."""
    since = func.coalesce(case.c.claimed_at_ms, case.c.opened_at_ms)
    waits = (case.c.state == str(CaseState.OPEN)) & case.c.escalated_at_ms.is_(None) & (since <= before_ms)
    found = select(case).where(case.c.guild_id == guild_id, waits).order_by(case.c.number).limit(MOST_OVERDUE)
    return [_case(row, facts=row.facts) for row in connection.execute(found)]


# --- What a removal is about -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What the comment table knows of a deletion. `kept_seq`: everything up to there has been kept. Rows have no text."""

    kept_seq: int
    rows: tuple[CommentRow, ...]
    people: Mapping[ViewerId, Seen]


def known(
    connection: Connection,
    *,
    consumer: str,
    creator_id: CreatorId,
    room_id: RoomId,
    message_ids: Collection[str],
    viewer_ids: Collection[str],
) -> Known:
    """All that a deletion may be about, in one read. `consumer` is who keeps comments.

    The cursor first: what is kept after this look has a seq behind it.
    """
    kept_seq = cursors.get(connection, consumer, creator_id) or 0
    mine = (comment.c.creator_id == creator_id) & (comment.c.room_id == room_id)
    light = [column for column in comment.columns if column is not comment.c.text]
    rows: dict[int, CommentRow] = {}
    for column, ids in (
        (comment.c.viewer_id, viewer_ids),
        (comment.c.message_id, message_ids),
        (comment.c.message_uuid, message_ids),
    ):
        for some in in_portions(ids):
            found = select(*light).where(mine, column.in_(some)).order_by(comment.c.seq.desc()).limit(MOST_ROWS)
            rows |= {row.seq: _row(row, text="") for row in connection.execute(found)}
    return Known(kept_seq, tuple(rows[seq] for seq in sorted(rows)), _people(connection, creator_id, rows.values(), viewer_ids))


def not_seen(
    connection: Connection,
    *,
    guild_id: GuildId,
    creator_id: CreatorId,
    viewer_id: ViewerId,
    through_seq: int,
    received: Mapping[int, int],
) -> set[int]:
    """Places of this viewer's comments, up to one, that no watch of the guild stood for: they are not its to count.

    `received`: of comments that may not be kept yet, when (ms) they were received.
    """
    stood = _stood(connection, guild_id, creator_id)
    mine = (comment.c.creator_id == creator_id) & (comment.c.viewer_id == viewer_id) & (comment.c.seq <= through_seq)
    first_ms = min((begin for begin, _ in stood), default=_FOR_EVER)
    # Almost always one watch stood all the time: then nothing but what was before it is looked at.
    old = mine if len(stood) > 1 else mine & (comment.c.received_at_ms < first_ms)
    kept = {row.seq: row.received_at_ms for row in connection.execute(select(comment.c.seq, comment.c.received_at_ms).where(old))}
    return {seq for seq, at_ms in (kept | dict(received)).items() if not _is_in(at_ms, stood)}


def place_of(
    connection: Connection, *, guild_id: GuildId, room_id: RoomId, viewer_id: ViewerId, seqs: tuple[int, int]
) -> tuple[WatchId, ChannelId, DiscordMessageId] | None:
    """Where this guild's oldest post of one of these lines stands."""
    found = (
        select(post.c.watch_id, post.c.channel_id, post.c.message_id)
        .join(post_line, post_line.c.post_id == post.c.id)
        .join(watch, watch.c.id == post.c.watch_id)
        .where(watch.c.guild_id == guild_id)
        .where(post_line.c.room_id == room_id, post_line.c.viewer_id == viewer_id, post_line.c.seq.between(*seqs))
        .where(post_line.c.message_id != "")
        .order_by(post_line.c.seq, post.c.id)
        .limit(1)
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else (WatchId(row.watch_id), ChannelId(row.channel_id), DiscordMessageId(row.message_id))


def handle_of(connection: Connection, creator_id: CreatorId) -> Handle:
    """The creator's handle now."""
    return Handle(connection.execute(select(creator.c.handle).where(creator.c.id == creator_id)).scalar() or "")


def message_of(connection: Connection, key: str) -> tuple[ChannelId, DiscordMessageId] | None:
    """Where a card stands."""
    row = connection.execute(select(cards.c.channel_id, cards.c.message_id).where(cards.c.key == key)).one_or_none()
    return None if row is None or row.message_id is None else (ChannelId(row.channel_id), DiscordMessageId(row.message_id))


@dataclass(frozen=True, slots=True)
class Text:
    """A comment as a moderator may read it. `by`: as last seen there by this guild."""

    seq: int
    by: User
    text: str
    received_at_ms: int
    is_removed: bool


def texts(connection: Connection, about: Case, *, seqs: Collection[int] | None, since_ms: int, most: int) -> list[Text]:
    """The comments that a case is about, as far as they are kept and this guild saw them.

    `seqs`: exactly these; None: all of the viewer's between the case's first and last.
    """
    mine = (comment.c.creator_id == about.creator_id) & (comment.c.viewer_id == about.viewer_id)
    if seqs is None:
        chosen = [mine & (comment.c.room_id == about.room_id) & comment.c.seq.between(about.first_seq, about.last_seq)]
    else:
        chosen = [mine & comment.c.seq.in_(some) for some in in_portions(seqs)]
    found = [each for which in chosen for each in _texts(connection, about, which, since_ms, comment.c.seq, most)]
    return sorted(found, key=lambda each: each.seq)[:most]


def around(connection: Connection, about: Case, seq: int, *, since_ms: int, most: int) -> tuple[list[Text], list[Text]]:
    """Up to `most` comments of anybody in the same LIVE just before this one, and just after it."""
    mine = (comment.c.creator_id == about.creator_id) & (comment.c.room_id == about.room_id)
    before = _texts(connection, about, mine & (comment.c.seq < seq), since_ms, comment.c.seq.desc(), most)
    after = _texts(connection, about, mine & (comment.c.seq > seq), since_ms, comment.c.seq, most)
    return before[::-1], after


def _texts(
    connection: Connection,
    about: Case,
    which: ColumnElement[bool],
    since_ms: int,
    order: ColumnElement[int],
    most: int,
) -> list[Text]:
    stood = _stood(connection, about.guild_id, about.creator_id)
    saw = or_(*(comment.c.received_at_ms.between(begin, end) for begin, end in stood)) if stood else comment.c.seq < 0
    rows = list(
        connection.execute(select(comment).where(which, saw, comment.c.received_at_ms >= since_ms).order_by(order).limit(most))
    )
    names = named(connection, about.creator_id, {row.viewer_id for row in rows}, guild_id=about.guild_id)
    return [
        Text(
            row.seq,
            _called(ViewerId(row.viewer_id), names),
            row.text,
            row.received_at_ms,
            row.removed_at_ms is not None,
        )
        for row in rows
    ]


def _called(viewer_id: ViewerId, names: Mapping[str, tuple[str, str]]) -> User:
    handle, nickname = names.get(viewer_id, ("", ""))
    return User(viewer_id, Handle(handle), nickname)


_FOR_EVER = 2**62


def _stood(connection: Connection, guild_id: GuildId, creator_id: CreatorId) -> list[tuple[int, int]]:
    """From when to when watches of the guild stood for this creator."""
    mine = (watch.c.guild_id == guild_id) & (watch.c.creator_id == creator_id)
    found = connection.execute(select(watch.c.created_at_ms, watch.c.ended_at_ms).where(mine))
    return [(row.created_at_ms, _FOR_EVER if row.ended_at_ms is None else row.ended_at_ms) for row in found]


def _is_in(at_ms: int, stretches: Sequence[tuple[int, int]]) -> bool:
    return any(begin <= at_ms <= end for begin, end in stretches)


def _people(
    connection: Connection, creator_id: CreatorId, rows: Collection[CommentRow], viewer_ids: Collection[str]
) -> Mapping[ViewerId, Seen]:
    """Each as the comment table's newest row knows them; a name that is newer comes with the log."""
    last: dict[str, int] = {}
    for row in rows:
        last[row.viewer_id] = max(row.seq, last.get(row.viewer_id, 0))
    names = named(connection, creator_id, {*last, *viewer_ids})
    return {
        ViewerId(each): Seen(last.get(each, 0), User(ViewerId(each), Handle(handle), nickname))
        for each, (handle, nickname) in names.items()
    }


def named(
    connection: Connection, creator_id: CreatorId, viewer_ids: Collection[str], *, guild_id: GuildId | None = None
) -> dict[str, tuple[str, str]]:
    """Handle and nickname that each was last seen with in this creator's LIVEs, by this guild or (None) by anybody."""
    names: dict[str, tuple[str, str]] = {}
    for some in in_portions(viewer_ids):
        mine = (viewer.c.creator_id == creator_id) & viewer.c.viewer_id.in_(some)
        if guild_id is not None:
            mine &= SEEN
        found = select(viewer).where(mine).order_by(viewer.c.last_seen_at_ms)
        for row in connection.execute(found, {} if guild_id is None else {"guild_id": guild_id}):
            names[row.viewer_id] = (row.handle, row.nickname)
    return names


def _one(connection: Connection, which: ColumnElement[bool]) -> Case | None:
    row = connection.execute(select(case).where(which)).one_or_none()
    return None if row is None else _case(row, facts=row.facts)


def _facts(about: Case) -> dict[str, object]:
    return {
        "watch_id": about.watch_id,
        "viewer_id": about.viewer_id,
        "viewer_handle": about.viewer_handle,
        "viewer_name": about.viewer_name,
        "first_seq": about.first_seq,
        "last_seq": about.last_seq,
        "comments": about.comments,
        "unseen": about.unseen,
        "facts": about.facts,
    }


def _progress(about: Case) -> dict[str, object]:
    return {
        "state": str(about.state),
        "owner_id": about.owner_id,
        "reveals": about.reveals,
        "claimed_at_ms": to_ms(about.claimed_at),
        "closed_at_ms": to_ms(about.closed_at),
        "escalated_at_ms": to_ms(about.escalated_at),
    }


def _case(row: Row[tuple[object, ...]], *, facts: str) -> Case:
    opened_at: datetime = from_ms(row.opened_at_ms)
    return Case(
        id=CaseId(row.id),
        guild_id=GuildId(row.guild_id),
        number=row.number,
        key=row.key,
        kind=CaseKind(row.kind),
        creator_id=CreatorId(row.creator_id),
        room_id=RoomId(row.room_id),
        viewer_id=ViewerId(row.viewer_id),
        viewer_handle=Handle(row.viewer_handle),
        viewer_name=row.viewer_name,
        opened_at=opened_at,
        state=CaseState(row.state),
        owner_id=None if row.owner_id is None else DiscordUserId(row.owner_id),
        watch_id=None if row.watch_id is None else WatchId(row.watch_id),
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        comments=row.comments,
        unseen=row.unseen,
        reveals=row.reveals,
        claimed_at=from_ms(row.claimed_at_ms),
        closed_at=from_ms(row.closed_at_ms),
        escalated_at=from_ms(row.escalated_at_ms),
        facts=facts,
    )


def _row(row: Row[tuple[object, ...]], *, text: str) -> CommentRow:
    return CommentRow(
        creator_id=CreatorId(row.creator_id),
        seq=row.seq,
        room_id=RoomId(row.room_id),
        message_id=MessageId(row.message_id),
        viewer_id=ViewerId(row.viewer_id),
        text=text,
        created_at_ms=row.created_at_ms,
        received_at_ms=row.received_at_ms,
        message_uuid=row.message_uuid,
        removed_at_ms=row.removed_at_ms,
    )
