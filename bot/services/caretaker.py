"""The loop that looks after guilds: who is there, what is wrong, who must be told."""

from __future__ import annotations

import logging

from bot.clock import Bell, Clock
from bot.errors import RelayError
from bot.services.faults import Faults
from bot.services.guilds import Guilds, Servers
from bot.services.notices import Notices

EVERY_S = 15.0
SETTLE_S = 1.0
"""Between two looks at least: changes that come together (a role, in a hundred channels) are one."""

_log = logging.getLogger(__name__)


class Caretaker:
    """Build it, call `run` in a task. `bell` rings when the gateway tells of a change."""

    def __init__(self, servers: Servers, guilds: Guilds, faults: Faults, notices: Notices, bell: Bell, *, clock: Clock) -> None:
        self._servers = servers
        self._guilds = guilds
        self._faults = faults
        self._notices = notices
        self._bell = bell
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. A failure is logged; the next look sees everything anew."""
        is_loaded = False
        while True:
            try:
                if not is_loaded:
                    await self._guilds.load()
                    is_loaded = True
                await self.look()
            except RelayError as error:
                _log.warning("guilds are looked after again in %.0f s: %s", EVERY_S, error)
            except Exception:  # noqa: BLE001  # the edge of the task: nothing in here may end the bot
                _log.exception("guilds are looked after again in %.0f s", EVERY_S)
            await self._bell.wait(EVERY_S)
            await self._clock.sleep(SETTLE_S)

    async def look(self) -> None:
        """Once. Until Discord has told which servers we are in, nothing is known and nothing is done."""
        present = self._servers.present()
        if present is None:
            return
        await self._guilds.reconcile(present)
        healed = await self._faults.look()
        await self._notices.tell(healed)
