"""One channel's queue: what waits, what is on its way, what was struck, and how far each cursor may go. Pure.

The promise that everything here serves: a watch's cursor never passes a line that is neither posted nor left out on purpose,
nor a deletion that is not in the ledger. So after a crash the log tells the rest again, and nothing of it was said before.

A lane holds one `Feed` for each watch of its channel. A post carries lines of one feed only, in their order; between feeds the
one whose line waits longest goes first. When the lane is full, the feed with most lines loses its oldest chat line, and the
next post says how many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from bot.delivery.budget import wanted_at
from bot.delivery.coalesce import next_post, nonce, note_text
from bot.model.draft import Intent, LedgerPost, Line, Urgency
from bot.model.ids import ChannelId, PostId, WatchId
from bot.model.watch import Watch
from bot.text import escape

MOST_EDITS = 500
"""Posts of a lane whose new text is held in memory; the ledger remembers the others as unedited."""


@dataclass(slots=True)
class Counters:
    """What has become of the lines of all lanes since the start."""

    offered: int = 0
    lines_posted: int = 0
    posts: int = 0
    left_out_chat: int = 0
    left_out_other: int = 0
    struck_waiting: int = 0
    edits: int = 0
    lines_refused: int = 0
    edits_refused: int = 0
    unknown: int = 0
    refusals: int = 0
    recovered: int = 0
    found_again: int = 0
    failures: int = 0


COMPANY_S = 3600.0
"""Two creators who both had lines in a channel within this time are told apart by a note above each post."""


@dataclass(frozen=True, slots=True)
class Strike:
    """Lines that TikTok took back: those of a room before `seq`, by message or by viewer. `at` is monotonic."""

    watch_id: WatchId
    seq: int
    room_id: str
    message_ids: frozenset[str]
    viewer_ids: frozenset[str]
    at: float

    def hits(self, line: Line) -> bool:
        """Whether the line is one of those. A line without ids is ours and is never taken back."""
        if line.room_id != self.room_id or line.seq >= self.seq:
            return False
        return (
            (line.message_id != "" and line.message_id in self.message_ids)
            or (line.message_uuid != "" and line.message_uuid in self.message_ids)
            or (line.viewer_id != "" and line.viewer_id in self.viewer_ids)
        )


@dataclass(frozen=True, slots=True)
class Queued:
    """A waiting line and since when (monotonic)."""

    line: Line
    at: float


@dataclass(slots=True)
class Feed:
    """A watch's part of a lane. Up to `head` the relay has told us everything; up to `stored` the cursor is durable."""

    watch: Watch
    head: int = 0
    stored: int = 0
    left_out: int = 0
    posted_at: float = float("-inf")
    lines: deque[Queued] = field(default_factory=deque)

    def oldest_chat(self) -> int | None:
        """Where the line stands that goes first when the lane is full."""
        return next((place for place, queued in enumerate(self.lines) if queued.line.urgency >= Urgency.CHAT), None)


@dataclass(slots=True)
class Flight:
    """A post on its way. `maybe_stored`: a try ended without an answer, so it may stand in the channel already.

    `strikes` came while it flew and hit one of its lines: they are applied again once it is in the ledger. `unwanted`: its
    watch has ended meanwhile.
    """

    intent: Intent
    maybe_stored: bool = False
    unwanted: bool = False
    strikes: list[Strike] = field(default_factory=list)


