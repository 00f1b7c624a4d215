"""Creators: who they are, what they were called, whether they are live."""

from __future__ import annotations

from sqlalchemy import Connection, Row, insert, select, update

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.creator import Creator, CreatorState, CreatorStatus
from bot.model.ids import CreatorId
from bot.storage import merging, state
from bot.storage.instants import from_ms, to_ms
from bot.storage.tables import creator, creator_handle, creator_status


def ensure(connection: Connection, handle: Handle, *, now_ms: int) -> Creator:
    """The creator who has this handle; a new one if nobody is known to."""
    known = by_handle(connection, handle)
    return known or _create(connection, handle, None, now_ms)


def get(connection: Connection, creator_id: CreatorId) -> Creator | None:
    """The creator of this id; of a merged one, whom it was merged into."""
    row = connection.execute(select(creator).where(creator.c.id == creator_id)).one_or_none()
    while row is not None and row.merged_into_id is not None:
        row = connection.execute(select(creator).where(creator.c.id == row.merged_into_id)).one_or_none()
    return None if row is None else _creator(row)


def by_handle(connection: Connection, handle: Handle) -> Creator | None:
    """Who has this handle now, as far as we know."""
    row = connection.execute(select(creator).where(creator.c.handle == _folded(handle), creator.c.handle != "")).one_or_none()
    return None if row is None else _creator(row)


def learn(connection: Connection, creator_id: CreatorId, *, tiktok_user_id: ViewerId, handle: Handle, now_ms: int) -> Creator:
    """TikTok told who the creator behind this row is. Returns the row that stands for them from now on.

    - An unknown user: the row gets the user id.
    - A user whom we know by another row: this row was made for a new name of theirs, so it merges into the other one.
    - The row belongs to another user already: the handle has changed hands. A watch is a wish for a handle, so it goes to
      the handle's new owner; the old one keeps their past, without a handle until they are seen again.
    """
    asked = get(connection, creator_id)
    if asked is None:
        msg = f"no creator {creator_id}"
        raise LookupError(msg)
    if not tiktok_user_id:
        return _rename(connection, asked, handle, now_ms) if handle else asked
    known = _by_user(connection, tiktok_user_id)
    if known is None and asked.tiktok_user_id is None:
        connection.execute(update(creator).where(creator.c.id == asked.id).values(tiktok_user_id=tiktok_user_id))
        known = asked
    elif known is None:
        known = _create(connection, Handle(""), tiktok_user_id, now_ms)
    if known.id != asked.id:
        merging.move_watches(connection, asked.id, known.id, now_ms=now_ms)
        if asked.tiktok_user_id is None:
            merging.absorb(connection, asked.id, known.id)
    name = _folded(handle or asked.handle)
    other = by_handle(connection, name)
    if other is not None and other.id != known.id:
        # A watch is a wish for a handle, and the handle is theirs.
        merging.move_watches(connection, other.id, known.id, now_ms=now_ms)
        if other.tiktok_user_id is None:
            merging.absorb(connection, other.id, known.id)
    return _rename(connection, known, name, now_ms)


def set_status(connection: Connection, status: CreatorStatus) -> None:
    """Replace what is known of the creator being live."""
    values = {
        "state": status.state.value,
        "room_id": status.room_id,
        "title": status.title,
        "reason": status.reason,
        "connected": status.connected,
        "checked_at_ms": to_ms(status.checked_at),
        "next_try_at_ms": to_ms(status.next_try_at),
    }
    mine = creator_status.c.creator_id == status.creator_id
    if not connection.execute(update(creator_status).where(mine).values(values)).rowcount:
        connection.execute(insert(creator_status).values(creator_id=status.creator_id, **values))
    restricted = _restricted_key(status.creator_id)
    if not status.is_age_restricted:
        state.remove(connection, restricted)
    elif state.get(connection, restricted) is None:
        state.put(connection, restricted, "true")


def status(connection: Connection, creator_id: CreatorId) -> CreatorStatus:
    """What the last look at TikTok said; `UNCHECKED` if there was none."""
    row = connection.execute(select(creator_status).where(creator_status.c.creator_id == creator_id)).one_or_none()
    if row is None:
        return CreatorStatus(creator_id)
    return CreatorStatus(
        creator_id=creator_id,
        state=CreatorState(row.state),
        room_id=None if row.room_id is None else RoomId(row.room_id),
        title=row.title,
        reason=row.reason,
        connected=row.connected,
        checked_at=from_ms(row.checked_at_ms),
        next_try_at=from_ms(row.next_try_at_ms),
        is_age_restricted=state.get(connection, _restricted_key(creator_id)) is not None,
    )


def age_restricted(connection: Connection) -> set[CreatorId]:
    """All whose LIVEs TikTok shows to adults only, as far as it told."""
    return {CreatorId(int(key.removeprefix(_RESTRICTED))) for key in state.keys(connection, _RESTRICTED)}


_RESTRICTED = "age_restricted:"
"""Where it is kept that TikTok shows a creator's LIVEs to adults only: so few are that it needs no column."""


def _restricted_key(creator_id: CreatorId) -> str:
    return f"{_RESTRICTED}{creator_id}"


def _folded(handle: Handle) -> Handle:
    return Handle(handle.lower())


def _creator(row: Row[tuple[object, ...]]) -> Creator:
    user_id = row.tiktok_user_id
    return Creator(CreatorId(row.id), Handle(row.handle), None if user_id is None else ViewerId(user_id))


def _by_user(connection: Connection, user_id: ViewerId) -> Creator | None:
    row = connection.execute(select(creator).where(creator.c.tiktok_user_id == user_id)).one_or_none()
    return None if row is None else _creator(row)


def _create(connection: Connection, handle: Handle, user_id: ViewerId | None, now_ms: int) -> Creator:
    handle = _folded(handle)
    made = connection.execute(insert(creator).values(handle=handle, tiktok_user_id=user_id, created_at_ms=now_ms))
    row_id = made.inserted_primary_key
    if row_id is None:
        msg = "the database gave no id"
        raise LookupError(msg)
    new = Creator(CreatorId(row_id[0]), handle, user_id)
    if handle:
        _remember_handle(connection, new, now_ms)
    return new


def _rename(connection: Connection, known: Creator, handle: Handle, now_ms: int) -> Creator:
    """Give `known` this handle, and take it from whoever had it: a handle has one owner at a time."""
    handle = _folded(handle)
    if handle != known.handle:
        connection.execute(update(creator).where(creator.c.handle == handle, creator.c.id != known.id).values(handle=""))
        connection.execute(update(creator).where(creator.c.id == known.id).values(handle=handle))
    renamed = Creator(known.id, handle, _user_id(connection, known.id))
    _remember_handle(connection, renamed, now_ms)
    return renamed


def _user_id(connection: Connection, creator_id: CreatorId) -> ViewerId | None:
    found = connection.execute(select(creator.c.tiktok_user_id).where(creator.c.id == creator_id)).scalar()
    return None if found is None else ViewerId(found)


def _remember_handle(connection: Connection, known: Creator, now_ms: int) -> None:
    seen = (creator_handle.c.creator_id == known.id) & (creator_handle.c.handle == known.handle)
    if not connection.execute(update(creator_handle).where(seen).values(last_seen_at_ms=now_ms)).rowcount:
        connection.execute(
            insert(creator_handle).values(
                creator_id=known.id, handle=known.handle, first_seen_at_ms=now_ms, last_seen_at_ms=now_ms
            )
        )
