"""After the evening: what the log, the bot's tables and Discord say, and where they disagree. Reads only."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.events import BattleEvent, BattleScoreEvent, CommentEvent, DeletionEvent, LiveStartedEvent, codec
from sandbox.discord.world import Channel, Message

_WORD = re.compile(r"(?:alice|bob|carol)\d+x")


@dataclass(slots=True)
class Told:
    """What one creator's log holds: all of it was received, so all of it must have had its effect."""

    said: dict[str, CommentEvent] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    shows: set[str] = field(default_factory=set)
    battles: set[str] = field(default_factory=set)

    @property
    def counts(self) -> str:
        return f"{len(self.said)} comments, {len(self.removed)} removed, {len(self.shows)} shows, {len(self.battles)} battles"


@dataclass(frozen=True, slots=True)
class Watched:
    """A watch: of whom, and where it is relayed."""

    id: int
    handle: str
    channel: Channel


def told(database: Path) -> Mapping[str, Told]:
    """The log, by creator."""
    each: dict[str, Told] = {}
    with closing(_opened(database)) as connection:
        for (body,) in connection.execute("SELECT body FROM log_batch ORDER BY creator_id, first_seq"):
            for entry in codec.decode(body):
                _hear(each.setdefault(entry.event.creator, Told()), entry.event)
    return each


def _hear(log: Told, event: object) -> None:
    match event:
        case CommentEvent():
            log.said[event.text] = event
        case DeletionEvent():
            log.removed |= {
                text
                for text, said in log.said.items()
                if said.message_id in event.message_ids or (said.user is not None and said.user.id in event.user_ids)
            }
        case LiveStartedEvent():
            log.shows.add(event.room_id)
        case BattleEvent() | BattleScoreEvent():
            log.battles.add(event.battle_id)


def faults(database: Path, watches: Sequence[Watched]) -> list[str]:
    """Everything that is not as it must be, each in a sentence; empty when all is well."""
    logs = told(database)
    with closing(_opened(database)) as connection:
        return [
            *(fault for watch in watches for fault in _wrong_lines(watch, logs.get(watch.handle, Told()))),
            *(fault for watch in watches for fault in _missing_cards(connection, watch, logs.get(watch.handle, Told()))),
            *_strangers(connection, {watch.channel.id: watch.channel for watch in watches}.values()),
            *_undone(connection, watches),
        ]


def _wrong_lines(watch: Watched, log: Told) -> Iterator[str]:
    shown = Counter(word for message in watch.channel.messages for word in _WORD.findall(text_of(message)))
    where = f"#{watch.channel.name}"
    for text in log.said:
        if text in log.removed and shown[text]:
            yield f"{where}: {text} was removed and still stands"
        elif text not in log.removed and shown[text] != 1:
            yield f"{where}: {text} stands {shown[text]} times"
    if any("🌊" in text_of(message) or "left out" in text_of(message) for message in watch.channel.messages):
        yield f"{where}: lines were left out, so that nothing can be said of them"


def _missing_cards(connection: sqlite3.Connection, watch: Watched, log: Told) -> Iterator[str]:
    shows = {f"golive:{watch.id}:{room}" for room in log.shows}
    battles = {f"pk:{watch.channel.id}:{battle}" for battle in log.battles}
    posted = {key for (key,) in connection.execute("SELECT key FROM card WHERE message_id IS NOT NULL")}
    for key in sorted((shows | battles) - posted):
        yield f"#{watch.channel.name}: the card {key} was never posted"


def _strangers(connection: sqlite3.Connection, channels: Iterable[Channel]) -> Iterator[str]:
    """Each message belongs to one post or card: one that nobody knows of was posted twice."""
    known = Counter(row for (row,) in connection.execute("SELECT message_id FROM post UNION ALL SELECT message_id FROM card"))
    for channel in channels:
        for message in channel.messages:
            if known[message.id] != 1:
                yield f"#{channel.name}: message {message.id} belongs to {known[message.id]} posts: {text_of(message)[:80]!r}"


def _undone(connection: sqlite3.Connection, watches: Sequence[Watched]) -> Iterator[str]:
    for what, query in (
        ("posts are on their way", "SELECT COUNT(*) FROM intent"),
        ("corrections are not shown", "SELECT COUNT(*) FROM post WHERE edited_revision < edit_revision"),
        ("cards are not shown as they should be", "SELECT COUNT(*) FROM card WHERE shown_revision < revision"),
    ):
        (count,) = connection.execute(query).fetchone()
        if count:
            yield f"{count} {what}"
    standing = connection.execute("SELECT COUNT(*) FROM watch WHERE ended_at_ms IS NULL AND paused_at_ms IS NULL").fetchone()[0]
    if standing != len(watches):
        yield f"{standing} of {len(watches)} watches stand"


def text_of(message: Message) -> str:
    """All that a message says."""
    return "\n".join([message.content, *(str(embed.get("description", "")) for embed in message.embeds)])


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)
