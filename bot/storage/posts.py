"""Intents and the ledger: what we are about to post, what we posted where, and what was struck from it since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, delete, insert, select, update

from bot.events.ids import MessageId, RoomId, ViewerId
from bot.model.draft import Intent, LedgerLine, LedgerPost, Line, Urgency, fold_text, joined, sources
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordUserId, GuildId, PostId, WatchId
from bot.model.watch import Style
from bot.storage import audit, cursors, driver, watches
from bot.storage.portions import in_portions
from bot.storage.tables import intent as intents
from bot.storage.tables import intent_line, post, post_line, watch

_SOURCE = ("seq", "room_id", "message_id", "viewer_id", "rendered", "who", "said", "message_uuid", "grows")
"""What both tables keep of each source of a line."""

_INTENT_LINES = f"{driver.insert_into(intent_line, ('intent_id', 'number', 'place', 'urgency', *_SOURCE))} VALUES {{rows}}"
_POST_LINES = f"{driver.insert_into(post_line, ('post_id', 'number', 'source', 'struck', *_SOURCE))} VALUES {{rows}}"


def open_intent(connection: Connection, intent: Intent) -> Intent:
    """Store what is about to be sent; returned with its id."""
    creator_id = intent.creator_id
    if not creator_id:
        creator_id = connection.execute(select(watch.c.creator_id).where(watch.c.id == intent.watch_id)).scalar_one()
    intent_id = connection.execute(
        insert(intents)
        .values(
            watch_id=intent.watch_id,
            creator_id=creator_id,
            channel_id=intent.channel_id,
            first_seq=intent.first_seq,
            through_seq=intent.through_seq,
            content=intent.content,
            nonce=intent.nonce,
            created_at_ms=intent.created_at_ms,
            style=intent.style,
        )
        .returning(intents.c.id)
    ).scalar_one()
    each = [(place, source) for place, line in enumerate(intent.lines) for source in sources(line)]
    rows = [
        (intent_id, number, place, int(source.urgency), *_of_source(source), source.message_uuid, source.grows)
        for number, (place, source) in enumerate(each)
    ]
    driver.insert_many(connection, _INTENT_LINES, rows)
    return replace(intent, id=intent_id)


def pending_intents(connection: Connection) -> list[Intent]:
    """Intents whose outcome nobody wrote down, each watch's in the order of the log: after a crash they are sent again as
    they were. The order of their ids would not do: a refused post is replaced by smaller, newer ones.
    """
    lines: dict[int, dict[int, list[Line]]] = {}
    for row in connection.execute(select(intent_line).order_by(intent_line.c.intent_id, intent_line.c.number)):
        source = Line(
            seq=row.seq,
            text=row.rendered,
            urgency=Urgency(row.urgency),
            room_id=RoomId(row.room_id),
            message_id=MessageId(row.message_id),
            message_uuid=row.message_uuid,
            viewer_id=ViewerId(row.viewer_id),
            who=row.who,
            said=row.said,
            grows=row.grows,
        )
        place = row.number if row.place is None else row.place
        lines.setdefault(row.intent_id, {}).setdefault(place, []).append(source)
    return [
        Intent(
            id=row.id,
            watch_id=WatchId(row.watch_id),
            channel_id=ChannelId(row.channel_id),
            first_seq=row.first_seq,
            through_seq=row.through_seq,
            content=row.content,
            nonce=row.nonce,
            lines=tuple(joined(same) for same in lines.get(row.id, {}).values()),
            created_at_ms=row.created_at_ms,
            creator_id=row.creator_id,
            style=Style(row.style),
        )
        for row in connection.execute(select(intents).order_by(intents.c.watch_id, intents.c.first_seq, intents.c.id))
    ]


def fulfil(connection: Connection, intent: Intent, *, message_id: DiscordMessageId, now_ms: int) -> PostId:
    """The message stands in Discord: ledger, cursor and intent change together. Doing it twice is doing it once."""
    known = _of_message(connection, message_id)
    post_id = known if known is not None else _enter(connection, intent, message_id, now_ms)
    _close(connection, intent)
    return post_id


def is_known(connection: Connection, message_id: DiscordMessageId) -> bool:
    """Whether the ledger holds this message."""
    return _of_message(connection, message_id) is not None


def abandon(connection: Connection, intent: Intent) -> None:
    """Discord will never take it: the intent goes, and the cursor moves on as if it had been posted."""
    _close(connection, intent)


def strike(
    connection: Connection,
    *,
    watch_id: WatchId,
    room_id: RoomId,
    viewer_ids: Collection[str],
    message_ids: Collection[str],
) -> list[LedgerPost]:
    """Strike the watch's lines of these viewers or messages, whose text leaves the ledger; return the changed posts whole.

    A deletion names messages by TikTok's id or by the edge's uuid: each is tried as both. Lines that are struck already
    change nothing.
    """
    standing = select(post_line.c.post_id, post_line.c.number, post_line.c.source).join(post, post.c.id == post_line.c.post_id)
    standing = standing.where(post.c.watch_id == watch_id, post_line.c.struck.is_(False), _in_room(room_id))
    # A deletion takes back comments: whoever was wiped still gave and followed.
    standing = standing.where(post_line.c.message_id != "")
    arms: tuple[tuple[ColumnElement[str], Collection[str]], ...] = (
        (post_line.c.viewer_id, viewer_ids),
        (post_line.c.message_id, message_ids),
        (post_line.c.message_uuid, message_ids),
    )
    found = {
        (row.post_id, row.number, row.source)
        for column, ids in arms
        for some in in_portions(ids)
        for row in connection.execute(standing.where(column.in_(some)))
    }
    if not found:
        return []
    connection.execute(_STRIKE_ONE, [{"of_post": post_id, "at": number, "of": source} for post_id, number, source in found])
    changed = sorted({post_id for post_id, _, _ in found})
    connection.execute(update(post).where(post.c.id.in_(changed)).values(edit_revision=post.c.edit_revision + 1))
    return _posts(connection, post.c.id.in_(changed))


def strike_source(
    connection: Connection, *, guild_id: GuildId, post_id: PostId, number: int, source: int, by: DiscordUserId, now_ms: int
) -> LedgerPost | None:
    """Strike one source of one line of this guild's post because a moderator wishes it; the post as it stands then.

    None if there is none such, or it is struck already.
    """
    mine = select(watch.c.id).where(watch.c.guild_id == guild_id)
    owner = select(post.c.message_id).where(post.c.id == post_id, post.c.watch_id.in_(mine))
    message_id = connection.execute(owner).scalar()
    if message_id is None:
        return None
    one = (post_line.c.post_id == post_id) & (post_line.c.number == number) & (post_line.c.source == source)
    struck = update(post_line).where(one, post_line.c.struck.is_(False)).values(struck=True, rendered="", who="", said="")
    if connection.execute(struck).rowcount == 0:
        return None
    connection.execute(update(post).where(post.c.id == post_id).values(edit_revision=post.c.edit_revision + 1))
    where = {"message_id": str(message_id), "line": number, "source": source}
    audit.record(connection, guild_id=guild_id, by=by, action="line.hidden", before=where, after=None, now_ms=now_ms)
    return _posts(connection, post.c.id == post_id)[0]


@dataclass(frozen=True, slots=True)
class Regrown:
    """How a watch's line that grows reads now, and whom it is about."""

    watch_id: WatchId
    grows: str
    rendered: str
    viewer_id: ViewerId


