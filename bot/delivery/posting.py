"""One channel's posts: when the lane is due, the next intent is stored, sent, and closed in the ledger. One at a time, in order.

The nonce is what makes a repeat safe: within a few minutes Discord answers a second create with the first message. Later than
that, a post whose outcome is not known is looked for in the channel before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from random import Random

from bot.backoff import delay_s
from bot.clock import Bell, Clock
from bot.delivery.budget import Pace
from bot.delivery.coalesce import as_message, same_text
from bot.delivery.editing import Editing
from bot.delivery.intents import halves, notes_apart, urgency_of, without_struck
from bot.delivery.lane import Counters, Flight, Lane
from bot.delivery.ledger import Ledger
from bot.delivery.sender import Posted, Sender
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.draft import Intent
from bot.model.fault import Trouble

NONCE_TRUSTED_MS = 120_000
"""How long we rely on the nonce; Discord's own word for its memory is "a few minutes" (resources/message)."""

CLOCK_SLACK_MS = 30_000
"""How far Discord's clock may be behind ours when a post is known by its text. An earlier one of the same words is not taken for
it: that one is in the ledger.
"""

CONTENT = frozenset({20009, 50006, 50035, 200000, 240000})
"""Explicit, empty, malformed, blocked by AutoMod, harmful link: about what is said, not about where."""

DELETED = 10008
"""A repeat found by its nonce that the message was deleted meanwhile: it was posted, and somebody did not want it."""

_PATIENCE = 3
"""Tries after which a refusal that we do not know is taken to be about what is said."""

PLACES = {
    10003: "the channel is gone",
    10004: "the server is gone",
    50001: "the bot lacks the permission View Channel",
    50013: "the bot lacks the permission Send Messages (in a thread: Send Messages in Threads)",
    50008: "this kind of channel takes no messages",
    50024: "this kind of channel takes no messages",
    50083: "the thread is archived",
    160005: "the thread is locked",
}

MOST_AT_ONCE = 30
"""Posts of all lanes that may be between their composition and Discord's answer: what the gate lets through while one of them is
written down, sent, answered and entered. More would only wait at the gate, growing older, and in front of alerts for the same
channel (discord.py lets one through at a time).
"""

URGED_LOOK_S = 1.0
"""So soon a lane that waits for a person notices that somebody changed something."""

IDLE_S = 60.0
_MOST_FAILURES = 5

_log = logging.getLogger(__name__)


