"""After the evening: what the log, the bot's tables and Discord say, and where they disagree. Reads only."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.events import BattleEvent, BattleScoreEvent, CommentEvent, DeletionEvent, LiveStartedEvent, codec
from sandbox.discord.world import Channel, Message

_WORD = re.compile(r"(?:alice|bob|carol)\d+x")
_SAMPLED = re.compile(r"🌊 ([\d,]+) of ([\d,]+) comments? shown")
_COUNTED = re.compile(r"([\d,]+) lines? (?:left out|from <t:)")


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


def faults(database: Path, watches: Sequence[Watched], lost: Collection[int] = ()) -> list[str]:
    """Everything that is not as it must be, each in a sentence; empty when all is well.

    `lost`: the messages of which nobody could know that they stand (their nonces were forgotten, and the bot may not read the
    channel's history). What they say stands a second time, by which it is counted; of them nothing is expected but that the bot
    knows none of them.
    """
    logs = told(database)
    heard: dict[Channel, list[Told]] = {}
    for watch in watches:
        heard.setdefault(watch.channel, []).append(logs.get(watch.handle, Told()))
    with closing(_opened(database)) as connection:
        return [
            *(fault for channel, logged in heard.items() for fault in _wrong_lines(channel, logged, lost)),
            *(fault for watch in watches for fault in _missing_cards(connection, watch, logs.get(watch.handle, Told()))),
            *_strangers(connection, heard, lost),
            *_undone(connection, watches),
        ]


def _wrong_lines(channel: Channel, logs: Sequence[Told], lost: Collection[int]) -> Iterator[str]:
    """A line may be left out where more waits than fits into the next posts, but never in silence: only so many as are told."""
    texts = [text_of(message) for message in channel.messages if message.id not in lost]
    shown = Counter(word for text in texts for word in _WORD.findall(text))
    removed = {text for log in logs for text in log.removed}
    wanted = [text for log in logs for text in log.said if text not in removed]
    for text in sorted(removed):
        if shown[text]:
            yield f"#{channel.name}: {text} was removed and still stands"
    for text in wanted:
        if shown[text] > 1:
            yield f"#{channel.name}: {text} stands {shown[text]} times"
    missing = [text for text in wanted if not shown[text]]
    left_out = sum(map(_left_out, texts))
    if len(missing) > left_out:
        yield f"#{channel.name}: {len(missing)} lines are missing, and {left_out} are told to be: {' '.join(missing)}"


def _left_out(text: str) -> int:
    """How many lines a message says are missing."""
    sampled = sum(_number(of) - _number(shown) for shown, of in _SAMPLED.findall(text))
    return sampled + sum(map(_number, _COUNTED.findall(text)))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _missing_cards(connection: sqlite3.Connection, watch: Watched, log: Told) -> Iterator[str]:
    shows = {f"golive:{watch.id}:{room}" for room in log.shows}
    battles = {f"pk:{watch.channel.id}:{battle}" for battle in log.battles}
    standing = {message.id for message in watch.channel.messages}
    posted = {key for key, message_id in connection.execute("SELECT key, message_id FROM card") if message_id in standing}
    for key in sorted((shows | battles) - posted):
        yield f"#{watch.channel.name}: the card {key} does not stand"


def _strangers(connection: sqlite3.Connection, channels: Iterable[Channel], lost: Collection[int]) -> Iterator[str]:
    """Each message belongs to one post or card: one that nobody knows of was posted twice."""
    known = Counter(row for (row,) in connection.execute("SELECT message_id FROM post UNION ALL SELECT message_id FROM card"))
    for channel in channels:
        for message in channel.messages:
            if known[message.id] != (message.id not in lost):
                yield f"#{channel.name}: message {message.id} belongs to {known[message.id]} posts: {text_of(message)[:80]!r}"


def on_their_way(database: Path) -> set[tuple[str, int]]:
    """The posts and cards of which it is not written down that Discord took them."""
    with closing(_opened(database)) as connection:
        posts = connection.execute("SELECT id FROM intent").fetchall()
        cards = connection.execute("SELECT id FROM card WHERE posting IS NOT NULL").fetchall()
    return {("post", each) for (each,) in posts} | {("card", each) for (each,) in cards}


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