def grow(connection: Connection, wanted: Sequence[Regrown]) -> list[list[LedgerPost]]:
    """For each line the post that holds it and now reads otherwise; nothing where no post holds it. A hot room asks for hundreds
    in the minutes after a start, most of them for nothing: those cost one look-up together.
    """
    standing = (
        select(post.c.watch_id, post_line.c.post_id, post_line.c.number, post_line.c.source, post_line.c.grows)
        .join(post, post.c.id == post_line.c.post_id)
        .where(post_line.c.struck.is_(False))
        .order_by(post_line.c.post_id)
    )
    newest = {
        (row.watch_id, row.grows): (row.post_id, row.number, row.source)
        for some in in_portions({each.grows for each in wanted})
        for row in connection.execute(standing.where(post_line.c.grows.in_(some)))
    }
    return [_grown(connection, place, each) if (place := newest.get((each.watch_id, each.grows))) else [] for each in wanted]


def _grown(connection: Connection, place: tuple[int, int, int], now: Regrown) -> list[LedgerPost]:
    post_id, number, source = place
    one = (post_line.c.post_id == post_id) & (post_line.c.number == number) & (post_line.c.source == source)
    reads_otherwise = update(post_line).where(one, post_line.c.rendered != now.rendered)
    if connection.execute(reads_otherwise.values(rendered=now.rendered, viewer_id=now.viewer_id)).rowcount:
        connection.execute(update(post).where(post.c.id == post_id).values(edit_revision=post.c.edit_revision + 1))
    return _posts(connection, post.c.id == post_id)


def unedited(connection: Connection) -> list[LedgerPost]:
    """Posts whose change Discord does not show yet."""
    return _posts(connection, post.c.edited_revision < post.c.edit_revision)


def edited(connection: Connection, post_id: PostId, *, revision: int) -> None:
    """Discord shows this revision of the post."""
    connection.execute(
        update(post).where(post.c.id == post_id, post.c.edited_revision < revision).values(edited_revision=revision)
    )


def forget(connection: Connection, post_id: PostId) -> None:
    """The message is gone from Discord: nothing of it is left to edit."""
    connection.execute(delete(post_line).where(post_line.c.post_id == post_id))
    connection.execute(delete(post).where(post.c.id == post_id))


