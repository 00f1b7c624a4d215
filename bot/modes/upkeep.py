"""Retention: what is older than it may be goes, in short transactions, a little at a time."""

from __future__ import annotations

import logging
from typing import Protocol

from bot.clock import Clock
from bot.errors import RelayError
from bot.eventlog.log import EventLog
from bot.model import keeping
from bot.services.guilds import Guilds
from bot.services.privacy import Privacy
from bot.storage import cards, comments, posts, privacy, retention
from bot.storage.database import Database

logger = logging.getLogger(__name__)

EVERY_S = 600.0
HOUR_MS = 3_600_000
MIB = 1024 * 1024


class Retention(Protocol):
    """The part of the configuration that says how long things are kept."""

    @property
    def log_hours(self) -> int:
        """Hours that events stay in the log."""

    @property
    def log_mib(self) -> int:
        """What the log may grow to."""

    @property
    def comment_days(self) -> int:
        """Days that comments, posted lines and cards are kept."""


class Upkeep:
    """Prunes whatever is kept, and erases the guilds that the bot left long ago, or whose admin asked for it."""

    def __init__(
        self,
        db: Database,
        log: EventLog,
        *,
        clock: Clock,
        retention: Retention,
        guilds: Guilds | None = None,
        privacy: Privacy | None = None,
    ) -> None:
        self._db = db
        self._log = log
        self._guilds = guilds
        self._privacy = privacy
        self._clock = clock
        self._retention = retention

    async def run(self) -> None:
        """Every ten minutes until cancelled. A failure is logged and tried again next time."""
        while True:
            try:
                await self.once()
            except RelayError as error:
                logger.warning("old data could not be removed, it is tried again in %.0f min: %s", EVERY_S / 60, error)
            except Exception:  # the edge of the task: retention must not end the bot
                logger.exception("old data could not be removed, it is tried again in %.0f min", EVERY_S / 60)
            await self._clock.sleep(EVERY_S)

    async def once(self) -> None:
        """Remove everything that is due."""
        now_ms = self._clock.now_ms()
        keep = self._retention
        events = await self._log.prune(received_before_ms=now_ms - keep.log_hours * HOUR_MS, most_bytes=keep.log_mib * MIB)
        before_ms = now_ms - keep.comment_days * 24 * HOUR_MS
        old_comments = await self._forget_comments(now_ms)
        old_posts = 0
        while gone := await self._db.write(posts.prune, before_ms=before_ms):
            old_posts += gone
        while await self._db.write(cards.prune, before_ms=before_ms):
            pass
        await self._let_go(now_ms)
        if self._guilds is not None:
            await self._guilds.erase_due()
        if self._privacy is not None:
            await self._privacy.erase_asked()
        if events or old_comments or old_posts:
            logger.info("removed %d events, %d comments and %d posts past their time", events, old_comments, old_posts)

    async def _forget_comments(self, now_ms: int) -> int:
        """Each creator's comments stay as long as a guild that watches them wants, within the operator's bound."""
        most = self._retention.comment_days
        wanted = await self._db.read(retention.comment_days, ended_after_ms=now_ms - most * keeping.DAY_MS)
        since = {creator_id: now_ms - min(most, days) * keeping.DAY_MS for creator_id, days in wanted.items()}
        gone = 0
        # Comments on a creator whom nobody watches are of use to nobody.
        while some := await self._db.write(comments.prune, before_ms=now_ms, of_creators=since):
            gone += some
        return gone

    async def _let_go(self, now_ms: int) -> None:
        """What refers to others goes before them."""
        for unit, days in _DAYS:
            while await self._db.write(unit, before_ms=now_ms - days * keeping.DAY_MS):
                pass


_DAYS = (
    (retention.cases, keeping.CASE_DAYS),
    (retention.reads, keeping.CASE_DAYS),
    (retention.notes, keeping.VIEWER_DAYS),
    (retention.viewers, keeping.VIEWER_DAYS),
    (retention.audit, keeping.AUDIT_DAYS),
    (privacy.prune, keeping.REQUEST_DAYS),
    (retention.watches, keeping.ENDED_WATCH_DAYS),
    (retention.live_sessions, keeping.SESSION_DAYS),
    (retention.creators, keeping.CREATOR_DAYS),
)
