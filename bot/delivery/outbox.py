"""Cards to Discord: each is posted once, then edited until it is over, or deleted. What the outbox should do stands in a table.

Who wishes a card waits for the table only. One scan finds what Discord does not show yet and serves each channel in a task of
its own, one card after the other, so a channel that cannot be posted in delays nobody.

A post is stored before it is sent and kept until Discord answers: after a crash the same text goes out under the same nonce.
Discord remembers one for a few minutes; later, the message is looked for in the channel first.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Protocol, TypeVar

from bot.backoff import delay_s
from bot.clock import Bell, Clock
from bot.delivery.coalesce import same_text
from bot.delivery.editing import GONE, OLD_MESSAGE_S, TOO_MANY_OLD_EDITS, WAITS
from bot.delivery.posting import CLOCK_SLACK_MS, CONTENT, DELETED, NONCE_TRUSTED_MS, PLACES
from bot.delivery.sender import Sender, text_of
from bot.errors import DatabaseError, DeliveryUnknown, Undeliverable
from bot.model.card import Card, CardKind, Posting
from bot.model.fault import Trouble
from bot.model.ids import CardId, ChannelId, DiscordMessageId
from bot.model.message import Message
from bot.storage import cards
from bot.storage.cards import Due
from bot.storage.database import Database

T = TypeVar("T")

EDIT_EVERY_S = 10.0
"""Between two edits of one card, unless it is over."""

ALERT_EVERY_S = 2.0
"""The same for alerts: moderators act on what they see."""

LASTING = frozenset({CardKind.NOTICE, CardKind.ALERT})
"""Kinds that are posted however late: somebody must know."""

LATE_S = 3600.0
"""A go-live post or a PK card that could not be posted for so long is not posted any more. (Notices and alerts wait for ever.)"""

SCAN_EVERY_S = 0.1
TICK_S = 1.0
IDLE_S = 60.0
MOST_DUE = 500
MOST_CHANNELS = 50
"""Channels that are served at once. What is more stands in the table until its turn comes."""

MOST_WITH_ALERTS = 2 * MOST_CHANNELS
"""The same where an alert waits: a thousand go-live posts that wait for Discord must not keep moderators waiting."""

_PATIENCE = 3
"""Tries after which a refusal that we do not know, or an error of ours, is taken to be about the card itself."""

_log = logging.getLogger(__name__)


class Settings(Protocol):
    """The part of the configuration that concerns cards."""

    @property
    def freshness_s(self) -> float:
        """Age after which a card pings nobody, and is not posted at all if it is over."""


@dataclass(slots=True)
class Counters:
    """What has become of cards since the start."""

    posted: int = 0
    edited: int = 0
    deleted: int = 0
    refused: int = 0
    """Cards that Discord never takes as they are, or whose message is gone."""
    unknown: int = 0
    """Requests without an answer; each is repeated."""
    recovered: int = 0
    """Posts that were on their way when the last process ended."""
    late: int = 0
    """Cards that were too old to be posted."""
    failures: int = 0
    """Errors of ours."""


@dataclass(slots=True)
class _Pause:
    """Why nothing can be done in a channel, and until when nothing is tried (monotonic)."""

    trouble: Trouble
    until: float


@dataclass(slots=True)
class _Pace:
    """When a card may be tried again (monotonic), and how often it failed in a row."""

    not_before: float = float("-inf")
    failures: int = 0
    edited_at: float = float("-inf")


class Outbox:
    """Delivers cards. Build it, call `run` in a task; what was wished before waits in the table."""

    def __init__(self, db: Database, sender: Sender, clock: Clock, settings: Settings, *, rng: Random | None = None) -> None:
        self.counters = Counters()
        self.database_refusals = 0
        """How often the database refused, ever."""
        self.posted: Callable[[Card], None] = _nobody
        """Hears of each card that Discord has just taken."""
        self._db = db
        self._sender = sender
        self._clock = clock
        self._rng = rng or Random()
        self._freshness_ms = round(settings.freshness_s * 1000)
        self._bell = Bell()
        # What may have changed the table, counted; and how much of that the last scan has seen.
        self._changes = 1
        self._scanned = 0
        self._waiting: list[Due] = []
        self._busy: dict[ChannelId, asyncio.Task[None]] = {}
        self._pauses: dict[ChannelId, _Pause] = {}
        self._paces: dict[CardId, _Pace] = {}
        self._is_draining = False

    async def wish(self, wished: Sequence[Card]) -> None:
        """These cards should stand so. Durable on return; wishing the same again changes nothing. Raises `DatabaseError`."""
        await self._db.write(cards.wish, wished)
        self.look()

    def look(self) -> None:
        """Somebody wished cards in a transaction of their own."""
        self._look_again()

    def is_idle(self) -> bool:
        """Whether Discord shows everything that was wished, but for channels in trouble."""
        return self._scanned == self._changes and not self._waiting and not self._busy

    @property
    def waiting(self) -> int:
        """Cards that Discord does not show as they should be, as of the last look. Channels in trouble are not counted."""
        return len(self._waiting)

    def troubles(self) -> dict[ChannelId, Trouble]:
        """Channels in which no card can be posted or changed for now."""
        return {channel_id: pause.trouble for channel_id, pause in self._pauses.items()}

    def retry(self, channel_id: ChannelId) -> None:
        """Somebody changed something: try again now what was refused there."""
        if channel_id in self._pauses:
            self._pauses[channel_id].until = float("-inf")
            self._look_again()

    async def run(self) -> None:
        """Until cancelled. What is then on its way is found again by the next start."""
        first = await self._surely(partial(self._db.read, cards.due, without=(), most=MOST_DUE))
        self.counters.recovered += sum(each.is_on_its_way for each in first)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick())
            while True:
                await self._scan(group)
                await self._bell.wait(IDLE_S)
                await self._clock.sleep(SCAN_EVERY_S)

    async def drain(self, deadline_s: float) -> bool:
        """Show what waits, for at most `deadline_s`; return whether nothing is left. What is left stays in the table."""
        self._is_draining = True
        self._look_again()
        until = self._clock.monotonic() + deadline_s
        while not (done := self.is_idle()) and self._clock.monotonic() < until:
            await self._clock.sleep(0.05)
        return done

    def _look_again(self) -> None:
        self._changes += 1
        self._bell.ring()

    async def _tick(self) -> None:
        """Timers are looked at once a second."""
        while True:
            await self._clock.sleep(TICK_S)
            if self._waiting or self._pauses:
                self._bell.ring()

    async def _scan(self, group: asyncio.TaskGroup) -> None:
        """Look what is to do, and begin with what may be done now."""
        now = self._clock.monotonic()
        shut = {channel_id for channel_id, pause in self._pauses.items() if pause.until > now} | set(self._busy)
        changes = self._changes
        self._waiting = await self._surely(partial(self._db.read, cards.due, without=shut, most=MOST_DUE))
        self._scanned = changes
        self._forget()
        now = self._clock.monotonic()
        wanted: dict[ChannelId, list[CardId]] = {}
        for each in self._waiting:
            if self._may_go(each, now):
                wanted.setdefault(each.channel_id, []).append(each.id)
        alerted = {each.channel_id for each in self._waiting if each.kind is CardKind.ALERT}
        for channel_id, ids in wanted.items():
            most = MOST_WITH_ALERTS if channel_id in alerted else MOST_CHANNELS
            if len(self._busy) < most and channel_id not in self._busy:
                self._busy[channel_id] = group.create_task(self._serve(channel_id, ids))

    def _may_go(self, due: Due, now: float) -> bool:
        pace = self._paces.get(due.id)
        if pace is None:
            return True
        is_paced = due.is_posted and not due.is_over and not self._is_draining
        every_s = ALERT_EVERY_S if due.kind is CardKind.ALERT else EDIT_EVERY_S
        return now >= max(pace.not_before, pace.edited_at + every_s if is_paced else float("-inf"))

    def _forget(self) -> None:
        """A card that was let alone for long needs no pace, a channel without a card that waits has no trouble."""
        now = self._clock.monotonic()
        waiting = {each.id for each in self._waiting}
        for card_id, pace in list(self._paces.items()):
            if card_id not in waiting and now > max(pace.edited_at + EDIT_EVERY_S, pace.not_before):
                del self._paces[card_id]
        channels = {each.channel_id for each in self._waiting} | set(self._busy)
        for channel_id, pause in list(self._pauses.items()):
            if pause.until <= now and channel_id not in channels:
                del self._pauses[channel_id]

    async def _serve(self, channel_id: ChannelId, ids: Iterable[CardId]) -> None:
        """One channel's cards, until one of them meets a refusal that concerns the channel."""
        try:
            for card_id in ids:
                pace = self._paces.setdefault(card_id, _Pace())
                try:
                    went_well = await self._show(card_id, pace)
                except Exception:  # noqa: BLE001  # the edge of a channel's task: one card never stops the others
                    self.counters.failures += 1
                    _log.exception("a card cannot be shown in channel=%s", channel_id)
                    went_well = True
                    await self._failed(card_id, pace)
                self._paces[card_id] = pace
                if not went_well:
                    return
        finally:
            del self._busy[channel_id]
            self._look_again()

    async def _show(self, card_id: CardId, pace: _Pace) -> bool:
        """Bring one card a step further; return whether the channel can take another."""
        card = await self._surely(partial(self._db.read, cards.of_id, card_id))
        if card is None or card.shown_revision >= card.revision:
            return True
        try:
            if card.message_id is None:
                await self._post(card, pace)
            elif card.is_withdrawn:
                await self._sender.delete(card.channel_id, card.message_id, urgency=card.urgency)
                await self._gone(card)
                self.counters.deleted += 1
            else:
                await self._sender.edit(card.channel_id, card.message_id, card.message, urgency=card.urgency)
                pace.edited_at = self._clock.monotonic()
                await self._surely(partial(self._db.write, cards.shown, card.id, revision=card.revision))
                self.counters.edited += 1
        except DeliveryUnknown as unknown:
            self.counters.unknown += 1
            _log.info("no answer from Discord for a card in channel=%s, it is tried again: %s", card.channel_id, unknown)
            self._later(pace, delay_s(pace.failures, self._rng))
            return True
        except Undeliverable as refusal:
            return await self._refused(card, pace, refusal)
        pace.failures = 0
        pace.not_before = float("-inf")
        self._well(card.channel_id)
        return True

    # Posting.

    async def _post(self, card: Card, pace: _Pace) -> None:
        now_ms = self._clock.now_ms()
        posting = card.posting
        if posting is not None and (card.is_withdrawn or now_ms - posting.at_ms > NONCE_TRUSTED_MS):
            found = await self._find(card, posting)
            if found is not None:
                await self._posted(card, posting, found, pace)
                return
            await self._surely(partial(self._db.write, cards.close_posting, card.id))
            posting = None
        if posting is None:
            posting = self._next_posting(card, now_ms)
            if posting is None:
                await self._gone(card)
                return
            await self._surely(partial(self._db.write, cards.open_posting, card.id, posting))
        message_id = await self._sender.send(card.channel_id, posting.message, nonce=nonce(card, posting), urgency=card.urgency)
        await self._posted(card, posting, message_id, pace)

    def _next_posting(self, card: Card, now_ms: int) -> Posting | None:
        """What to send, None for a card that is not worth a post any more."""
        if card.is_withdrawn:
            return None
        age_ms = now_ms - card.created_at_ms
        is_old = age_ms > self._freshness_ms
        if card.kind not in LASTING and (age_ms > LATE_S * 1000 or (is_old and card.is_over)):
            self.counters.late += 1
            return None
        return Posting(card.revision, now_ms, unpinged(card.message) if is_old else card.message)

    async def _find(self, card: Card, posting: Posting) -> DiscordMessageId | None:
        """A post that Discord may hold, None when nobody will ever see it. What another card shows is not this one."""
        text = text_of(posting.message)
        for found in await self._sender.recent(card.channel_id):
            if found.nonce:
                is_this = found.nonce == nonce(card, posting)
            else:
                is_this = found.created_at_ms >= posting.at_ms - CLOCK_SLACK_MS and same_text(found.content, text)
            if is_this and await self._surely(partial(self._db.read, cards.of_message, found.message_id)) is None:
                return found.message_id
        return None

    async def _posted(self, card: Card, posting: Posting, message_id: DiscordMessageId, pace: _Pace) -> None:
        await self._surely(partial(self._db.write, cards.posted, card.id, posting, message_id=message_id))
        pace.edited_at = self._clock.monotonic()
        self.counters.posted += 1
        self.posted(card)

    async def _gone(self, card: Card) -> None:
        await self._surely(partial(self._db.write, cards.gone, card.id))

    # What went wrong.

    async def _refused(self, card: Card, pace: _Pace, refusal: Undeliverable) -> bool:
        """Return whether the channel can take another card."""
        code = refusal.code
        is_new = card.message_id is None
        if code == TOO_MANY_OLD_EDITS:
            self._later(pace, OLD_MESSAGE_S)
            return True
        if code == DELETED or (not is_new and code in GONE):
            # Somebody did not want it.
            self.counters.refused += 1
            await self._gone(card)
            return True
        waits = code in (0, *PLACES) if is_new else code in WAITS
        if waits:
            await self._wait_for_somebody(card, refusal)
            return False
        if code not in CONTENT and pace.failures < _PATIENCE:
            self._later(pace, delay_s(pace.failures, self._rng))
            return True
        await self._give_up(card, f"Discord does not take it (code {code})")
        return True

    async def _wait_for_somebody(self, card: Card, refusal: Undeliverable) -> None:
        """Nothing can be done here until a person puts it right: say so once, ask ever less often."""
        if card.posting is None and card.message_id is None:
            # Refused at its first try, so it is not there: what goes out later is what the card says then.
            await self._surely(partial(self._db.write, cards.close_posting, card.id))
        now, reason = self._clock.monotonic(), PLACES.get(refusal.code, refusal.reason)
        before = self._pauses.get(card.channel_id)
        trouble = before.trouble if before is not None else Trouble(refusal.code, reason, now, refusals=0)
        if before is None or refusal.code != trouble.code:
            trouble = Trouble(refusal.code, reason, trouble.since_s, trouble.refusals)
            _log.warning("no card can be posted in channel=%s for now: %s", card.channel_id, reason)
        pause_s = delay_s(trouble.refusals, self._rng, first_s=5.0, most_s=300.0)
        self._pauses[card.channel_id] = _Pause(replace(trouble, refusals=trouble.refusals + 1), now + pause_s)

    async def _give_up(self, card: Card, why: str) -> None:
        """Nothing that we send will be taken: say so once. A message that stands stays as it is."""
        _log.error("a card (%s) in channel=%s is given up: %s", card.kind, card.channel_id, why)
        self.counters.refused += 1
        if card.message_id is None:
            await self._gone(card)
        else:
            await self._surely(partial(self._db.write, cards.shown, card.id, revision=card.revision))

    async def _failed(self, card_id: CardId, pace: _Pace) -> None:
        self._later(pace, delay_s(pace.failures, self._rng))
        if pace.failures > _PATIENCE:
            pace.failures = 0
            card = await self._surely(partial(self._db.read, cards.of_id, card_id))
            if card is not None:
                await self._give_up(card, "unexpected errors")

    def _later(self, pace: _Pace, pause_s: float) -> None:
        pace.failures += 1
        pace.not_before = self._clock.monotonic() + pause_s

    def _well(self, channel_id: ChannelId) -> None:
        if self._pauses.pop(channel_id, None) is not None:
            _log.info("cards can be posted in channel=%s again", channel_id)

    async def _surely(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Our promises need the database, so a refusal is waited out, as in `Ledger`."""
        attempt = 0
        while True:
            try:
                return await ask()
            except DatabaseError as error:
                self.database_refusals += 1
                if attempt == 0:
                    _log.warning("cards wait for the database: %s", error)
                await self._clock.sleep(delay_s(attempt, self._rng, first_s=0.5, most_s=30.0))
                attempt += 1


def nonce(card: Card, posting: Posting) -> str:
    """24 base32 characters that name this post of this card: the same after a crash, another for another text."""
    named = f"card:{card.key}:{posting.revision}".encode("utf-8", "surrogatepass")
    return base64.b32encode(hashlib.blake2b(named, digest_size=15).digest()).decode("ascii")


def unpinged(message: Message) -> Message:
    """The same, but nobody's phone rings: it is old news."""
    return replace(message, ping_role_id=None, silent=True)


def _nobody(_card: Card) -> None:
    """Nobody wants to hear what was posted."""
