"""The outbox: messages that are posted once and edited. What each should say, what Discord shows, what is on its way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.model.card import Card, CardKind, Posting
from bot.model.draft import Urgency
from bot.model.ids import CardId, ChannelId, DiscordMessageId, WatchId
from bot.model.message import Message
from bot.model.watch import MEANT
from bot.storage.portions import in_portions
from bot.storage.tables import card, live_session, watch

OPEN_MS = 30 * 24 * 3_600_000
"""So much longer than others a card is kept that is not over: there are LIVEs that go on for weeks."""

# Made here: readers' threads that made them for the first time at the same moment crashed the process in msgspec.
_MESSAGE = msgspec.json.Decoder(Message)
_POSTING = msgspec.json.Decoder(Posting)


@dataclass(frozen=True, slots=True)
class Due:
    """A card of which Discord shows an older state, or nothing yet."""

    id: CardId
    channel_id: ChannelId
    is_over: bool
    is_posted: bool
    is_on_its_way: bool
    kind: CardKind


def wish(connection: Connection, wished: Sequence[Card]) -> None:
    """Each card should say this from now on: by its key a new one, or the one that is there.

    What is equal changes nothing. A withdrawn card stays as it is, and a card keeps its channel. A card of a watch that is
    erased is not kept.
    """
    latest = {each.key: each for each in wished}
    known = {each.key: each for each in of_keys(connection, latest)}
    new = [each for key, each in latest.items() if key not in known]
    standing = _standing(connection, [each.watch_id for each in new if each.watch_id is not None])
    rows = [_row(each) for each in new if each.watch_id is None or each.watch_id in standing]
    changes = [_change(before, latest[key]) for key, before in known.items() if not before.is_withdrawn]
    if rows:
        connection.execute(insert(card), rows)
    if changes:
        connection.execute(_CHANGE, changes)


def of_id(connection: Connection, card_id: CardId) -> Card | None:
    """One card."""
    return next(iter(_cards(connection, card.c.id == card_id)), None)


def of_keys(connection: Connection, keys: Collection[str]) -> list[Card]:
    """Those of these cards that there are."""
    return [each for some in in_portions(keys) for each in _cards(connection, card.c.key.in_(some))]


def open_of(connection: Connection, kind: CardKind) -> list[Card]:
    """All cards of a kind that are not over, oldest first."""
    return _cards(connection, (card.c.kind == str(kind)) & card.c.is_over.is_(False))


def of_watches(connection: Connection, which: Collection[WatchId], kind: CardKind, *, since_ms: int) -> list[Card]:
    """The watches' cards of a kind that are not over, or were made since then."""
    chosen = (card.c.kind == str(kind)) & or_(card.c.is_over.is_(False), card.c.created_at_ms >= since_ms)
    return [each for some in in_portions(which) for each in _cards(connection, chosen & card.c.watch_id.in_(some))]


def left(connection: Connection, *, ended_before_ms: int, paused_before_ms: int) -> list[tuple[Card, int | None]]:
    """Go-live posts that are not over, though nobody will tell of their LIVE's end; each with when the room ended, if known.

    Their watch has ended; or the room ended before that instant; or the watch was paused before that one, and nobody else
    follows the creator. One that is paused because Discord refuses us is left alone: it could not be edited.
    """
    other = watch.alias()
    is_followed = exists().where(
        other.c.creator_id == watch.c.creator_id, other.c.ended_at_ms.is_(None), other.c.paused_at_ms.is_(None)
    )
    of_room = (live_session.c.creator_id == watch.c.creator_id) & (
        card.c.key == literal(f"{CardKind.GO_LIVE}:").concat(cast(watch.c.id, Text)).concat(":").concat(live_session.c.room_id)
    )
    may_edit = watch.c.paused_why.is_(None) | watch.c.paused_why.in_([str(why) for why in MEANT])
    is_over = live_session.c.ended_at_ms < ended_before_ms
    is_unheard = (watch.c.paused_at_ms < paused_before_ms) & ~is_followed
    query = (
        select(card.c.id, live_session.c.ended_at_ms)
        .join(watch, watch.c.id == card.c.watch_id)
        .outerjoin(live_session, of_room)
        .where(card.c.kind == str(CardKind.GO_LIVE), card.c.is_over.is_(False))
        .where(watch.c.ended_at_ms.is_not(None) | (may_edit & (is_over | is_unheard)))
    )
    ended_at_ms = {CardId(row.id): row.ended_at_ms for row in connection.execute(query)}
    found = (each for some in in_portions(ended_at_ms) for each in _cards(connection, card.c.id.in_(some)))
    return [(each, ended_at_ms[each.id]) for each in found]


def due(connection: Connection, *, without: Collection[ChannelId], most: int) -> list[Due]:
    """Up to `most` cards that Discord does not show as they should be, the most urgent first, except in some channels."""
    columns = (card.c.id, card.c.channel_id, card.c.is_over, card.c.message_id, card.c.posting, card.c.kind)
    query = select(*columns).where(_UNSHOWN, card.c.channel_id.not_in(sorted(without)))
    return [
        Due(
            CardId(row.id),
            ChannelId(row.channel_id),
            row.is_over,
            row.message_id is not None,
            row.posting is not None,
            CardKind(row.kind),
        )
        for row in connection.execute(query.order_by(*_FIRST).limit(most))
    ]