class Posting:
    """Posts a lane's lines. `bell` wakes it; `editing` writes the strikes that no later post may overtake."""

    def __init__(
        self,
        lane: Lane,
        sender: Sender,
        ledger: Ledger,
        clock: Clock,
        rng: Random,
        *,
        pace: Pace,
        counters: Counters,
        editing: Editing,
        slots: asyncio.Semaphore,
    ) -> None:
        self.bell = Bell()
        self._is_urged = False
        self._lane = lane
        self._sender = sender
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._pace = pace
        self._counters = counters
        self._editing = editing
        self._slots = slots
        self._attempt = 0

    async def run(self) -> None:
        """Until the lane is closed. An unexpected error is logged and costs a pause, never the lane."""
        failures = 0
        while not self._lane.closed:
            try:
                await self._step()
                failures = 0
            except Exception:  # noqa: BLE001  # the edge of a lane's task
                self._counters.failures += 1
                failures += 1
                _log.exception("posting to channel=%s failed", self._lane.channel_id)
                if failures >= _MOST_FAILURES and self._lane.flights:
                    await self._rewrite(self._lane.flights[0], [])
                    failures = 0
                await self._clock.sleep(delay_s(failures, self._rng))

    async def _step(self) -> None:
        lane = self._lane
        if not lane.is_due:
            await self.bell.wait(IDLE_S)
            return
        due_at = lane.last_post_at + self._pace.interval_s
        if not self._pace.draining:
            due_at = max(due_at, lane.wanted_at())
        if (wait_s := due_at - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait_s)
            return
        while lane.holds_back and not lane.flights:
            await self._editing.settle()
        # Composed only when its turn is near: a post that waited at the gate would be an old and a half-empty one.
        async with self._slots:
            flight = lane.flights[0] if lane.flights else self._composed()
            failed = await self._tried(flight) if flight is not None else None
        if isinstance(failed, DeliveryUnknown):
            await self._unknown(failed)
        elif flight is not None and failed is not None:
            await self._refused(flight, failed)

    def _composed(self) -> Flight | None:
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        pace = self._pace
        return self._lane.compose(now=now, now_ms=now_ms, interval_s=pace.interval_s, nothing_is_late=pace.draining)

    async def _tried(self, flight: Flight) -> DeliveryUnknown | Undeliverable | None:
        """One try; what went wrong with it is dealt with when the slot is free again."""
        if not flight.intent.id:
            flight.intent = await self._ledger.open(flight.intent)
        try:
            age_ms = self._clock.now_ms() - flight.intent.created_at_ms
            # What was taken back meanwhile is never sent again: if the post does not stand, it goes without those lines.
            must_look = age_ms > NONCE_TRUSTED_MS or flight.unwanted or bool(flight.strikes)
            if flight.maybe_stored and must_look and await self._was_found(flight):
                return None
            if flight.unwanted or self._lane.is_old_news(flight, age_ms=age_ms):
                await self._rewrite(flight, [])
            elif flight.strikes and not flight.maybe_stored:
                await self._rewrite(flight, without_struck(flight.intent, flight.strikes, now_ms=self._clock.now_ms()))
            else:
                await self._send(flight)
        except DeliveryUnknown as unknown:
            return unknown
        except Undeliverable as refusal:
            if not flight.unwanted:
                return refusal
            await self._rewrite(flight, [])  # nobody waits for it, and whether it stands there cannot be seen any more
        return None

    async def _send(self, flight: Flight) -> None:
        intent = flight.intent
        try:
            message_id = await self._sender.send(
                intent.channel_id, as_message(intent.content, intent.style), nonce=intent.nonce, urgency=urgency_of(intent)
            )
        except DeliveryUnknown:
            flight.maybe_stored = True
            raise
        finally:
            # Counted from the answer, not from the start: the gate may have held the request back.
            self._lane.last_post_at = self._clock.monotonic()
        await self._ledger.fulfil(intent, message_id)
        self._counters.posts += 1
        self._counters.lines_posted += len(notes_apart(intent)[1])
        self._landed()

    async def _was_found(self, flight: Flight) -> bool:
        """Look for a post that Discord may hold; when it is not there, nobody will ever see it and it may be sent anew.

        A message that stands in the ledger is another post of the same words.
        """
        intent = flight.intent
        for posted in await self._sender.recent(intent.channel_id):
            if _is_this(posted, intent) and not await self._ledger.holds(posted.message_id):
                await self._ledger.fulfil(intent, posted.message_id)
                self._counters.found_again += 1
                self._landed()
                return True
        flight.maybe_stored = False
        return False

    async def _unknown(self, unknown: DeliveryUnknown) -> None:
        self._counters.unknown += 1
        _log.info("no answer from Discord for channel=%s, the same post goes out again: %s", self._lane.channel_id, unknown)
        pause_s = delay_s(self._attempt, self._rng)
        self._attempt += 1
        await self._clock.sleep(pause_s)

    async def _refused(self, flight: Flight, refusal: Undeliverable) -> None:
        self._counters.refusals += 1
        is_unheard_of = refusal.code not in (0, *PLACES) and self._attempt >= _PATIENCE
        if refusal.code == DELETED:
            await self._rewrite(flight, [])
        elif refusal.code in CONTENT or is_unheard_of:
            await self._take_apart(flight, refusal)
        else:
            await self._wait_for_somebody(refusal)

    async def _take_apart(self, flight: Flight, refusal: Undeliverable) -> None:
        """One of the lines is not taken: find it by halves and leave it out. Its text is not logged."""
        flight.maybe_stored = False
        parts = halves(flight.intent)
        if not parts:
            self._counters.lines_refused += 1
            seq, watch_id = flight.intent.lines[-1].seq, flight.intent.watch_id
            _log.warning("Discord does not take the line seq=%d of watch=%s (code %d)", seq, watch_id, refusal.code)
        await self._rewrite(flight, parts)

    async def _wait_for_somebody(self, refusal: Undeliverable) -> None:
        """Nothing can be posted here until a person puts it right: say so once, ask ever less often."""
        reason = PLACES.get(refusal.code, refusal.reason)
        before = self._lane.trouble
        if before is None or before.code != refusal.code:
            self._lane.trouble = Trouble(refusal.code, reason, self._clock.monotonic())
            _log.warning("nothing can be posted in channel=%s for now: %s", self._lane.channel_id, reason)
        else:
            self._lane.trouble = replace(before, refusals=before.refusals + 1)
        pause_s = delay_s(self._attempt, self._rng, first_s=5.0, most_s=300.0)
        self._attempt += 1
        self._is_urged = False
        until = self._clock.monotonic() + pause_s
        while not self._is_urged and (left_s := until - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(left_s, URGED_LOOK_S))

    def retry(self) -> None:
        """Somebody changed something about the channel: what was refused there is tried again now."""
        if self._lane.trouble is not None:
            self._attempt = 0
            self._is_urged = True

    async def _rewrite(self, flight: Flight, parts: list[Intent]) -> None:
        """Discord does not hold this post: others take its place, or none. That says nothing about the channel."""
        opened = await self._ledger.replace(flight.intent, parts)
        if opened:
            self._lane.rewrite(opened)
        else:
            self._lane.landed()
            self._editing.bell.ring()
        if self._lane.trouble is None:
            self._attempt = 0

    def _landed(self) -> None:
        """The first flight stands in the channel and in the ledger; what was struck meanwhile can be struck there now."""
        self._attempt = 0
        self._lane.landed()
        self._editing.bell.ring()
        if self._lane.trouble:
            _log.info("channel=%s can be posted in again", self._lane.channel_id)
            self._lane.trouble = None


def _is_this(posted: Posted, intent: Intent) -> bool:
    """Whether a message in the channel is this post: by its nonce where Discord tells it, else by text and time."""
    if posted.nonce:
        return posted.nonce == intent.nonce
    return posted.created_at_ms >= intent.created_at_ms - CLOCK_SLACK_MS and same_text(posted.content, intent.content)
