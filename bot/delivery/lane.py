"""One channel's queue: what waits, what is on its way, what was struck, and how far each cursor may go. Pure.

The promise that everything here serves: a watch's cursor never passes a line that is neither posted nor left out on purpose,
nor a deletion that is not in the ledger. So after a crash the log tells the rest again, and nothing of it was said before.

A lane holds one `Feed` for each watch of its channel. A post carries lines of one feed only, in their order; feeds take turns,
so that a busy creator silences nobody, and a restart every other minute neither. When the lane is full, the feed with most lines
loses its oldest chat line, and the next post says how many.

A line that grows (an open combo, a minute's follows) changes where it stands: in the queue, or, once posted, in the ledger. While
its end is sure to come it holds no cursor, and is only posted when the lane has nothing else to say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from bot.delivery.budget import wanted_at
from bot.delivery.coalesce import Notes, limit_of, next_post
from bot.delivery.flood import NO_FLOOD, Flood
from bot.delivery.intents import Strike, intent_of, notes_apart
from bot.delivery.waiting import Queued, Waiting
from bot.language import language
from bot.model.draft import Intent, LedgerPost, Line, sources
from bot.model.fault import Trouble
from bot.model.ids import ChannelId, PostId, WatchId
from bot.model.watch import Removal, Watch
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
    left_out_old: int = 0
    left_out_sampled: int = 0
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

OPEN_QUIET_S = 1.0
"""An open combo is shown before its end only when the channel has been silent for so long."""

GROW_EVERY_S = 2.0
"""A line that goes on growing is written, and its post edited, this often at most."""

UNSURE_S = 600.0
"""So long after the start, a line that grows may stand in a post of the process before: the ledger is asked."""

MOST_GROWING = 256
"""Lines of one feed that may still grow, the oldest forgotten first: a hot room has some dozens of combos at once."""


@dataclass(slots=True)
class Feed:
    """A watch's part of a lane. Up to `head` the relay has told us everything; up to `stored` the cursor is durable."""

    watch: Watch
    head: int = 0
    stored: int = 0
    left_out: int = 0
    posted_at: float = float("-inf")
    lines: Waiting = field(default_factory=Waiting)
    flood: Flood = NO_FLOOD
    open: dict[str, Queued] = field(default_factory=dict)
    """Lines that grow, whose end is sure to come and that nobody has seen yet, by what they are about."""
    standing: dict[str, float] = field(default_factory=dict)
    """What the posted lines that may still grow are about, and when (monotonic) each was posted or last grew."""


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


@dataclass(frozen=True, slots=True)
class Growth:
    """A posted line shall read like this now. `is_unsure`: perhaps it was never posted."""

    watch: Watch
    line: Line
    at: float
    is_unsure: bool = False


