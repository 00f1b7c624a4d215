"""Taking a viewer out of the tables, a little at a time: what is read to find them, and what is written once they are found.

Reading is done in stretches of the whole table, by readers; each write is one short transaction. Doing any of it twice is doing
it once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Row, Table, delete, false, func, or_, select, update

from bot.events.opted_out import NAME, OPTED_OUT
from bot.model.card import CardKind
from bot.model.case import FORGOTTEN
from bot.model.forgetting import Traces
from bot.model.ids import CardId, CreatorId, PostId
from bot.model.rule import RuleKind
from bot.storage import audit
from bot.storage.portions import in_portions
from bot.storage.tables import (
    card,
    case,
    case_step,
    comment,
    config_audit,
    intent_line,
    log_batch,
    post,
    post_line,
    rule,
    viewer,
    viewer_gifts,
    viewer_note,
    watch,
)
from bot.storage.tables import intent as intents

MOST_BATCHES = 100
"""Of the log in one look: some megabytes."""

MOST_POSTS = 500
MOST_CARDS = 200
MOST_ROWS = 500
MOST_WORDS = 5_000

_USER = str(RuleKind.USER)

_STAND_IN: list[object] = msgspec.to_builtins(OPTED_OUT)


@dataclass(frozen=True, slots=True)
class Stored:
    """A batch of the log as it stands."""

    first_seq: int
    last_seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Naming:
    """A card that names somebody. `may_again`: its maker holds them in memory, and may name them once more until it is over."""

    card_id: CardId
    may_again: bool


LineKey = tuple[int, int, int]
"""(post, number, source)."""


def log_after(connection: Connection, creator_id: CreatorId, after: int) -> list[Stored]:
    """The next batches of this creator whose first seq is behind `after`."""
    mine = (log_batch.c.creator_id == creator_id) & (log_batch.c.first_seq > after)
    columns = (log_batch.c.first_seq, log_batch.c.last_seq, log_batch.c.body)
    rows = connection.execute(select(*columns).where(mine).order_by(log_batch.c.first_seq).limit(MOST_BATCHES))
    return [Stored(*row) for row in rows]


def next_in_log(connection: Connection, after: CreatorId) -> CreatorId | None:
    """The next creator of whom there is a log."""
    found = connection.execute(select(func.min(log_batch.c.creator_id)).where(log_batch.c.creator_id > after)).scalar()
    return None if found is None else CreatorId(found)


def rewrite(
    connection: Connection,
    creator_id: CreatorId,
    *,
    bodies: Mapping[int, bytes],
    said: Mapping[int, str],
    events: int,
    given: Sequence[int] = (),
) -> int:
    """Put these bodies in the place of those that stand at these first seqs, and these texts in kept comments, by seq.

    Lines of what was `given` at these seqs are struck: a gift's line is about whoever gave it, and names who got it, too.
    What retention has deleted meanwhile stays deleted. Returns `events`: in how many of them somebody was found.
    """
    for first_seq, body in bodies.items():
        one = (log_batch.c.creator_id == creator_id) & (log_batch.c.first_seq == first_seq)
        connection.execute(update(log_batch).where(one).values(body=body, bytes=len(body)))
    for seq, text in said.items():
        one = (comment.c.creator_id == creator_id) & (comment.c.seq == seq)
        connection.execute(update(comment).where(one).values(text=text))
    for some in in_portions(given):
        of_gifts = select(post_line).join(post, post.c.id == post_line.c.post_id).join(watch, watch.c.id == post.c.watch_id)
        mine = (watch.c.creator_id == creator_id) & post_line.c.seq.in_(some) & (post_line.c.message_id == "")
        strike(connection, [(row.post_id, row.number, row.source) for row in connection.execute(of_gifts.where(mine))])
    return events


def names_of(connection: Connection, viewer_id: str) -> list[tuple[str, str]]:
    """Every handle and nickname that was ever noted for this viewer, also by the cases about them."""
    seen = select(viewer.c.handle, viewer.c.nickname).where(viewer.c.viewer_id == viewer_id)
    of_cases = select(case.c.viewer_handle, case.c.viewer_name).where(case.c.viewer_id == viewer_id)
    return [(handle, nickname) for some in (seen, of_cases) for handle, nickname in connection.execute(some)]


def comments(connection: Connection, viewer_id: str) -> int:
    """Delete some comments; return how many. Call again while it returns something."""
    return _by_creator(connection, comment, comment.c.viewer_id == viewer_id, comment.c.seq)


def gifts(connection: Connection, viewer_id: str) -> int:
    """The same of the sums of gifts."""
    return _by_creator(connection, viewer_gifts, viewer_gifts.c.viewer_id == viewer_id, viewer_gifts.c.room_id)


def profile(connection: Connection, viewer_id: str) -> int:
    """Names under which the viewer was seen."""
    return connection.execute(delete(viewer).where(viewer.c.viewer_id == viewer_id)).rowcount


def notes(connection: Connection, viewer_id: str) -> int:
    """What moderators noted about the viewer."""
    return connection.execute(delete(viewer_note).where(viewer_note.c.viewer_id == viewer_id)).rowcount


def rules(connection: Connection, traces: Traces) -> int:
    """Watchlist entries for this very account. One about words that happen to be the name stays: it is about words.

    A handle that somebody else was seen with since then is theirs now.
    """
    theirs = [handle for handle in traces.handles if _newest_with(connection, handle) in (None, traces.viewer_id)]
    is_theirs = (rule.c.kind == _USER) & func.lower(rule.c.pattern).in_(sorted(_patterns(traces.viewer_id, theirs)))
    return connection.execute(delete(rule).where(is_theirs)).rowcount


def _newest_with(connection: Connection, handle: str) -> str | None:
    """Who was seen last with this handle."""
    mine = select(viewer.c.viewer_id).where(viewer.c.handle == handle.lower())
    return connection.execute(mine.order_by(viewer.c.last_seen_at_ms.desc()).limit(1)).scalar()


def _patterns(viewer_id: str, handles: Sequence[str]) -> set[str]:
    return {viewer_id, *(f"{at}{handle.lower()}" for handle in handles for at in ("", "@"))}


def history(connection: Connection, traces: Traces) -> int:
    """Take the account out of what was written down of watchlist entries; return of how many rows."""
    patterns = _patterns(traces.viewer_id, traces.handles)
    mine = config_audit.c.action.startswith("rule.", autoescape=True) & or_(
        config_audit.c.before.contains('"pattern"'), config_audit.c.after.contains('"pattern"')
    )
    changed = 0
    for row in connection.execute(select(config_audit.c.id, config_audit.c.before, config_audit.c.after).where(mine)).all():
        values = {"before": _without_pattern(row.before, patterns), "after": _without_pattern(row.after, patterns)}
        if values != {"before": row.before, "after": row.after}:
            connection.execute(update(config_audit).where(config_audit.c.id == row.id).values(values))
            changed += 1
    return changed


def _without_pattern(stored: str | None, patterns: Collection[str]) -> str | None:
    audited = json.loads(stored) if stored else {}
    if audited.get("kind") != _USER or str(audited.get("pattern", "")).lower() not in patterns:
        return stored
    return json.dumps({name: value for name, value in audited.items() if name != "pattern"}, sort_keys=True, ensure_ascii=False)


def reads(connection: Connection, viewer_id: str) -> int:
    """Take the viewer out of what was written down of who read removed comments; return of how many rows."""
    theirs = (config_audit.c.action == audit.READ) & config_audit.c.after.contains(viewer_id, autoescape=True)
    changed = 0
    for row in connection.execute(select(config_audit.c.id, config_audit.c.after).where(theirs)).all():
        read = json.loads(row.after)
        # A short id stands in longer ones, too.
        if read.pop("viewer_id", None) == viewer_id:
            connection.execute(update(config_audit).where(config_audit.c.id == row.id).values(after=json.dumps(read)))
            changed += 1
    return changed


def cases(connection: Connection, traces: Traces) -> int:
    """Take the viewer, and what moderators wrote, out of up to some cases; they stay as numbers. Return how many."""
    theirs = select(case.c.id, case.c.facts).where(case.c.viewer_id == traces.viewer_id).limit(MOST_ROWS)
    found = list(connection.execute(theirs))
    for row in found:
        # The key would name them, and must stay one of its own. The card is made of the facts whenever somebody presses a button.
        values = {"viewer_id": "", "viewer_handle": "", "viewer_name": NAME, "key": f"{FORGOTTEN}{row.id}"}
        values["facts"] = _without(row.facts, traces) or ""
        connection.execute(update(case).where(case.c.id == row.id).values(values))
        connection.execute(update(case_step).where(case_step.c.case_id == row.id).values(note=""))
    return len(found) or _operators(connection, traces)


def _operators(connection: Connection, traces: Traces) -> int:
    """Some cases about somebody else, in which the viewer stands beside: a TikTok moderator who muted them, for one."""
    named = case.c.facts.contains(traces.viewer_id, autoescape=True)
    query = select(case.c.id, case.c.facts).where(named).order_by(case.c.id).limit(MOST_ROWS)
    after = 0
    while rows := connection.execute(query.where(case.c.id > after)).all():
        # A short id stands in other numbers, too: what does not change is passed over.
        changed = [(row.id, facts) for row in rows if (facts := _without(row.facts, traces)) != row.facts]
        for case_id, facts in changed:
            connection.execute(update(case).where(case.c.id == case_id).values(facts=facts))
        if changed:
            return len(changed)
        after = rows[-1].id
    return 0


def words_after(connection: Connection, creator_id: CreatorId, after: int, traces: Traces) -> tuple[int | None, dict[int, str]]:
    """The last place of a stretch of kept comments behind `after` (None: there is none), and those that address the viewer by
    a handle, without it.
    """
    mine = (comment.c.creator_id == creator_id) & (comment.c.seq > after)
    seqs = list(connection.execute(select(comment.c.seq).where(mine).order_by(comment.c.seq).limit(MOST_WORDS)).scalars())
    if not seqs:
        return None, {}
    addressed = or_(false(), *(comment.c.text.icontains(f"@{handle}", autoescape=True) for handle in traces.handles))
    found = select(comment.c.seq, comment.c.text).where(mine, comment.c.seq <= seqs[-1], addressed)
    said = {row.seq: traces.out_of_words(row.text) for row in connection.execute(found) if row.text}
    return seqs[-1], {seq: text for seq, text in said.items() if f"@{NAME}" in text}


def reword_comments(connection: Connection, creator_id: CreatorId, said: Mapping[int, str]) -> int:
    """Give these kept comments these texts; return how many there still are."""
    return sum(
        connection.execute(
            update(comment)
            .where(comment.c.creator_id == creator_id, comment.c.seq == seq, comment.c.text != text)
            .values(text=text)
        ).rowcount
        for seq, text in said.items()
    )


def next_with_comments(connection: Connection, after: CreatorId) -> CreatorId | None:
    """The next creator of whose LIVEs comments are kept."""
    found = connection.execute(select(func.min(comment.c.creator_id)).where(comment.c.creator_id > after)).scalar()
    return None if found is None else CreatorId(found)


def posts_after(connection: Connection, after: PostId, traces: Traces) -> tuple[PostId | None, list[LineKey]]:
    """The last post of a stretch behind `after` (None: there is none), and the lines in it that are about the viewer."""
    ids = list(connection.execute(select(post.c.id).where(post.c.id > after).order_by(post.c.id).limit(MOST_POSTS)).scalars())
    if not ids:
        return None, []
    stretch = post_line.c.post_id.between(ids[0], ids[-1])
    found = [
        (row.post_id, row.number, row.source)
        for row in connection.execute(select(post_line).where(stretch))
        if traces.did(viewer_id=row.viewer_id, grows=row.grows or "")
    ]
    return PostId(ids[-1]), found


def strike(connection: Connection, lines: Sequence[LineKey]) -> int:
    """Strike these lines and forget whose they were; return how many still stood. Their posts are to be edited."""
    struck = 0
    for post_id, number, source in lines:
        one = (post_line.c.post_id == post_id) & (post_line.c.number == number) & (post_line.c.source == source)
        stood = connection.execute(select(post_line.c.struck).where(one)).scalar() is False
        gone = {"struck": True, "rendered": "", "who": "", "said": "", "viewer_id": "", "grows": None}
        connection.execute(update(post_line).where(one).values(gone))
        if stood:
            struck += 1
            connection.execute(update(post).where(post.c.id == post_id).values(edit_revision=post.c.edit_revision + 1))
    return struck


def on_their_way(connection: Connection, traces: Traces) -> int:
    """Posts that are being sent and hold a line of theirs. They cannot be changed, only struck once they stand."""
    rows = connection.execute(
        select(intent_line.c.intent_id, intent_line.c.viewer_id, intent_line.c.grows).join(
            intents, intents.c.id == intent_line.c.intent_id
        )
    )
    return len({row.intent_id for row in rows if traces.did(viewer_id=row.viewer_id, grows=row.grows)})


def cards_after(connection: Connection, after: CardId, traces: Traces) -> tuple[CardId | None, list[Naming]]:
    """The last card of a stretch behind `after` (None: there is none), and those that are about the viewer.

    Whom a card is about stands in its maker's state, by id: a name on it may be anybody's.
    """
    rows = list(connection.execute(select(card).where(card.c.id > after).order_by(card.c.id).limit(MOST_CARDS)))
    if not rows:
        return None, []
    found = [
        Naming(CardId(row.id), may_again=not row.is_over and row.kind != CardKind.ALERT) for row in rows if _reworded(row, traces)
    ]
    return CardId(rows[-1].id), found


def reword(connection: Connection, which: Sequence[CardId], traces: Traces) -> int:
    """Take the viewer out of these cards, as they are by now; Discord is to show them. Return how many."""
    rows = list(connection.execute(select(card).where(card.c.id.in_(which))))
    changes = [(row.id, words) for row in rows if (words := _reworded(row, traces))]
    for card_id, words in changes:
        connection.execute(update(card).where(card.c.id == card_id).values(**words, revision=card.c.revision + 1))
    return len(changes)


def still_open(connection: Connection, cards: Sequence[int]) -> list[int]:
    """Those of these cards that may still name somebody again."""
    is_open = card.c.is_over.is_(False) & (card.c.kind != str(CardKind.ALERT))
    return list(connection.execute(select(card.c.id).where(card.c.id.in_(cards), is_open)).scalars())


def _reworded(row: Row[tuple[object, ...]], traces: Traces) -> dict[str, str | None]:
    """What of a card changes without the viewer: nothing if it is not about them."""
    state = _without(row.state, traces)
    if state == row.state:
        return {}
    known = traces.named_in(json.loads(row.state))
    shown = {
        name: _without(stored, known, has_names=True) for name, stored in (("message", row.message), ("posting", row.posting))
    }
    return {"state": state, **shown}


def _without(stored: str | None, traces: Traces, *, has_names: bool = False) -> str | None:
    """Stored JSON without the viewer, byte for byte as it was where they are not in it."""
    if not stored or not (has_names or traces.viewer_id in stored):
        return stored
    decoded = json.loads(stored)
    without = traces.out_of(decoded, stand_in=_STAND_IN, has_names=has_names)
    return stored if without == decoded else msgspec.json.encode(without).decode()


def _by_creator(connection: Connection, table: Table, is_theirs: ColumnElement[bool], second: Column[int]) -> int:
    """Delete some rows of one creator's: the tables are indexed by creator first, then by viewer."""
    for creator_id in _creators(connection, table):
        mine = (table.c.creator_id == creator_id) & is_theirs
        chosen = list(connection.execute(select(second).where(mine).limit(MOST_ROWS)).scalars())
        if chosen:
            return connection.execute(delete(table).where(mine, second.in_(chosen))).rowcount
    return 0


def _creators(connection: Connection, table: Table) -> Iterator[int]:
    """Whoever has rows there: one jump in the key for each."""
    last = -1
    while (
        found := connection.execute(select(func.min(table.c.creator_id)).where(table.c.creator_id > last)).scalar()
    ) is not None:
        last = found
        yield last