def prune(connection: Connection, *, before_ms: int, most: int = 500) -> int:
    """Delete up to `most` posts that are older from the ledger, with their text; return how many. Call again until none."""
    oldest = select(post.c.id).where(post.c.created_at_ms < before_ms).order_by(post.c.created_at_ms).limit(most)
    old = list(connection.execute(oldest).scalars())
    connection.execute(delete(post_line).where(post_line.c.post_id.in_(old)))
    return connection.execute(delete(post).where(post.c.id.in_(old))).rowcount


def _of_message(connection: Connection, message_id: DiscordMessageId) -> PostId | None:
    known = connection.execute(select(post.c.id).where(post.c.message_id == message_id)).scalar()
    return None if known is None else PostId(known)


def _enter(connection: Connection, intent: Intent, message_id: DiscordMessageId, now_ms: int) -> PostId:
    revision = connection.execute(select(watch.c.revision).where(watch.c.id == intent.watch_id)).scalar_one()
    post_id = connection.execute(
        insert(post)
        .values(
            watch_id=intent.watch_id,
            channel_id=intent.channel_id,
            message_id=message_id,
            settings_revision=revision,
            style=intent.style,
            created_at_ms=now_ms,
            edit_revision=0,
            edited_revision=0,
        )
        .returning(post.c.id)
    ).scalar_one()
    rows = [
        (post_id, number, place, False, *_of_source(source), source.message_uuid or None, source.grows or None)
        for number, line in enumerate(intent.lines)
        for place, source in enumerate(sources(line))
    ]
    driver.insert_many(connection, _POST_LINES, rows)
    return PostId(post_id)


def _of_source(source: Line) -> tuple[object, ...]:
    """In the order of `_SOURCE`, but for the last two: one table has nothing, the other null where there is none."""
    return (source.seq, source.room_id, source.message_id, source.viewer_id, source.text, source.who, source.said)


def _close(connection: Connection, intent: Intent) -> None:
    """The intent's own row says whose log its seqs count in; without a row it is closed already."""
    stored = connection.execute(select(intents).where(intents.c.id == intent.id)).one_or_none()
    if stored is None:
        return
    cursors.move(connection, cursors.of_watch(WatchId(stored.watch_id)), CreatorId(stored.creator_id), stored.through_seq)
    connection.execute(delete(intent_line).where(intent_line.c.intent_id == intent.id))
    connection.execute(delete(intents).where(intents.c.id == intent.id))


_STRIKE_ONE = (
    update(post_line)
    .where(
        post_line.c.post_id == bindparam("of_post"), post_line.c.number == bindparam("at"), post_line.c.source == bindparam("of")
    )
    .values(struck=True, rendered="", who="", said="")
)


def _in_room(room_id: RoomId) -> ColumnElement[bool]:
    return post_line.c.room_id == room_id


def _posts(connection: Connection, which: ColumnElement[bool]) -> list[LedgerPost]:
    """These posts with their lines. A line of several sources stands, and counts, as long as one of them does."""
    parts: dict[int, dict[int, list[RowMapping]]] = {}
    chosen = select(post.c.id).where(which)
    for row in connection.execute(
        select(post_line)
        .where(post_line.c.post_id.in_(chosen))
        .order_by(post_line.c.post_id, post_line.c.number, post_line.c.source)
    ).mappings():
        parts.setdefault(row["post_id"], {}).setdefault(row["number"], []).append(row)
    found = connection.execute(
        select(*post.columns, watch.c.settings).join(watch, watch.c.id == post.c.watch_id).where(which).order_by(post.c.id)
    )
    return [_post(row, parts.get(row["id"], {})) for row in found.mappings()]


def _line(number: int, rows: Sequence[RowMapping]) -> LedgerLine:
    standing = [(row["rendered"], row["who"], row["said"]) for row in rows if not row["struck"]]
    text = fold_text(standing) if standing else ""
    # What the relay itself says happened in no room.
    return LedgerLine(number, text, struck=not standing, is_ours=not rows[0]["room_id"], sources=len(rows))


def _post(row: RowMapping, parts: Mapping[int, Sequence[RowMapping]]) -> LedgerPost:
    settings = watches.load_settings(row["settings"])
    return LedgerPost(
        id=PostId(row["id"]),
        watch_id=WatchId(row["watch_id"]),
        channel_id=ChannelId(row["channel_id"]),
        message_id=DiscordMessageId(row["message_id"]),
        lines=tuple(_line(number, rows) for number, rows in parts.items()),
        created_at_ms=row["created_at_ms"],
        edit_revision=row["edit_revision"],
        style=Style(row["style"]),
        removal=settings.removal,
        locale=settings.look.locale,
    )
