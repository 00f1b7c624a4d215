"""One channel's corrections: what was struck, or grew, goes into the ledger, then each message that it hit is edited once."""

from __future__ import annotations

import asyncio
import logging
from random import Random

from bot.backoff import delay_s
from bot.clock import Bell, Clock
from bot.delivery.coalesce import as_it_stands
from bot.delivery.lane import GROW_EVERY_S, Counters, Lane
from bot.delivery.ledger import Ledger
from bot.delivery.sender import Sender
from bot.errors import DeliveryUnknown, Undeliverable
from bot.model.draft import LedgerPost, Urgency

GATHER_S = 1.0
"""A first strike waits this long for others: a wipe of many lines is one edit per message. 1.5 s is what we promise."""

LOOK_EVERY_S = 0.25
IDLE_S = 60.0
OLD_MESSAGE_S = 6.0
"""Discord edits messages older than an hour three times in six seconds for each channel (30046)."""

GONE = frozenset({10003, 10008, 50005})
"""Unknown channel, unknown message, not our message: nothing is left to edit."""

WAITS = frozenset({0, 50001, 50013, 160005, 50083})
"""No access, no permission, locked or archived thread, or no word at all: somebody may put it right."""

TOO_MANY_OLD_EDITS = 30046
_MOST_FAILURES = 5

_log = logging.getLogger(__name__)


class Editing:
    """Settles a lane's strikes and edits its messages. `bell` wakes it."""

    def __init__(self, lane: Lane, sender: Sender, ledger: Ledger, clock: Clock, rng: Random, *, counters: Counters) -> None:
        self.bell = Bell()
        self._lane = lane
        self._sender = sender
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._counters = counters
        self._settling = asyncio.Lock()
        self._gather_until = float("-inf")
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
                _log.exception("correcting channel=%s failed", self._lane.channel_id)
                if failures >= _MOST_FAILURES and self._lane.edits:
                    post = next(iter(self._lane.edits.values()))
                    await self._give_up(post, "unexpected errors")
                await self._clock.sleep(delay_s(failures, self._rng))

    async def settle(self) -> None:
        """Write what was struck, and what grew, into the ledger. Whoever is to post past a strike calls this first."""
        async with self._settling:
            strikes = list(self._lane.unsettled)
            if strikes:
                changed = await self._ledger.strike(strikes)
                self._gather(changed, min(strike.at for strike in strikes) + GATHER_S)
                self._lane.settled(strikes, changed)
            growths = self._lane.due_growths()
            for growth, changed in zip(growths, await self._ledger.grow(growths), strict=True):
                self._gather(changed, growth.at + GROW_EVERY_S)
                self._lane.grown(growth, changed)
        self.bell.ring()

    def _gather(self, changed: list[LedgerPost], until: float) -> None:
        if changed:
            self._gather_until = min(until, self._gather_until) if self._lane.edits else until

    async def _step(self) -> None:
        if self._lane.unsettled or self._lane.due_growths():
            await self.settle()
        elif not self._lane.edits:
            await self.bell.wait(IDLE_S)
        elif (wait_s := self._gather_until - self._clock.monotonic()) > 0:
            # In small steps: a strike is in more of a hurry than what it finds waiting.
            await self._clock.sleep(min(wait_s, LOOK_EVERY_S))
        else:
            await self._edit(next(iter(self._lane.edits.values())))

    async def _edit(self, post: LedgerPost) -> None:
        message = as_it_stands(post)
        urgency = Urgency.DELETION if any(line.struck for line in post.lines) else Urgency.GIFT
        try:
            if message is None:
                await self._sender.delete(post.channel_id, post.message_id, urgency=urgency)
            else:
                await self._sender.edit(post.channel_id, post.message_id, message, urgency=urgency)
        except DeliveryUnknown:
            self._counters.unknown += 1
            await self._later(delay_s(self._attempt, self._rng))
        except Undeliverable as refusal:
            await self._refused(post, refusal)
        else:
            await (self._ledger.edited(post) if message is not None else self._ledger.forget(post.id))
            self._counters.edits += 1
            self._done(post)

    async def _refused(self, post: LedgerPost, refusal: Undeliverable) -> None:
        self._counters.refusals += 1
        if refusal.code in GONE:
            await self._ledger.forget(post.id)
            self._done(post)
        elif refusal.code == TOO_MANY_OLD_EDITS:
            # Only old messages have to wait: the others go first.
            self._lane.edits.pop(post.id, None)
            self._lane.must_edit(post)
            await self._later(OLD_MESSAGE_S if len(self._lane.edits) == 1 else 0.5)
        elif refusal.code in WAITS:
            if self._attempt == 0:
                _log.warning("removed lines still stand in channel=%s: %s", post.channel_id, refusal.reason)
            await self._later(delay_s(self._attempt, self._rng, first_s=5.0, most_s=300.0))
        else:
            await self._give_up(post, refusal.reason)

    async def _later(self, pause_s: float) -> None:
        self._attempt += 1
        await self._clock.sleep(pause_s)

    async def _give_up(self, post: LedgerPost, why: str) -> None:
        """Nothing we send will be taken: say so once and let the others have their turn."""
        _log.error("a removed line stays in channel=%s message=%s: %s", post.channel_id, post.message_id, why)
        self._counters.edits_refused += 1
        await self._ledger.edited(post)
        self._done(post)

    def _done(self, post: LedgerPost) -> None:
        """Unless the post changed again while it was edited."""
        self._attempt = 0
        if self._lane.edits.get(post.id) is post:
            del self._lane.edits[post.id]
