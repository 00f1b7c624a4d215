"""Forgetting somebody who asked for it: what they typed as proof becomes a tombstone, then everything of them is erased.

An erasure goes through all places in turn, and begins anew until a whole sweep finds nothing: an event may have been on its
way to the log, a line on its way to Discord, a battle's card about to be edited. Each write notes how far it has come, so that
a crash costs one stretch.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec
from msgspec.structs import replace

from bot.clock import Clock
from bot.errors import DatabaseError
from bot.events import CommentEvent, GiftEvent
from bot.events.codec import Logged, decode, encode
from bot.events.opted_out import OPTED_OUT, Identities, anonymised
from bot.model.card import Card
from bot.model.draft import Line
from bot.model.forgetting import Proof, Traces, digest, merged
from bot.model.ids import CardId, CreatorId, PostId
from bot.storage import erasing, privacy
from bot.storage.database import Database
from bot.storage.erasing import Stored
from bot.storage.privacy import Job, Progress

LOOK_EVERY_S = 15.0
SETTLE_S = 5.0
"""Between two sweeps: what had passed the check before the tombstone stood is in the tables by then."""

LONGEST_PAUSE_S = 300.0

_log = logging.getLogger(__name__)


class OptOuts(Protocol):
    """The check before the log: `ingest.opted_out`."""

    def fill(self, *, key: bytes, digests: Iterable[str], codes: Mapping[str, int]) -> None:
        """What the tables hold now: whom not to keep, and until when (our clock, ms) each unused code is good."""

    def take_proofs(self) -> list[Proof]:
        """The proofs since the last call."""

    def give_back(self, proofs: Iterable[Proof]) -> None:
        """These could not be written down: they are taken again next time."""

    def reject(self, proof: Proof) -> None:
        """The tables know better: this code was no longer good."""

    async def wait(self, timeout_s: float) -> bool:
        """Return True when there is a proof to take, False after `timeout_s`."""


class HotLog(Protocol):
    """A log that keeps its newest events in memory, too."""

    def rewritten(self, creator_id: CreatorId) -> None:
        """Stored events of this creator were changed."""


class Lanes(Protocol):
    """Where lines wait for Discord: `delivery.dispatcher`."""

    def forget(self, is_theirs: Callable[[Line], bool]) -> int:
        """Drop the waiting lines of which this is true; return how many."""

    async def take_up_edits(self) -> None:
        """Show what was changed in the ledger."""


class Cards(Protocol):
    """Where cards are shown: `delivery.outbox`."""

    async def wish(self, wished: Sequence[Card]) -> None:
        """Look at what is to be shown."""


class Forgetting:
    """`load` it before anything is ingested, then `run` it beside everything else."""

    def __init__(
        self,
        db: Database,
        log: HotLog,
        lanes: Lanes,
        cards: Cards,
        opt_outs: OptOuts,
        *,
        clock: Clock,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._db = db
        self._log = log
        self._lanes = lanes
        self._cards = cards
        self._opt_outs = opt_outs
        self._clock = clock
        self._settle_s = settle_s
        self._key = b""
        self._not_before: dict[str, float] = {}

    async def load(self) -> None:
        """Bring the check before the log up to date with the tables. Raises `DatabaseError`."""
        if not self._key:
            # Only the first start writes here: a later one must not wait for whoever holds the database.
            known = await self._db.read(privacy.known_key)
            self._key = known if known is not None else await self._db.write(privacy.key)
        codes = await self._db.read(privacy.live, now_ms=self._clock.now_ms())
        self._opt_outs.fill(key=self._key, digests=await self._db.read(privacy.tombstones), codes=codes)

    async def run(self) -> None:
        """Until cancelled. What failed is tried again; what a process left unfinished goes on at the next start."""
        while True:
            try:
                await self.look()
            except DatabaseError as error:
                _log.warning("forgetting waits for the database: %s", error)
            except Exception:  # noqa: BLE001  # the edge of the task: an erasure that fails must not end the bot
                _log.exception("an erasure failed and is tried again")
            await self._opt_outs.wait(self._pause_s())

    async def look(self) -> None:
        """Write down the proofs, then bring every erasure that is due forward by one sweep."""
        await self.load()
        await self._write_down(self._opt_outs.take_proofs())
        for job in await self._db.read(privacy.jobs):
            if self._not_before.get(job.code, 0.0) <= self._clock.monotonic():
                await self._sweep(job)

    def _pause_s(self) -> float:
        if not self._not_before:
            return LOOK_EVERY_S
        return max(0.05, min(LOOK_EVERY_S, min(self._not_before.values()) - self._clock.monotonic()))

    async def _write_down(self, proofs: Sequence[Proof]) -> None:
        for number, proof in enumerate(proofs):
            try:
                is_good = await self._db.write(
                    privacy.prove,
                    code=proof.code,
                    user=proof.user,
                    digest=digest(proof.user.id, self._key),
                    typed_at_ms=proof.typed_at_ms,
                    now_ms=self._clock.now_ms(),
                )
            except DatabaseError:
                self._opt_outs.give_back(proofs[number:])
                raise
            if is_good:
                _log.info("somebody proved that an account is theirs: it is being forgotten")
            else:
                self._opt_outs.reject(proof)

    async def _sweep(self, job: Job) -> None:
        """Through all places once, from where the last process stopped; then either done, or again after a pause."""
        erasure = _Erasure(self._db, self._log, self._lanes, self._cards, job)
        await erasure.run()
        progress = erasure.progress
        if progress.sweep > 1 and not progress.found and not progress.open_cards:
            await self._db.write(privacy.done, job.code, erased=progress.erased, now_ms=self._clock.now_ms())
            self._not_before.pop(job.code, None)
            _log.info("somebody was forgotten: %s", ", ".join(f"{count} {what}" for what, count in progress.erased.items()))
            return
        again = replace(progress, sweep=progress.sweep + 1, found=0, step=0, creator_id=0, position=0)
        await self._db.write(privacy.note, job.code, again)
        pause_s = min(LONGEST_PAUSE_S, self._settle_s * 2 ** min(progress.sweep - 1, 10))
        self._not_before[job.code] = self._clock.monotonic() + pause_s


class _Erasure:
    """One sweep for one person. `progress` is what the table says, too."""

    def __init__(self, db: Database, log: HotLog, lanes: Lanes, cards: Cards, job: Job) -> None:
        self.progress = job.progress
        self._db = db
        self._log = log
        self._lanes = lanes
        self._cards = cards
        self._code = job.code
        self._viewer_id = job.viewer_id

    async def run(self) -> None:
        """The log first: what is read there afterwards, by whomever, is anonymous already. Raises `DatabaseError`."""
        # The order is stored as a number: new places go to the end.
        steps: tuple[Callable[[], Awaitable[None]], ...] = (
            self._names,
            self._events,
            self._lines,
            self._shown_cards,
            self._rows,
            self._words,
        )
        for number, step in enumerate(steps):
            if number >= self.progress.step:
                await step()
                await self._note(replace(self.progress, step=number + 1, creator_id=0, position=0))

    @property
    def _traces(self) -> Traces:
        return Traces(self._viewer_id, self.progress.handles, self.progress.nicknames)

    async def _note(self, progress: Progress) -> None:
        await self._db.write(privacy.note, self._code, progress)
        self.progress = progress

    async def _did(self, change: Callable[..., int], what: str, progress: Progress | None = None) -> int:
        """Make one change (a unit of storage), count it, and note how far that brings us: in one transaction."""
        before = progress or self.progress
        self.progress, count = await self._db.write(privacy.counted, change, what=what, code=self._code, before=before)
        return count

    async def _names(self) -> None:
        """Every name that we have for the id."""
        known = await self._db.read(erasing.names_of, self._viewer_id)
        handles, nicknames = [handle for handle, _ in known], [nickname for _, nickname in known]
        self.progress = self._with_names(handles, nicknames)

    def _with_names(self, handles: Sequence[str], nicknames: Sequence[str]) -> Progress:
        before = self.progress
        return replace(before, handles=merged(before.handles, handles), nicknames=merged(before.nicknames, nicknames))

    async def _events(self) -> None:
        """The log: their events become somebody's who opted out, others' events lose them."""
        begun = CreatorId(self.progress.creator_id)
        creator_id: CreatorId | None = begun or await self._db.read(erasing.next_in_log, CreatorId(0))
        while creator_id is not None:
            await self._events_of(creator_id)
            creator_id = await self._db.read(erasing.next_in_log, creator_id)
            self.progress = replace(self.progress, creator_id=creator_id or 0, position=0)

    async def _events_of(self, creator_id: CreatorId) -> None:
        while batches := await self._db.read(erasing.log_after, creator_id, self.progress.position):
            bodies: dict[int, bytes] = {}
            said: dict[int, str] = {}
            given: list[int] = []
            events = 0
            for batch in batches:
                if self._viewer_id.encode() in batch.body:
                    bodies[batch.first_seq], changed = self._rewritten(batch)
                    events += len(changed)
                    given += [each.seq for each in changed if isinstance(each.event, GiftEvent) and each.event.user != OPTED_OUT]
                    said |= {each.seq: each.event.text for each in changed if isinstance(each.event, CommentEvent)}
            progress = replace(self.progress, creator_id=creator_id, position=batches[-1].first_seq)
            if bodies:
                change = partial(erasing.rewrite, creator_id=creator_id, bodies=bodies, said=said, events=events, given=given)
                await self._did(change, "events", progress)
                self._log.rewritten(creator_id)
            else:
                self.progress = progress

    def _rewritten(self, batch: Stored) -> tuple[bytes, list[Logged]]:
        """The batch's new body, and the events in it that changed."""
        try:
            logged = decode(batch.body)
        except msgspec.DecodeError:
            # What cannot be read cannot be cleaned either. Without its events the log tells readers of a gap there.
            return encode([]), []
        found = Identities()
        without = []
        for each in logged:
            found.look(each.event, self._is_them)
            without.append(replace(each, event=anonymised(each.event, self._is_them)))
        self.progress = self._with_names((), sorted(found.names))
        changed = [new for new, old in zip(without, logged, strict=True) if new.event is not old.event]
        return encode(without), changed

    def _is_them(self, viewer_id: str) -> bool:
        return viewer_id == self._viewer_id

    async def _lines(self) -> None:
        """Our posts: lines that wait are dropped, lines in the ledger struck, also on Discord."""
        traces = self._traces
        self._lanes.forget(traces.wrote)
        while True:
            last, lines = await self._db.read(erasing.posts_after, PostId(self.progress.position), traces)
            if last is None:
                break
            progress = replace(self.progress, position=last)
            if lines:
                await self._did(partial(erasing.strike, lines=lines), "lines", progress)
            else:
                self.progress = progress
        await self._lanes.take_up_edits()
        flying = await self._db.read(erasing.on_their_way, traces)
        self.progress = replace(self.progress, found=self.progress.found + flying)

    async def _shown_cards(self) -> None:
        """Cards that name them. One whose maker still changes it is looked at until that is over."""
        traces = self._traces
        open_cards = set(self.progress.open_cards)
        while True:
            last, cards = await self._db.read(erasing.cards_after, CardId(self.progress.position), traces)
            if last is None:
                break
            open_cards |= {card.card_id for card in cards if card.may_again}
            progress = replace(self.progress, position=last, open_cards=tuple(sorted(open_cards)))
            if cards:
                which = [card.card_id for card in cards]
                await self._did(partial(erasing.reword, which=which, traces=traces), "cards", progress)
                await self._cards.wish([])
            else:
                self.progress = progress
        standing = await self._db.read(erasing.still_open, sorted(open_cards))
        self.progress = replace(self.progress, open_cards=tuple(standing))

    async def _rows(self) -> None:
        """Everything that is kept by the id. The names go last of all: a crash before would forget what to look for."""
        viewer_id, traces = self._viewer_id, self._traces
        places: tuple[tuple[str, Callable[..., int]], ...] = (
            ("comments", partial(erasing.comments, viewer_id=viewer_id)),
            ("gifts", partial(erasing.gifts, viewer_id=viewer_id)),
            ("cases", partial(erasing.cases, traces=traces)),
            ("notes", partial(erasing.notes, viewer_id=viewer_id)),
            ("rules", partial(erasing.rules, traces=traces)),
            ("rules", partial(erasing.history, traces=traces)),
            ("reads", partial(erasing.reads, viewer_id=viewer_id)),
            ("names", partial(erasing.profile, viewer_id=viewer_id)),
        )
        for what, change in places:
            while await self._did(change, what):
                pass

    async def _words(self) -> None:
        """Kept comments of others that address them: the log, which knows whom TikTok's mentions mean, is gone sooner."""
        begun = CreatorId(self.progress.creator_id)
        creator_id: CreatorId | None = begun or await self._db.read(erasing.next_with_comments, CreatorId(0))
        while creator_id is not None:
            while True:
                last, said = await self._db.read(erasing.words_after, creator_id, self.progress.position, self._traces)
                if last is None:
                    break
                progress = replace(self.progress, creator_id=creator_id, position=last)
                if said:
                    change = partial(erasing.reword_comments, creator_id=creator_id, said=said)
                    await self._did(change, "comments", progress)
                else:
                    self.progress = progress
            creator_id = await self._db.read(erasing.next_with_comments, creator_id)
            self.progress = replace(self.progress, creator_id=creator_id or 0, position=0)
