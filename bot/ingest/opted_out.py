"""The check before the log: nothing of those who opted out is kept, and the sentence by which somebody asks is heard.

It works from memory, because every event passes here: digests of those who opted out, and the codes that are live. Whoever
owns the tables (`services.forgetting`) fills both, and takes the proofs from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.clock import Bell
from bot.events import CommentEvent, Event
from bot.events.opted_out import anonymised
from bot.model.forgetting import Proof, code_in, digest

MOST_VERDICTS = 200_000
"""Ids of which it is remembered whether they opted out, some 20 MB; then it is worked out anew, 2 µs for each."""


class OptOuts:
    """One for all creators."""

    def __init__(self) -> None:
        self._bell = Bell()
        self._key = b""
        self._digests: set[str] = set()
        self._stored: set[str] = set()
        self._codes: dict[str, int] = {}
        self._given: dict[str, int] = {}
        self._spent: set[str] = set()
        self._proofs: list[Proof] = []
        self._verdicts: dict[str, bool] = {}

    def fill(self, *, key: bytes, digests: Iterable[str], codes: Mapping[str, int]) -> None:
        """What the tables hold now: whom not to keep, and until when (our clock, ms) each unused code is good.

        A digest is never taken back here: a proof of this moment may not be in the table yet.
        """
        self._stored = set(digests)
        new = self._stored - self._digests
        if key != self._key or new:
            self._key, self._verdicts = key, {}
            self._digests |= new
        self._given = {code: until_ms for code, until_ms in self._given.items() if code not in codes}
        usable = {**codes, **self._given}
        self._codes = {code: until_ms for code, until_ms in usable.items() if code not in self._spent}
        self._spent &= set(codes)

    def expect(self, code: str, until_ms: int, *, instead_of: Iterable[str] = ()) -> None:
        """This code was given out just now, and those are good no more. It need not be in the tables yet as others see them."""
        self._given[code] = self._codes[code] = until_ms
        for ended in instead_of:
            self._codes.pop(ended, None)
            self._given.pop(ended, None)

    async def wait(self, timeout_s: float) -> bool:
        """Return True when there is a proof to take, False after `timeout_s`. For one waiter."""
        return await self._bell.wait(timeout_s)

    def take_proofs(self) -> list[Proof]:
        """The proofs since the last call."""
        taken, self._proofs = self._proofs, []
        return taken

    def give_back(self, proofs: Iterable[Proof]) -> None:
        """These could not be written down: they are taken again next time."""
        self._proofs = [*proofs, *self._proofs]

    def is_gone(self, viewer_id: str) -> bool:
        """Whether this is the id of somebody who opted out."""
        if not self._digests or not viewer_id:
            return False
        known = self._verdicts.get(viewer_id)
        if known is None:
            if len(self._verdicts) >= MOST_VERDICTS:
                self._verdicts.clear()
            known = self._verdicts[viewer_id] = digest(viewer_id, self._key) in self._digests
        return known

    def screen(self, events: Iterable[Event]) -> list[Event]:
        """What of these may be logged: without the sentences, and without anything of those who opted out."""
        if not (self._codes or self._digests):
            return list(events)
        return [anonymised(event, self.is_gone) for event in events if not self._is_sentence(event)]

    def reject(self, proof: Proof) -> None:
        """The tables know better: this code was no longer good. Whoever opted out before stays so."""
        self._digests -= {digest(proof.user.id, self._key)} - self._stored
        self._verdicts.clear()

    def _is_sentence(self, event: Event) -> bool:
        """Whether this is the sentence of somebody who is gone, or goes with it: then nothing more of them passes."""
        if not isinstance(event, CommentEvent) or event.user is None or not event.user.id:
            return False
        code = code_in(event.text)
        if code is None:
            return False
        if event.is_history or event.received_at_ms > self._codes.get(code, 0):
            # TikTok repeats the last comments at each connect: nobody typed it now, and it is nobody's business.
            return self.is_gone(event.user.id)
        del self._codes[code]
        self._given.pop(code, None)
        self._spent.add(code)
        self._proofs.append(Proof(code, event.user, event.received_at_ms))
        self._digests.add(digest(event.user.id, self._key))
        self._verdicts.pop(event.user.id, None)
        self._bell.ring()
        return True