def open_posting(connection: Connection, card_id: CardId, posting: Posting) -> None:
    """Store what is about to be sent."""
    connection.execute(update(card).where(card.c.id == card_id).values(posting=_dump(posting)))


def close_posting(connection: Connection, card_id: CardId) -> None:
    """Discord does not hold what was sent, and never will."""
    connection.execute(update(card).where(card.c.id == card_id).values(posting=None))


def posted(connection: Connection, card_id: CardId, posting: Posting, *, message_id: DiscordMessageId) -> None:
    """The message stands in the channel as it was sent. Doing it twice is doing it once."""
    values = {"message_id": message_id, "shown_revision": posting.revision, "posting": None}
    connection.execute(update(card).where(card.c.id == card_id).values(values))


def shown(connection: Connection, card_id: CardId, *, revision: int) -> None:
    """Discord shows this revision."""
    connection.execute(update(card).where(card.c.id == card_id, card.c.shown_revision < revision).values(shown_revision=revision))


def gone(connection: Connection, card_id: CardId) -> None:
    """There is no message, and there will be none. The row stays until retention takes it: no later wish posts it again."""
    values = {"message_id": None, "shown_revision": card.c.revision, "posting": None, "is_over": True, "is_withdrawn": True}
    connection.execute(update(card).where(card.c.id == card_id).values(values))


def of_message(connection: Connection, message_id: DiscordMessageId) -> CardId | None:
    """Whose message this is."""
    return connection.execute(select(card.c.id).where(card.c.message_id == message_id)).scalar()


def prune(connection: Connection, *, before_ms: int, most: int = 500) -> int:
    """Delete up to `most` cards that are over and older; return how many. Call again until none."""
    is_old = (card.c.created_at_ms < before_ms) & (card.c.is_over | (card.c.created_at_ms < before_ms - OPEN_MS))
    old = list(connection.execute(select(card.c.id).where(is_old).order_by(card.c.created_at_ms).limit(most)).scalars())
    return connection.execute(delete(card).where(card.c.id.in_(old))).rowcount


_UNSHOWN: ColumnElement[bool] = card.c.shown_revision < card.c.revision
_FIRST = (card.c.urgency, card.c.message_id.is_not(None), card.c.is_over.desc(), card.c.shown_revision, card.c.id)
"""What was never posted goes before what only changes, a result before scores, and of those what is longest behind."""


_CHANGED = ("message", "state", "is_over", "is_withdrawn", "revision")
_CHANGE = update(card).where(card.c.id == bindparam("card_id")).values({name: bindparam(f"new_{name}") for name in _CHANGED})


def _change(before: Card, wished: Card) -> Mapping[str, object]:
    """The parameters of `_CHANGE`. Only what Discord is to show differently makes a new revision."""
    is_news = before.message != wished.message or wished.is_withdrawn
    return {
        "card_id": before.id,
        "new_message": _dump(wished.message),
        "new_state": wished.state,
        "new_is_over": wished.is_over,
        "new_is_withdrawn": wished.is_withdrawn,
        "new_revision": before.revision + is_news,
    }


def _standing(connection: Connection, which: Collection[WatchId]) -> set[int]:
    """Those of these watches that are not erased."""
    return {
        each
        for some in in_portions(which)
        for each in connection.execute(select(watch.c.id).where(watch.c.id.in_(some))).scalars()
    }


def _row(each: Card) -> Mapping[str, object]:
    return {
        "key": each.key,
        "kind": str(each.kind),
        "watch_id": each.watch_id,
        "channel_id": each.channel_id,
        "message": _dump(each.message),
        "state": each.state,
        "urgency": int(each.urgency),
        "created_at_ms": each.created_at_ms,
        "revision": 1,
        "shown_revision": 0,
        "is_over": each.is_over,
        "is_withdrawn": each.is_withdrawn,
    }


def _cards(connection: Connection, which: ColumnElement[bool]) -> list[Card]:
    return [_card(row) for row in connection.execute(select(card).where(which).order_by(card.c.id))]


def _card(row: Row[tuple[object, ...]]) -> Card:
    return Card(
        id=CardId(row.id),
        key=row.key,
        kind=CardKind(row.kind),
        watch_id=None if row.watch_id is None else WatchId(row.watch_id),
        channel_id=ChannelId(row.channel_id),
        message=_MESSAGE.decode(row.message),
        created_at_ms=row.created_at_ms,
        urgency=Urgency(row.urgency),
        revision=row.revision,
        shown_revision=row.shown_revision,
        message_id=None if row.message_id is None else DiscordMessageId(row.message_id),
        is_over=row.is_over,
        is_withdrawn=row.is_withdrawn,
        state=row.state,
        posting=None if row.posting is None else _POSTING.decode(row.posting),
    )


def _dump(value: Message | Posting) -> str:
    return msgspec.json.encode(value).decode()
