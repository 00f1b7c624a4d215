"""Follows the log of every creator that a guild wants alerts of, and has the desk tell what was removed and by whom.

One cursor per creator (`alerts`). It moves in the transaction that stores what was told, and never past anything that was not,
so after a crash the same is heard again, and comes to the same cases. A comment costs no database: only a deletion is looked up,
once, and what the keeper of comments has not stored by then is taken from memory, or from the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.clock import Bell, Clock
from bot.eventlog.log import EventLog
from bot.events import CommentEvent, DeletionEvent, User, ViewerId
from bot.events.codec import Logged
from bot.model.alert import Seen
from bot.model.comment import CommentRow
from bot.model.guild import Guild
from bot.model.ids import CreatorId, GuildId
from bot.model.watch import Watch
from bot.moderation import alerts, consumer
from bot.moderation.correlate import Overtaken, glean
from bot.moderation.desk import CaseDesk, Done, Hearer, Told
from bot.moderation.hearing import Hearing
from bot.storage import cases, cursors, guilds, watches
from bot.storage.database import Database

CONSUMER = "alerts"
"""The name of our cursors."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Seconds, unless the name says otherwise."""

    look_every_s: float = 5.0
    """How soon a change of who is told has its effect."""

    idle_s: float = 30.0
    """How long a quiet log is waited for before we ask again whether anybody still wants to hear."""

    move_every_s: float = 30.0
    """A stretch of the log without removals moves the cursor at most so often; it is heard again after a crash."""

    retry_s: float = 2.0
    """After a failure of storage."""

    keeper_s: float = 0.25
    """Between two looks whether the keeper has caught up."""

    most_reread: int = 5_000
    """Events that are read again for their comments. When the keeper is further behind, it is waited for."""

    recall: int = 1_000
    """Events before the cursor that are heard again at a start, for deletions that overtook their comments."""


class AlertConsumer:
    """`run` it."""

    def __init__(
        self, db: Database, log: EventLog, desk: CaseDesk, *, clock: Clock, bell: Bell, settings: AlertSettings | None = None
    ) -> None:
        self.told = 0
        """Wipes and member actions handed to the desk; one that grows counts each time."""
        self.failures = 0
        self._db = db
        self._log = log
        self._desk = desk
        self._clock = clock
        self._bell = bell
        self._settings = settings or AlertSettings()
        self._hearers: Mapping[CreatorId, Sequence[Hearer]] = {}
        self._running: set[CreatorId] = set()
        # Seconds of the wall clock that never jump: the log's time, see `Hearing`.
        self._began_s = clock.now_ms() / 1000 - clock.monotonic()

    @property
    def following(self) -> int:
        """Creators that are followed now."""
        return len(self._running)

    async def run(self) -> None:
        """Until cancelled. What was not told by then is heard again at the next start."""
        is_start = True
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    active, known = await self._db.read(watches.active), await self._db.read(guilds.known)
                except Exception as error:  # noqa: BLE001  # the edge towards storage: it may answer next time
                    self._note_failure("who wants alerts could not be read", error)
                else:
                    self._hearers = hearers(active, known)
                    for creator_id in self._hearers.keys() - self._running:
                        self._running.add(creator_id)
                        tasks.create_task(self._keep(creator_id, is_start=is_start), name=f"alerts of creator {creator_id}")
                    is_start = False
                await self._bell.wait(self._settings.look_every_s)

    async def _keep(self, creator_id: CreatorId, *, is_start: bool) -> None:
        """Follow one creator's log; a failure of theirs is nobody else's."""
        goes_on = is_start
        try:
            while creator_id in self._hearers:
                try:
                    if not goes_on:
                        # Nobody wanted to hear what was before.
                        tail = await self._log.last_seq(creator_id)
                        await self._db.write(cursors.move, CONSUMER, creator_id, tail)
                        goes_on = True
                    await self._follow(creator_id)
                except Exception as error:  # noqa: BLE001  # the task's edge: start over at the stored cursor
                    self._note_failure(f"alerts of creator {creator_id} could not be told", error)
                    await self._clock.sleep(self._settings.retry_s)
        finally:
            self._running.discard(creator_id)

    async def _follow(self, creator_id: CreatorId) -> None:
        """From the cursor on; return once nobody wants to hear."""
        hearing = await self._begin(creator_id)
        moved_at, stored = self._clock.monotonic(), hearing.safe_seq
        is_there = False
        while creator_id in self._hearers:
            logged = await self._log.read(creator_id, after=hearing.seq)
            if is_there and not logged:
                # Retention took it between the two.
                await self._clock.sleep(self._settings.retry_s)
            told: dict[str, Told] = {}
            done: list[Done] = []
            for entry in logged:
                await self._hear(hearing, entry, creator_id, told, done)
            _gather(hearing, self._now(), told, done)
            is_late = self._clock.monotonic() - moved_at >= self._settings.move_every_s
            if told or done or (is_late and hearing.safe_seq > stored):
                await self._tell(creator_id, hearing.safe_seq, told, done)
                moved_at, stored = self._clock.monotonic(), hearing.safe_seq
            is_there = not logged and await self._wait(creator_id, hearing)

    async def _wait(self, creator_id: CreatorId, hearing: Hearing) -> bool:
        """For news in the log, or until something is due; whether there is news."""
        due_at = hearing.next_at()
        wait_s = self._settings.idle_s if due_at is None else min(self._settings.idle_s, max(0.0, due_at - self._now()))
        return await self._log.wait(creator_id, after=hearing.seq, timeout_s=wait_s)

    async def _begin(self, creator_id: CreatorId) -> Hearing:
        """Where we were: the cursor, wipes that may still grow, deletions shortly before."""
        seq = await self._db.read(cursors.get, CONSUMER, creator_id)
        if seq is None:
            seq = await self._log.last_seq(creator_id)
            await self._db.write(cursors.move, CONSUMER, creator_id, seq)
        hearing = Hearing(creator_id, seq=seq)
        after = max(0, seq - self._settings.recall)
        if after < seq:
            hearing.recall(await self._log.read(creator_id, after=after, limit=self._settings.recall))
        told: dict[str, Told] = {}
        for case in await self._db.read(cases.newest, creator_id):
            wipe = None if case.is_forgotten else alerts.load(case).wipe
            if wipe is not None and wipe.last_seq > after:
                told[case.key] = joined(told.get(case.key), Told(case.key, wipe))
        for each in told.values():
            hearing.resume(each)
        return hearing

    async def _hear(
        self, hearing: Hearing, entry: Logged, creator_id: CreatorId, told: dict[str, Told], done: list[Done]
    ) -> None:
        event = entry.event
        at = hearing.stamp(event, self._now())
        if not isinstance(event, DeletionEvent):
            hearing.heard(entry, at)
            return
        # What was settled by then is another matter than this.
        _gather(hearing, at, told, done)
        rows, people = await self._known(hearing, event, entry.seq, creator_id)
        hearing.removed(event, entry.seq, rows, people, at)

    async def _known(
        self, hearing: Hearing, event: DeletionEvent, seq: int, creator_id: CreatorId
    ) -> tuple[list[CommentRow], dict[ViewerId, Seen]]:
        """All comments before the deletion that it may name. One read, unless the keeper is far behind."""
        while True:
            known = await self._db.read(
                cases.known,
                consumer=consumer.CONSUMER,
                creator_id=creator_id,
                room_id=event.room_id,
                message_ids=event.message_ids,
                viewer_ids=event.user_ids,
            )
            if seq - known.kept_seq <= self._settings.most_reread:
                break
            await self._clock.sleep(self._settings.keeper_s)
        recent = hearing.recent(known.kept_seq)
        if recent is None:
            recent = await self._reread(creator_id, known.kept_seq, seq)
        rows = {row.seq: row for row in known.rows} | {row.seq: row for row, _ in recent}
        people = dict(known.people)
        for _, seen in recent:
            if seen is not None and (seen.user.id not in people or people[seen.user.id].seq <= seen.seq):
                people[seen.user.id] = seen
        return [rows[each] for each in sorted(rows)], people

    async def _reread(self, creator_id: CreatorId, after: int, before: int) -> list[tuple[CommentRow, Seen | None]]:
        """Comments between these places, from the log."""
        found: list[tuple[CommentRow, Seen | None]] = []
        while after < before - 1:
            logged = [each for each in await self._log.read(creator_id, after=after) if each.seq < before]
            if not logged:
                break
            after = logged[-1].seq
            said = [each for each in logged if isinstance(each.event, CommentEvent)]
            rows = glean(said, Overtaken(), creator_id=creator_id).rows
            users = [each.event.user for each in said]
            found += [(row, _seen(row.seq, user)) for row, user in zip(rows, users, strict=True)]
        return found

    async def _tell(self, creator_id: CreatorId, seq: int, told: Mapping[str, Told], done: Sequence[Done]) -> None:
        tell = partial(self._desk.tell, creator_id, self._hearers.get(creator_id, ()), consumer=CONSUMER, seq=seq)
        await tell(list(told.values()), list(done))
        self.told += len(told) + len(done)

    def _now(self) -> float:
        return self._began_s + self._clock.monotonic()

    def _note_failure(self, what: str, error: Exception) -> None:
        self.failures += 1
        _log.warning("%s: %s; trying again", what, error)


