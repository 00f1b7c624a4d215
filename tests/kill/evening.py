"""A busy evening on TikTok: three creators, of whom one keeps going live and two meet in battles. It never rests.

Every comment holds a word of its own (`alice17x`), so that each can be told from every other wherever it turns up. Only what is
said while the bot listens is said at all: the rest would be a gap, told as one.

The rate stays far below what makes a channel leave lines out (bot/delivery/flood.py), but for half a minute's lines that come at
once because the database was locked: then a channel shows a sample, and says of how many.
"""

from __future__ import annotations

import asyncio
from random import Random

from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Creator, Room

HANDLES = ("alice", "bob", "carol")
RESTLESS = "carol"
"""Goes live, stops, goes live again."""

TICK_S = 0.1
WORDS_EVERY = 2
TROUBLE_EVERY = 15
SHOW_EVERY = 70
BATTLE_EVERY = 30
"""In ticks, on average."""

VERA = Viewer("vera", "Vera")


class Evening:
    """`run` in a task; cancel it to have silence."""

    def __init__(self, sandbox: Sandbox, rng: Random) -> None:
        self._rng = rng
        self._words = 0
        self._trolls = 0
        self._shows = 0
        self._doomed: list[tuple[Room, list[str], list[str]]] = []
        self.creators = {handle: sandbox.tiktok.creator(handle) for handle in HANDLES}
        for creator in self.creators.values():
            self._go_live(creator)

    def are_heard(self) -> bool:
        """Whether somebody listens to every creator who is live."""
        return all(creator.room is not None and creator.room.sockets == 1 for creator in self.creators.values())

    async def run(self) -> None:
        """Until cancelled; the last word is spoken in every room, so that the end can be waited for."""
        while True:
            for creator in self.creators.values():
                if creator.room is not None and creator.room.sockets:
                    self._happen(creator, creator.room)
            await asyncio.sleep(TICK_S)

    def news(self) -> None:
        """What cards are about: a LIVE begins, and so does a battle."""
        restless, alice = self.creators[RESTLESS], self.creators["alice"]
        if restless.room is not None:
            restless.room.end()
        self._go_live(restless)
        if alice.room is not None:
            if alice.room.battle is not None:
                alice.room.battle_finish()
                alice.room.battle_punish_finish()
            alice.room.battle_start(self.creators["bob"], duration_s=60)

    def settle(self) -> None:
        """Nothing is left half done: battles are decided, the doomed are deleted, everybody is live."""
        for room, messages, viewers in self._doomed:
            room.delete(message_ids=messages, user_ids=viewers)
        self._doomed.clear()
        for creator in self.creators.values():
            if creator.room is None:
                self._go_live(creator)
            elif creator.room.battle is not None:
                creator.room.battle_finish()
                creator.room.battle_punish_finish()

    def last_words(self) -> None:
        """One more comment in each room."""
        for handle, creator in self.creators.items():
            if creator.room is not None:
                creator.room.chat(VERA, self._word(handle))

    def _happen(self, creator: Creator, room: Room) -> None:
        if self._is_time(WORDS_EVERY):
            room.chat(VERA, self._word(creator.handle))
        if self._is_time(TROUBLE_EVERY):
            self._trouble(creator.handle, room)
        if self._doomed and self._is_time(TROUBLE_EVERY // 2):
            where, messages, viewers = self._doomed.pop(0)
            where.delete(message_ids=messages, user_ids=viewers)
        if self._is_time(TROUBLE_EVERY):
            room.gift(VERA, "Rose", self._rng.randint(1, 5))
        if creator.handle == RESTLESS and self._is_time(SHOW_EVERY):
            room.end()
            self._go_live(creator)
        if creator.handle == "alice":
            self._battle(room)

    def _trouble(self, handle: str, room: Room) -> None:
        """Somebody says what a moderator will take back: one message by its id, or all of a viewer's."""
        if self._rng.random() < 0.5:
            self._doomed.append((room, [room.chat(VERA, self._word(handle))], []))
            return
        self._trolls += 1
        troll = Viewer(f"troll{self._trolls}")
        for _ in range(3):
            room.chat(troll, self._word(handle))
        self._doomed.append((room, [], [troll.id]))

    def _battle(self, room: Room) -> None:
        rival = self.creators["bob"]
        if room.battle is None:
            if rival.room is not None and rival.room.sockets and self._is_time(BATTLE_EVERY):
                room.battle_start(rival, duration_s=60)
        elif self._is_time(20):
            room.battle_score(own_fans=[(VERA, self._rng.randint(1, 500))], rival_fans=[(VERA, self._rng.randint(1, 500))])
        elif self._is_time(BATTLE_EVERY):
            room.battle_finish()
            room.battle_punish_finish()

    def _go_live(self, creator: Creator) -> None:
        self._shows += 1
        creator.go_live(f"Show {self._shows}")

    def _is_time(self, every: int) -> bool:
        return self._rng.random() < 1 / every

    def _word(self, handle: str) -> str:
        self._words += 1
        return f"{handle}{self._words}x"
