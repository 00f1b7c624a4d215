"""The watchlists of all guilds, ready to be asked, in memory.

Rules are a wish in the database: `refresh` compares stamps and compiles what changed. Who relays asks `relayed` (what hides and
highlights), who alerts asks `alerts`, so that each comment is searched for each rule once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.model.ids import CreatorId, GuildId
from bot.model.rule import Rule, RuleAction
from bot.moderation.book import Book, Marks
from bot.storage import rules
from bot.storage.database import Database
from bot.storage.rules import Stamp


class Watchlists:
    """Everybody's rules, by what they are for."""

    def __init__(self, db: Database) -> None:
        self.relayed = Book(lambda rule: rule.action is not RuleAction.ALERT)
        self.alerts = Book(lambda rule: rule.action is RuleAction.ALERT)
        self._db = db
        self._stamps: Mapping[GuildId, Stamp] = {}
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Take up what changed since the last time. Raises `DatabaseError`."""
        async with self._refreshing:
            stamps = await self._db.read(rules.stamps)
            changed = {guild_id for guild_id, stamp in stamps.items() if self._stamps.get(guild_id) != stamp}
            gone = self._stamps.keys() - stamps.keys()
            if not changed and not gone:
                return
            found: Mapping[GuildId, Sequence[Rule]] = await self._db.read(rules.of_guilds, changed)
            for book in (self.relayed, self.alerts):
                # To compile a thousand rules takes some 50 ms.
                await asyncio.to_thread(book.learn, {guild_id: found.get(guild_id, ()) for guild_id in (*changed, *gone)})
            self._stamps = stamps

    def marks(self, creator_id: CreatorId) -> Marks:
        """For who relays this creator."""
        return Marks(self.relayed, creator_id)
