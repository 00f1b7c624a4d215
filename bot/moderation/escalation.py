"""Cases that nobody takes: the guild's role is pinged once for each. What is due stands in the table, restarts or not."""

from __future__ import annotations

import logging

from bot.clock import Clock
from bot.errors import RelayError
from bot.model.guild import Guild
from bot.model.ids import WatchId
from bot.moderation.desk import CaseDesk, Hearer
from bot.storage import cases, guilds
from bot.storage.database import Database

LOOK_EVERY_S = 5.0

_log = logging.getLogger(__name__)


class Escalation:
    """`run` it."""

    def __init__(self, db: Database, desk: CaseDesk, *, clock: Clock, look_every_s: float = LOOK_EVERY_S) -> None:
        self.pinged = 0
        """Cases for which somebody was pinged."""
        self._db = db
        self._desk = desk
        self._clock = clock
        self._look_every_s = look_every_s

    async def run(self) -> None:
        """Until cancelled. A failure is logged; the next look sees everything anew."""
        while True:
            try:
                await self.look()
            except RelayError as error:
                _log.warning("cases that wait are looked at again in %.0f s: %s", self._look_every_s, error)
            except Exception:  # noqa: BLE001  # the edge of the task: nothing in here may end the bot
                _log.exception("cases that wait are looked at again in %.0f s", self._look_every_s)
            await self._clock.sleep(self._look_every_s)

    async def look(self) -> None:
        """Once. Where nothing is due nothing is written."""
        waiting = await self._db.read(cases.waiting_since)
        for guild in await self._db.read(guilds.known) if waiting else ():
            hearer = _pinged(guild)
            if hearer is None or guild.id not in waiting:
                continue
            if waiting[guild.id] <= self._clock.now_ms() - guild.settings.escalate_after_s * 1000:
                self.pinged += await self._desk.escalate(hearer, guild.settings.escalate_after_s)


def _pinged(guild: Guild) -> Hearer | None:
    """Whom to ping, and where; None where nobody wants that."""
    wanted = guild.settings
    if guild.left_at is not None or wanted.escalate_after_s <= 0:
        return None
    if wanted.alert_channel_id is None or wanted.alert_role_id is None:
        return None
    return Hearer(guild.id, wanted.alert_channel_id, WatchId(0), 0, wanted.alert_role_id)