class Lane:
    """One channel. Every method is a decision without waiting; `now` is monotonic seconds."""

    def __init__(
        self,
        channel_id: ChannelId,
        *,
        capacity: int,
        fresh_s: float = float("inf"),
        began_at: float = float("-inf"),
        counters: Counters | None = None,
    ) -> None:
        self.channel_id = channel_id
        self.flights: deque[Flight] = deque()
        self.unsettled: list[Strike] = []
        self.growths: dict[tuple[WatchId, str], Growth] = {}
        self.edits: dict[PostId, LedgerPost] = {}
        self.edits_left_behind = False
        self.last_post_at = float("-inf")
        self.last_offer_at = float("-inf")
        self.newest = ""
        self.trouble: Trouble | None = None
        self.closed = False
        self.left_out_ever = 0
        self._counters = counters or Counters()
        self._capacity = capacity
        self._fresh_s = fresh_s
        self._began_at = began_at
        self._feeds: dict[WatchId, Feed] = {}
        self._recovered: dict[WatchId, int] = {}

    # What the relay says.

    def offer(self, watch: Watch, line: Line, *, now: float) -> None:
        """Queue a line that is new. In a full lane an older one has to go for it."""
        feed = self._feed(watch)
        if line.seq <= feed.head:
            return
        feed.head = line.seq
        if not line.text.strip() or (line.grows and self._grew(feed, line, now)):
            return
        self.last_offer_at = now
        feed.lines.add(Queued(line, now))
        self._shed()

    def _grew(self, feed: Feed, line: Line, now: float) -> bool:
        """Whether a line that grows found another place than the queue's end."""
        key = line.grows
        if len(self.growths) >= MOST_GROWING and (feed.watch.id, key) not in self.growths:
            return line.is_open  # the ledger does not keep up: what goes on is told when it ends, what has ended is told at once
        waiting = feed.lines.growing(key)
        if waiting is not None:
            waiting.line = replace(line, seq=waiting.line.seq)
        elif key in feed.standing or self._flies(feed.watch.id, key):
            # While it goes on, only the newest line of the channel is worth an edit; how it ended always is.
            if not line.is_open or (key == self.newest and now - feed.standing.get(key, now) >= GROW_EVERY_S):
                feed.standing[key] = now
                self.growths[feed.watch.id, key] = Growth(feed.watch, line, now)
        elif now - self._began_at < UNSURE_S and key not in feed.open:
            self.growths[feed.watch.id, key] = Growth(feed.watch, line, now, is_unsure=True)
        elif line.is_open:
            feed.open[key] = Queued(line, now)
            _shorten(feed.open)
        else:
            feed.open.pop(key, None)
            return False
        return True

    def _flies(self, watch_id: WatchId, key: str) -> bool:
        flying = (flight.intent for flight in self.flights if flight.intent.watch_id == watch_id)
        return any(line.grows == key for intent in flying for line in intent.lines)

    def passed(self, watch: Watch, seq: int) -> None:
        """The log up to `seq` holds nothing more for this watch."""
        feed = self._feed(watch)
        feed.head = max(feed.head, seq)

    def strike(self, watch: Watch, strike: Strike) -> int:
        """Drop the waiting lines that were taken back and return how many; the posted ones are to be settled."""
        feed = self._feed(watch)
        dropped = feed.lines.drop(strike.hits)
        if watch.settings.removal is not Removal.LEAVE:
            self.unsettled.append(strike)
            for flight in self.flights:
                if flight.intent.watch_id == watch.id and _is_hit(flight.intent, strike):
                    flight.strikes.append(strike)
        return dropped

    def forget(self, is_theirs: Callable[[Line], bool]) -> int:
        """Drop the waiting lines of somebody who asked to be forgotten; return how many. What flies is struck once it stands."""
        dropped = 0
        for feed in self._feeds.values():
            before = len(feed.open)
            feed.open = {key: queued for key, queued in feed.open.items() if not is_theirs(queued.line)}
            dropped += feed.lines.drop(is_theirs) + before - len(feed.open)
        self.growths = {which: growth for which, growth in self.growths.items() if not is_theirs(growth.line)}
        return dropped

    def stop(self, watch_id: WatchId) -> None:
        """The watch has ended: what waits for it is dropped. What was posted stays, and what was struck is still struck."""
        self._feeds.pop(watch_id, None)
        self._recovered.pop(watch_id, None)
        self.growths = {which: growth for which, growth in self.growths.items() if which[0] != watch_id}
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
    def waiting_since(self) -> float | None:
        """Since when (monotonic) the line waits that waits longest."""
        return min((feed.lines.first.at for feed in self._feeds.values() if feed.lines), default=None)

    @property
    def is_due(self) -> bool:
        """Whether there is anything to post, or perhaps is."""
        return bool(self.flights) or self._is_unsure or any(feed.lines or feed.open for feed in self._feeds.values())

    @property
    def _is_unsure(self) -> bool:
        return any(growth.is_unsure for growth in self.growths.values())

    @property
    def holds_back(self) -> bool:
        """Whether something must be in the ledger before a later line may be posted. How an open combo goes on need not."""
        return bool(self.unsettled) or any(each.is_unsure or not each.line.is_open for each in self.growths.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing at all is left to do."""
        return not (self.is_due or self.unsettled or self.growths or self.edits or self.edits_left_behind)

    @property
    def is_deserted(self) -> bool:
        """Whether no watch uses this lane any more."""
        return self.is_idle and not self._feeds

    def wanted_at(self) -> float:
        """When the next post should go, as far as its lines are concerned. Only for a lane that `is_due`."""
        feeds = [feed for feed in self._feeds.values() if feed.lines]
        if self.flights or self._is_unsure:
            return float("-inf")
        if not feeds:
            return max(self.last_offer_at, self.last_post_at) + OPEN_QUIET_S
        return wanted_at(
            first_line_at=min(feed.lines.first.at for feed in feeds), last_line_at=max(feed.lines.last.at for feed in feeds)
        )

    # What is on its way.

    def compose(self, *, now: float, now_ms: int, interval_s: float = 0.0, nothing_is_late: bool = False) -> Flight | None:
        """The next post as an intent, on its way from now on; None when nothing waits or something is not settled yet.

        `nothing_is_late`: the end is near, and what waits goes out whole.
        """
        self._leave_out_old(now)
        if self.unsettled or self.flights or self._is_unsure:
            return None
        feed = self._next_feed()
        if feed is None:
            return None
        settings = feed.watch.settings
        oldest_chat = feed.lines.oldest_chat
        post = next_post(
            [queued.line for queued in feed.lines],
            Notes(language(settings.look.locale), self._creator_to_name(feed, now=now), feed.left_out),
            flood=feed.flood,
            lag_s=0.0 if nothing_is_late or oldest_chat is None else now - oldest_chat.at,
            interval_s=interval_s,
            limit=limit_of(settings.look.style),
        )
        for _ in range(post.taken):
            feed.lines.take()
        self._counters.left_out_sampled += post.missing
        self.left_out_ever += post.missing
        feed.flood, feed.left_out, feed.posted_at = post.flood, 0, now
        through_seq = feed.lines.first.seq - 1 if feed.lines else feed.head
        intent = intent_of(
            feed.watch.id,
            self.channel_id,
            post.lines,
            through_seq=through_seq,
            now_ms=now_ms,
            style=settings.look.style,
            creator_id=feed.watch.creator_id,
        )
        self.flights.append(Flight(intent))
        return self.flights[-1]

    def _next_feed(self) -> Feed | None:
        """Whose turn it is: the one that posted longest ago, then whose line waits longest. When nothing waits, an open combo may
        show itself.
        """
        feeds = [feed for feed in self._feeds.values() if feed.lines]
        if feeds:
            return min(feeds, key=lambda feed: (feed.posted_at, feed.lines.first.at))
        feed = next((feed for feed in self._feeds.values() if feed.open), None)
        if feed is not None:
            for queued in feed.open.values():
                feed.lines.add(queued)
            feed.open.clear()
        return feed

    def _leave_out_old(self, now: float) -> None:
        """Lines that waited too long are old news: counted, not posted. The newest stays, to carry the count."""
        for feed in self._feeds.values():
            while len(feed.lines) > 1 and now - feed.lines.first.at > self._fresh_s:
                feed.lines.take()
                feed.left_out += 1
                self._counters.left_out_old += 1
                self.left_out_ever += 1

    def _creator_to_name(self, feed: Feed, *, now: float) -> str:
        """Whose lines these are, where the channel heard another creator lately; the escaped handle, else nothing."""
        others = (other for other in self._feeds.values() if other is not feed)
        if any(other.lines or now - other.posted_at < COMPANY_S for other in others):
            return escape(f"@{feed.watch.handle}")
        return ""

    def is_old_news(self, flight: Flight, *, age_ms: int) -> bool:
        """Whether a post that Discord does not hold has waited so long that its lines are only counted."""
        if flight.maybe_stored or age_ms <= self._fresh_s * 1000:
            return False
        feed = self._feeds.get(flight.intent.watch_id)
        lost = sum(len(sources(line)) for line in notes_apart(flight.intent)[1])
        if feed is not None:
            feed.left_out += lost
        self._counters.left_out_old += lost
        self.left_out_ever += lost
        return True

    def recover(self, intent: Intent, *, wanted: bool = True) -> None:
        """Take up a post that was on its way when the process ended: it goes first, and its lines are not queued again."""
        self.flights.append(Flight(intent, maybe_stored=True, unwanted=not wanted))
        if not wanted:  # its seqs may be another log's: the watch has ended, or moved to another creator
            return
        self._recovered[intent.watch_id] = max(self._recovered.get(intent.watch_id, 0), intent.through_seq)
        feed = self._feeds.get(intent.watch_id)
        if feed is not None:
            feed.head = max(feed.head, intent.through_seq)
            feed.lines.drop(lambda line: line.seq <= intent.through_seq)

    def landed(self) -> None:
        """The first flight is over: posted and in the ledger, or given up. What hit it meanwhile is to be settled again."""
        flight = self.flights.popleft()
        feed = self._feeds.get(flight.intent.watch_id)
        if feed is not None and not flight.unwanted:
            feed.stored = max(feed.stored, flight.intent.through_seq)
            feed.standing |= dict.fromkeys((line.grows for line in flight.intent.lines if line.grows), self.last_post_at)
            _shorten(feed.standing)
            self.newest = flight.intent.lines[-1].grows
        # Copies: one of them may be on its way to a ledger that did not know of this post yet, and is done with after that.
        self.unsettled.extend(replace(strike) for strike in flight.strikes)

    def rewrite(self, intents: list[Intent]) -> None:
        """The first flight was refused and is not in the channel: these smaller ones take its place."""
        flight = self.flights.popleft()
        for intent in reversed(intents):
            strikes = [strike for strike in flight.strikes if _is_hit(intent, strike)]
            self.flights.appendleft(Flight(intent, strikes=strikes))

    # What was struck, and what grew.

    def due_growths(self) -> list[Growth]:
        """Those whose line is not on its way to Discord right now."""
        return [growth for growth in self.growths.values() if not self._flies(growth.watch.id, growth.line.grows)]

    def grown(self, growth: Growth, changed: list[LedgerPost]) -> None:
        """The ledger knows of it: these posts read differently now. If none does, the line was never posted: it waits now."""
        which = growth.watch.id, growth.line.grows
        feed = self._feeds.get(growth.watch.id)
        is_newest = self.growths.get(which) is growth
        if is_newest:
            del self.growths[which]
        for post in changed:
            self.must_edit(post)
        if feed is None:
            return
        if changed:
            feed.standing[growth.line.grows] = growth.at
        elif is_newest and growth.line.is_open:
            feed.open[growth.line.grows] = Queued(growth.line, growth.at)
        elif is_newest:
            feed.lines.add(Queued(growth.line, growth.at))
            self._shed()

    def settled(self, strikes: list[Strike], changed: list[LedgerPost]) -> None:
        """These strikes are in the ledger; these posts read differently now."""
        written = {id(strike) for strike in strikes}
        self.unsettled = [strike for strike in self.unsettled if id(strike) not in written]
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
        if feed.lines:
            seqs.append(feed.lines.first.seq - 1)
        seqs.extend(flight.intent.first_seq - 1 for flight in self.flights if flight.intent.watch_id == feed.watch.id)
        seqs.extend(strike.seq - 1 for strike in self.unsettled if strike.watch_id == feed.watch.id)
        seqs.extend(strike.seq - 1 for flight in self.flights for strike in flight.strikes if strike.watch_id == feed.watch.id)
        seqs.extend(
            growth.line.seq - 1
            for growth in self.growths.values()
            if growth.watch.id == feed.watch.id and not growth.line.is_open
        )
        return min(seqs)

    def _feed(self, watch: Watch) -> Feed:
        feed = self._feeds.get(watch.id)
        if feed is None:
            feed = self._feeds[watch.id] = Feed(watch, head=self._recovered.get(watch.id, 0))
        elif feed.watch is not watch:
            feed.watch = watch
        return feed

    def _shed(self) -> None:
        """With one line too many the longest feed loses its oldest chat line; where nobody chats, the oldest of all goes."""
        if self.waiting <= self._capacity:
            return
        chatty = [feed for feed in self._feeds.values() if feed.lines.oldest_chat is not None]
        feed = max(chatty or self._feeds.values(), key=lambda feed: len(feed.lines))
        if chatty:
            feed.lines.take_oldest_chat()
            self._counters.left_out_chat += 1
        else:
            feed.lines.take()
            self._counters.left_out_other += 1
        feed.left_out += 1
        self.left_out_ever += 1


def _is_hit(intent: Intent, strike: Strike) -> bool:
    return any(strike.hits(source) for line in intent.lines for source in sources(line))


def _shorten(held: dict[str, Queued] | dict[str, float]) -> None:
    while len(held) > MOST_GROWING:
        del held[next(iter(held))]
