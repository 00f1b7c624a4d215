"""Faults: from Discord's refusals, deletions and permissions to a row for each watch that cannot be posted."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.clock import Bell, Clock
from bot.model.fault import Fault, FaultKind, Trouble
from bot.model.guild import Place
from bot.model.ids import ChannelId, WatchId
from bot.model.watch import PauseReason, Watch
from bot.services import remedies
from bot.services.guilds import Servers
from bot.storage import audit, creators, facts, faults, watches
from bot.storage.database import Database

DELETED = "its deletion was seen"
RESTRICTED = "TikTok shows the creator's LIVEs to adults only"

_log = logging.getLogger(__name__)


class Desk(Protocol):
    """Whoever posts: the dispatcher."""

    def troubles(self) -> Mapping[ChannelId, Trouble]:
        """Channels in which nothing can be posted for now."""

    def retry(self, channel_id: ChannelId) -> None:
        """Try again now what was refused there."""


@dataclass(frozen=True, slots=True)
class Ailing:
    """A watch with its fault."""

    watch: Watch
    fault: Fault

    @property
    def is_told(self) -> bool:
        return self.fault.told_at is not None


class Faults:
    """Looks what is wrong and writes it down; whom it concerns hears it from `Notices`."""

    def __init__(self, db: Database, desk: Desk, servers: Servers, bell: Bell, *, clock: Clock) -> None:
        self._db = db
        self._desk = desk
        self._servers = servers
        self._bell = bell
        self._clock = clock
        self._refused: dict[ChannelId, Place | None] = {}
        """Channels whose refusals this process has seen, each as it looked at the last one."""

    async def look(self) -> Sequence[Ailing]:
        """Bring the rows up to date, pause what is final, retry what looks right again; return what is over."""
        await self._take_deletions()
        await self._hold_for_adults()
        known = {each.watch_id: each for each in await self._db.read(faults.known)}
        troubles = self._desk.troubles()
        if not (known or troubles):
            self._refused.clear()
            return []
        standing = await self._db.read(watches.active)
        # One instant for all watches of a channel: their guild hears of one fault, not of three.
        began = {channel_id: self._began(trouble) for channel_id, trouble in troubles.items()}
        began |= {watch.channel_id: known[watch.id].since for watch in standing if watch.id in known}
        for watch in standing:
            trouble = troubles.get(watch.channel_id)
            if trouble is not None and self._is_available(watch):
                await self._note(watch, trouble, known.get(watch.id), began[watch.channel_id])
        posted = await self._posted(each for each in known.values() if each.kind is FaultKind.OTHER)
        healed = [
            Ailing(watch, known[watch.id])
            for watch in standing
            if watch.id in known and self._is_over(watch, known[watch.id], was_posted=watch.id in posted)
        ]
        if healed:
            await self._db.write(faults.heal, [each.watch.id for each in healed])
            _log.info("watches=%s can be posted again", [each.watch.id for each in healed])
        self._look_again(standing, troubles)
        return healed

    async def _take_deletions(self) -> None:
        deleted = list(self._servers.deleted())
        for channel_id in deleted:
            for watch in await self._db.read(watches.of_channel, channel_id):
                fault = Fault(watch.id, FaultKind.CHANNEL_GONE, DELETED, self._now(), is_final=True)
                await self._put(fault)
                await self._pause([watch.id])
        self._servers.noted(deleted)

    async def _hold_for_adults(self) -> None:
        """Of a creator who proved to be for adults after `/watch` was answered, or whose channel is not for adults any more."""
        restricted = await self._db.read(creators.age_restricted)
        if not restricted:
            return
        for watch in await self._db.read(watches.of_creators, restricted):
            place = self._servers.place(watch.guild_id, watch.channel_id) if self._is_available(watch) else None
            if place is None or place.is_for_adults or watch.settings.adults_anyway:
                continue
            await self._put(Fault(watch.id, FaultKind.ADULTS, RESTRICTED, self._now(), is_final=True))
            await self._pause([watch.id], why=PauseReason.ADULTS)

    async def _note(self, watch: Watch, trouble: Trouble, before: Fault | None, since: datetime) -> None:
        place = self._servers.place(watch.guild_id, watch.channel_id)
        kind = remedies.kind_of(trouble, place)
        if kind is None:
            return
        if before is not None and place is not None and place.can_post:
            kind = before.kind  # what the channel looks like now says nothing of a refusal before it was put right
        same = before if before is not None and before.kind is kind else None
        # What a former process wrote down was refused then, which makes one more.
        refusals = trouble.refusals + (since < self._began(trouble) - timedelta(seconds=1))
        final = remedies.is_final(kind, age_s=(self._now() - since).total_seconds(), refusals=refusals)
        told_at = same.told_at if same is not None and same.is_final is final else None
        fault = Fault(watch.id, kind, f"{trouble.reason} ({trouble.code})", since, final, told_at)
        if fault != before:
            await self._put(fault)
        if final:
            await self._pause([watch.id])

    async def _put(self, fault: Fault) -> None:
        _log.warning("watch=%d cannot be posted: %s%s", fault.watch_id, fault.detail, ", it is paused" if fault.is_final else "")
        await self._db.write(faults.put, fault)

    async def _pause(self, which: Collection[WatchId], *, why: PauseReason = PauseReason.FAULT) -> None:
        await self._db.write(watches.pause, which, why=why, by=audit.THE_BOT, now_ms=self._clock.now_ms())
        self._bell.ring()

    async def _posted(self, those: Iterable[Fault]) -> set[WatchId]:
        """The watches of which something was posted since their fault began."""
        since_ms = {each.watch_id: round(each.since.timestamp() * 1000) for each in those}
        if not since_ms:
            return set()
        last = await self._db.read(facts.last_posts, since_ms)
        return {watch_id for watch_id, (_, _, at_ms) in last.items() if at_ms > since_ms[watch_id]}

    def _is_over(self, watch: Watch, fault: Fault, *, was_posted: bool) -> bool:
        return self._is_available(watch) and remedies.is_healed(
            fault.kind,
            self._servers.place(watch.guild_id, watch.channel_id),
            is_refused=watch.channel_id in self._desk.troubles(),
            was_posted=was_posted,
        )

    def _look_again(self, standing: Iterable[Watch], troubles: Mapping[ChannelId, Trouble]) -> None:
        """A channel that has changed since its last refusal and looks right now is not left to the lane's next try."""
        for watch in standing:
            if watch.channel_id not in troubles:
                continue
            place = self._servers.place(watch.guild_id, watch.channel_id)
            if place is not None and place.can_post and self._refused.get(watch.channel_id, place) != place:
                self._desk.retry(watch.channel_id)
            self._refused[watch.channel_id] = place
        wanted = {watch.channel_id for watch in standing}
        self._refused = {channel_id: place for channel_id, place in self._refused.items() if channel_id in wanted}

    def _is_available(self, watch: Watch) -> bool:
        server = self._servers.server(watch.guild_id)
        return server is not None and server.is_available

    def _began(self, trouble: Trouble) -> datetime:
        return self._now() - timedelta(seconds=self._clock.monotonic() - trouble.since_s)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
