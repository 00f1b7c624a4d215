"""Who asked to be forgotten: requests, tombstones and the key that makes them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from bot.events import User
from bot.model.forgetting import CODE_MS, KEY_BYTES, ForgetRequest, digest, merged
from bot.model.ids import DiscordUserId
from bot.storage import state
from bot.storage.instants import from_ms
from bot.storage.tables import forget_request, tombstone

_KEY = "tombstone_key"


class Progress(msgspec.Struct, frozen=True):
    """How far an erasure has come. Names and position are there while it runs; in the end only `erased` is left.

    `found` counts what this sweep has met so far, `open_cards` are cards that named them and still change.
    """

    erased: dict[str, int] = {}
    handles: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    sweep: int = 1
    found: int = 0
    step: int = 0
    creator_id: int = 0
    position: int = 0
    open_cards: tuple[int, ...] = ()


_PROGRESS = msgspec.json.Decoder(Progress)


@dataclass(frozen=True, slots=True)
class Job:
    """An erasure that is not finished."""

    code: str
    viewer_id: str
    progress: Progress


def known_key(connection: Connection) -> bytes | None:
    """The key of all tombstones; None where nobody has asked for it yet."""
    known = state.get(connection, _KEY)
    return None if known is None else bytes.fromhex(known)


def key(connection: Connection) -> bytes:
    """The same, made when it is first asked for."""
    known = known_key(connection)
    if known is None:
        known = secrets.token_bytes(KEY_BYTES)
        state.put(connection, _KEY, known.hex())
    return known


def tombstones(connection: Connection) -> list[str]:
    """The digests of all who must not be kept."""
    return list(connection.execute(select(tombstone.c.digest)).scalars())


def is_gone(connection: Connection, viewer_id: str) -> bool:
    """Whether this viewer must not be kept. Asked in the transaction that would write them down, it is the last word."""
    known = known_key(connection)
    if known is None or not viewer_id:
        return False
    mine = tombstone.c.digest == digest(viewer_id, known)
    return connection.execute(select(tombstone.c.digest).where(mine)).first() is not None


def live(connection: Connection, *, now_ms: int) -> dict[str, int]:
    """Codes that can be used now, each with the instant (ms) at which that ends."""
    usable = forget_request.c.used_at_ms.is_(None) & (forget_request.c.expires_at_ms >= now_ms)
    rows = connection.execute(select(forget_request.c.code, forget_request.c.expires_at_ms).where(usable))
    return {row.code: row.expires_at_ms for row in rows}


def asked(connection: Connection, by: DiscordUserId, *, since_ms: int) -> list[int]:
    """When this user asked for a code since then, oldest first (ms)."""
    mine = (forget_request.c.asked_by == by) & (forget_request.c.asked_at_ms > since_ms)
    return list(
        connection.execute(select(forget_request.c.asked_at_ms).where(mine).order_by(forget_request.c.asked_at_ms)).scalars()
    )


def ask(
    connection: Connection, *, by: DiscordUserId, codes: Sequence[str], now_ms: int
) -> tuple[ForgetRequest | None, list[str]]:
    """Note a request under the first of these codes that is free, if any is. Earlier ones that wait end: which those are."""
    taken = set(connection.execute(select(forget_request.c.code).where(forget_request.c.code.in_(codes))).scalars())
    code = next((code for code in codes if code not in taken), None)
    if code is None:
        return None, []
    waits = forget_request.c.used_at_ms.is_(None) & (forget_request.c.expires_at_ms >= now_ms)
    mine = select(forget_request.c.code).where(forget_request.c.asked_by == by, waits)
    ended = list(connection.execute(mine).scalars())
    connection.execute(update(forget_request).where(forget_request.c.code.in_(ended)).values(expires_at_ms=now_ms - 1))
    values = {"code": code, "asked_by": by, "asked_at_ms": now_ms, "expires_at_ms": now_ms + CODE_MS, "progress": "{}"}
    connection.execute(insert(forget_request).values(values))
    return of_code(connection, code), ended


def of_code(connection: Connection, code: str) -> ForgetRequest | None:
    """One request."""
    row = connection.execute(select(forget_request).where(forget_request.c.code == code)).one_or_none()
    return None if row is None else _request(row)


def latest(connection: Connection, by: DiscordUserId) -> ForgetRequest | None:
    """What this user asked for last."""
    mine = select(forget_request).where(forget_request.c.asked_by == by)
    row = connection.execute(
        mine.order_by(forget_request.c.asked_at_ms.desc(), forget_request.c.expires_at_ms.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _request(row)


def prove(connection: Connection, *, code: str, user: User, digest: str, typed_at_ms: int, now_ms: int) -> bool:
    """Somebody typed the sentence: from now on they are not kept, and their erasure is due. False if the code is not good."""
    is_good = forget_request.c.used_at_ms.is_(None) & (forget_request.c.expires_at_ms >= typed_at_ms)
    mine = (forget_request.c.code == code) & is_good
    names = Progress(handles=merged((), [user.handle]), nicknames=merged((), [user.nickname]))
    values = {"used_at_ms": now_ms, "viewer_id": user.id, "progress": _dump(names)}
    if not connection.execute(update(forget_request).where(mine).values(values)).rowcount:
        return False
    row = {"digest": digest, "created_at_ms": now_ms}
    connection.execute(insert_or_ignore(tombstone).values(row).on_conflict_do_nothing())
    return True


def jobs(connection: Connection) -> list[Job]:
    """Erasures that are not finished, oldest first."""
    due = forget_request.c.viewer_id.is_not(None) & forget_request.c.done_at_ms.is_(None)
    rows = connection.execute(select(forget_request).where(due).order_by(forget_request.c.used_at_ms))
    return [Job(row.code, row.viewer_id, _load(row.progress)) for row in rows]


def note(connection: Connection, code: str, progress: Progress) -> None:
    """The erasure has come so far: in the transaction of what it did."""
    connection.execute(update(forget_request).where(forget_request.c.code == code).values(progress=_dump(progress)))


def counted(
    connection: Connection, change: Callable[[Connection], int], *, what: str, code: str, before: Progress
) -> tuple[Progress, int]:
    """One change of an erasure with the note of it: both, or neither. Returns how far it is then, and what the change found."""
    count = change(connection)
    erased = {**before.erased, what: before.erased.get(what, 0) + count} if count else before.erased
    after = replace(before, erased=erased, found=before.found + count)
    note(connection, code, after)
    return after, count


def done(connection: Connection, code: str, *, erased: Mapping[str, int], now_ms: int) -> None:
    """Nothing of them is left that we can reach; the request itself forgets who it was about."""
    values = {"done_at_ms": now_ms, "viewer_id": None, "progress": _dump(Progress(erased=dict(erased)))}
    connection.execute(update(forget_request).where(forget_request.c.code == code).values(values))


def prune(connection: Connection, *, before_ms: int, most: int = 500) -> int:
    """Delete up to `most` requests that were asked earlier and are finished or were never used; return how many."""
    is_over = forget_request.c.done_at_ms.is_not(None) | forget_request.c.used_at_ms.is_(None)
    chosen = select(forget_request.c.code).where(forget_request.c.asked_at_ms < before_ms, is_over).limit(most)
    return connection.execute(delete(forget_request).where(forget_request.c.code.in_(chosen))).rowcount


def count_live(connection: Connection, *, now_ms: int) -> int:
    """How many codes wait to be typed."""
    usable = forget_request.c.used_at_ms.is_(None) & (forget_request.c.expires_at_ms >= now_ms)
    return connection.execute(select(func.count()).select_from(forget_request).where(usable)).scalar_one()


def _request(row: Row[tuple[object, ...]]) -> ForgetRequest:
    return ForgetRequest(
        code=row.code,
        asked_by=DiscordUserId(row.asked_by),
        expires_at=from_ms(row.expires_at_ms),
        used_at=from_ms(row.used_at_ms),
        done_at=from_ms(row.done_at_ms),
        erased=_load(row.progress).erased,
    )


def _dump(progress: Progress) -> str:
    return msgspec.json.encode(progress).decode()


def _load(stored: str) -> Progress:
    return _PROGRESS.decode(stored)