class Lane:
    """One channel. Every method is a decision without waiting; `now` is monotonic seconds."""

    def __init__(self, channel_id: ChannelId, *, capacity: int, fresh_s: float = float("inf")) -> None:
        self.channel_id = channel_id
        self.flights: deque[Flight] = deque()
        self.unsettled: list[Strike] = []
        self.edits: dict[PostId, LedgerPost] = {}
        self.edits_left_behind = False
        self.last_post_at = float("-inf")
        self.trouble = ""
        self.closed = False
        self._capacity = capacity
        self._fresh_s = fresh_s
        self._feeds: dict[WatchId, Feed] = {}
        self._recovered: dict[WatchId, int] = {}

    # What the relay says.

    def offer(self, watch: Watch, line: Line, *, now: float) -> tuple[int, int]:
        """Queue a line that is new; return how many chat lines and how many others had to go for it."""
        feed = self._feed(watch)
        if line.seq <= feed.head:
            return (0, 0)
        feed.head = line.seq
        if not line.text.strip():
            return (0, 0)
        feed.lines.append(Queued(line, now))
        return self._shed() if self.waiting > self._capacity else (0, 0)

    def passed(self, watch: Watch, seq: int) -> None:
        """The log up to `seq` holds nothing more for this watch."""
        feed = self._feed(watch)
        feed.head = max(feed.head, seq)

    def strike(self, watch: Watch, strike: Strike) -> int:
        """Drop the waiting lines that were taken back and return how many; the posted ones are to be settled."""
        feed = self._feed(watch)
        before = len(feed.lines)
        feed.lines = deque(queued for queued in feed.lines if not strike.hits(queued.line))
        self.unsettled.append(strike)
        for flight in self.flights:
            if flight.intent.watch_id == watch.id and any(map(strike.hits, flight.intent.lines)):
                flight.strikes.append(strike)
        return before - len(feed.lines)

    def stop(self, watch_id: WatchId) -> None:
        """The watch has ended: what waits for it is dropped. What was posted stays, and what was struck is still struck."""
        self._feeds.pop(watch_id, None)
        self._recovered.pop(watch_id, None)
        for flight in self.flights:
            flight.unwanted = flight.unwanted or flight.intent.watch_id == watch_id

    def position(self, watch_id: WatchId) -> int:
        """Up to where this watch's lines are known here: told by the relay, or recovered."""
        feed = self._feeds.get(watch_id)
        return max(feed.head if feed is not None else 0, self._recovered.get(watch_id, 0))

    # What waits.

    @property
    def waiting(self) -> int:
        return sum(len(feed.lines) for feed in self._feeds.values())

    @property
    def is_due(self) -> bool:
        """Whether there is anything to post."""
        return bool(self.flights) or any(feed.lines for feed in self._feeds.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing at all is left to do."""
        return not (self.is_due or self.unsettled or self.edits or self.edits_left_behind)

    @property
    def is_deserted(self) -> bool:
        """Whether no watch uses this lane any more."""
        return self.is_idle and not self._feeds

    def wanted_at(self) -> float:
        """When the next post should go, as far as its lines are concerned. Only for a lane that `is_due`."""
        feeds = [feed for feed in self._feeds.values() if feed.lines]
        if self.flights or not feeds:
            return float("-inf")
        return wanted_at(
            first_line_at=min(feed.lines[0].at for feed in feeds), last_line_at=max(feed.lines[-1].at for feed in feeds)
        )

    # What is on its way.

    def compose(self, *, now: float, now_ms: int) -> Flight | None:
        """The next post as an intent, on its way from now on; None when nothing waits or a strike is not settled yet."""
        self._leave_out_old(now)
        feeds = [feed for feed in self._feeds.values() if feed.lines]
        if not feeds or self.unsettled or self.flights:
            return None
        feed = min(feeds, key=lambda feed: feed.lines[0].at)
        post = next_post(
            (queued.line for queued in feed.lines),
            note=note_text(creator=self._creator_to_name(feed, now=now), left_out=feed.left_out),
        )
        for _ in range(post.taken):
            feed.lines.popleft()
        feed.left_out, feed.posted_at = 0, now
        through_seq = feed.lines[0].line.seq - 1 if feed.lines else feed.head
        flight = Flight(intent_of(feed.watch.id, self.channel_id, post.lines, through_seq=through_seq, now_ms=now_ms))
        self.flights.append(flight)
        return flight

    def _leave_out_old(self, now: float) -> None:
        """Lines that waited too long are old news: counted, not posted. The newest stays, to carry the count."""
        for feed in self._feeds.values():
            while len(feed.lines) > 1 and now - feed.lines[0].at > self._fresh_s:
                feed.lines.popleft()
                feed.left_out += 1

    def _creator_to_name(self, feed: Feed, *, now: float) -> str:
        """Whose lines these are, where the channel heard another creator lately; the escaped handle, else nothing."""
        others = (other for other in self._feeds.values() if other is not feed)
        if any(other.lines or now - other.posted_at < COMPANY_S for other in others):
            return escape(f"@{feed.watch.handle}")
        return ""

    def recover(self, intent: Intent, *, wanted: bool = True) -> None:
        """Take up a post that was on its way when the process ended: it goes first, and its lines are not queued again."""
        self.flights.append(Flight(intent, maybe_stored=True, unwanted=not wanted))
        if not wanted:  # its seqs may be another log's: the watch has ended, or moved to another creator
            return
        self._recovered[intent.watch_id] = max(self._recovered.get(intent.watch_id, 0), intent.through_seq)
        feed = self._feeds.get(intent.watch_id)
        if feed is not None:
            feed.head = max(feed.head, intent.through_seq)
            feed.lines = deque(queued for queued in feed.lines if queued.line.seq > intent.through_seq)

    def landed(self) -> None:
        """The first flight is over: posted and in the ledger, or given up. What hit it meanwhile is to be settled again."""
        flight = self.flights.popleft()
        feed = self._feeds.get(flight.intent.watch_id)
        if feed is not None and not flight.unwanted:
            feed.stored = max(feed.stored, flight.intent.through_seq)
        self.unsettled.extend(strike for strike in flight.strikes if strike not in self.unsettled)

    def rewrite(self, intents: list[Intent]) -> None:
        """The first flight was refused and is not in the channel: these smaller ones take its place."""
        flight = self.flights.popleft()
        for intent in reversed(intents):
            strikes = [strike for strike in flight.strikes if any(map(strike.hits, intent.lines))]
            self.flights.appendleft(Flight(intent, strikes=strikes))

    # What was struck.

    def settled(self, strikes: list[Strike], changed: list[LedgerPost]) -> None:
        """These strikes are in the ledger; these posts read differently now."""
        self.unsettled = [strike for strike in self.unsettled if strike not in strikes]
        for post in changed:
            self.must_edit(post)

    def must_edit(self, post: LedgerPost) -> None:
        """Discord shows an older text of this post."""
        held = self.edits.get(post.id)
        if held is None and len(self.edits) >= MOST_EDITS:
            self.edits_left_behind = True
        elif held is None or held.edit_revision <= post.edit_revision:
            self.edits[post.id] = post

    # How far the cursors may go.

    def cursors(self) -> Iterator[tuple[Watch, int]]:
        """Each watch whose durable cursor lags behind what is done, and how far it may move."""
        for feed in self._feeds.values():
            safe = self._safe_seq(feed)
            if safe > feed.stored:
                yield feed.watch, safe

    def moved(self, watch_id: WatchId, seq: int) -> None:
        """The watch's cursor is durable up to `seq`."""
        feed = self._feeds.get(watch_id)
        if feed is not None:
            feed.stored = max(feed.stored, seq)

    def _safe_seq(self, feed: Feed) -> int:
        seqs = [feed.head]
        seqs.extend(queued.line.seq - 1 for queued in islice(feed.lines, 1))
        seqs.extend(flight.intent.first_seq - 1 for flight in self.flights if flight.intent.watch_id == feed.watch.id)
        seqs.extend(strike.seq - 1 for strike in self.unsettled if strike.watch_id == feed.watch.id)
        seqs.extend(strike.seq - 1 for flight in self.flights for strike in flight.strikes if strike.watch_id == feed.watch.id)
        return min(seqs)

    def _feed(self, watch: Watch) -> Feed:
        feed = self._feeds.get(watch.id)
        if feed is None:
            feed = self._feeds[watch.id] = Feed(watch, head=self._recovered.get(watch.id, 0))
        elif feed.watch is not watch:
            feed.watch = watch
        return feed

    def _shed(self) -> tuple[int, int]:
        """One line too many: the longest feed loses its oldest chat line; where nobody chats, the oldest line of all goes."""
        chatty = [(len(feed.lines), feed, place) for feed in self._feeds.values() if (place := feed.oldest_chat()) is not None]
        if chatty:
            _, feed, place = max(chatty, key=lambda each: each[0])
        else:
            feed, place = max(self._feeds.values(), key=lambda feed: len(feed.lines)), 0
        del feed.lines[place]
        feed.left_out += 1
        return (1, 0) if chatty else (0, 1)


def intent_of(watch_id: WatchId, channel_id: ChannelId, lines: tuple[Line, ...], *, through_seq: int, now_ms: int) -> Intent:
    """The intent to post these lines; it passes the log up to `through_seq`."""
    content = "\n".join(line.text for line in lines)
    first_seq = lines[0].seq
    return Intent(
        watch_id=watch_id,
        channel_id=channel_id,
        first_seq=first_seq,
        through_seq=through_seq,
        content=content,
        nonce=nonce(watch_id, first_seq, through_seq, content),
        lines=lines,
        created_at_ms=now_ms,
    )


def halves(intent: Intent) -> list[Intent]:
    """A refused post as two, to find the line that Discord does not take; nothing when that line is alone.

    The first half passes what lies before the second. The note, if there is one, stays with the first line.
    """
    note, lines = note_apart(intent)
    if len(lines) < 2:
        return []
    middle = len(lines) // 2
    left, right = lines[:middle], lines[middle:]
    return [
        intent_of(intent.watch_id, intent.channel_id, note + left, through_seq=right[0].seq - 1, now_ms=intent.created_at_ms),
        intent_of(intent.watch_id, intent.channel_id, right, through_seq=intent.through_seq, now_ms=intent.created_at_ms),
    ]


def without_struck(flight: Flight, *, now_ms: int) -> list[Intent]:
    """What is left of a post that Discord does not hold, after some of its lines were struck: one intent or none."""
    intent = flight.intent
    note, lines = note_apart(intent)
    kept = tuple(line for line in lines if not any(strike.hits(line) for strike in flight.strikes))
    if not kept:
        return []
    return [intent_of(intent.watch_id, intent.channel_id, note + kept, through_seq=intent.through_seq, now_ms=now_ms)]


def note_apart(intent: Intent) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Our note and the lines. A note has the seq of the line below it, and no two lines of a watch share one."""
    lines = intent.lines
    has_note = len(lines) > 1 and lines[0].seq == lines[1].seq
    return (lines[:1], lines[1:]) if has_note else ((), lines)


def urgency_of(intent: Intent) -> Urgency:
    """A post is as urgent as its most urgent line."""
    return min((line.urgency for line in intent.lines), default=Urgency.CHAT)