def hearers(active: Sequence[Watch], known: Sequence[Guild]) -> Mapping[CreatorId, Sequence[Hearer]]:
    """Who is told of whom: guilds with an alert channel, once for each creator whom they watch now."""
    wanting = {each.id: each.settings for each in known if each.left_at is None and each.settings.alert_channel_id is not None}
    found: dict[CreatorId, dict[GuildId, Hearer]] = {}
    for watch in sorted(active, key=lambda each: each.created_at):
        settings = wanting.get(watch.guild_id)
        if settings is None or settings.alert_channel_id is None:
            continue
        since_ms = round(watch.created_at.timestamp() * 1000)
        hearer = Hearer(watch.guild_id, settings.alert_channel_id, watch.id, since_ms, settings.alert_role_id)
        found.setdefault(watch.creator_id, {}).setdefault(watch.guild_id, hearer)
    return {creator_id: tuple(each.values()) for creator_id, each in found.items()}


def joined(one: Told | None, other: Told) -> Told:
    """The same wipe as two guilds were told of it, each of what its own watches saw."""
    if one is None:
        return other
    newest = max(one.wipe, other.wipe, key=lambda wipe: wipe.last_seq)
    lines = {line.seq: line for line in (*one.wipe.lines, *other.wipe.lines)}
    unseen = {*one.wipe.unseen, *other.wipe.unseen}
    return Told(one.key, replace(newest, lines=tuple(lines[seq] for seq in sorted(lines)), unseen=tuple(sorted(unseen))))


def _gather(hearing: Hearing, now: float, told: dict[str, Told], done: list[Done]) -> None:
    """Of a wipe that is told several times before it is stored the last counts."""
    more, acts = hearing.due(now)
    told |= {each.key: each for each in more}
    done += acts


def _seen(seq: int, user: User | None) -> Seen | None:
    return Seen(seq, User(user.id, user.handle, user.nickname)) if user else None
