"""A guild's watchlist: its rules, changed one at a time, and tried out on what was said lately.

Whoever uses rules hears the bell. Nothing here knows of another guild.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.clock import Bell, Clock
from bot.errors import BadInput
from bot.events.ids import Handle, ViewerId
from bot.language import Language
from bot.model.ids import CreatorId, DiscordUserId, GuildId, RuleId
from bot.model.keeping import DAY_MS, look_back_days
from bot.model.rule import DEFAULT_RULE_COOLDOWN_S, Detector, Rule, RuleAction, RuleKind
from bot.model.viewer import Subject
from bot.moderation.flags import described
from bot.moderation.rules import MOST_RULES, Rehearsal, check, compiled, rehearse
from bot.services.guilds import Guilds
from bot.services.naming import creator_named
from bot.storage import audit, rules, watches
from bot.storage.database import Database

TRIED_MS = 3_600_000
"""How far back rules are tried out."""

MOST_TRIED = 20_000
"""Comments, of all creators together."""

MOST_FOUND = 25
MOST_COOLDOWN_S = 86_400
MOST_CHOICES = 25
_ID = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule as somebody typed it. `creator`: empty for all whom the guild watches."""

    kind: RuleKind
    pattern: str
    action: RuleAction = RuleAction.ALERT
    creator: str = ""
    cooldown_s: int = DEFAULT_RULE_COOLDOWN_S


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule as a moderator may read it. `creator` is the handle, empty for all; `viewer` that of whom the rule names by id."""

    rule: Rule
    creator: Handle = Handle("")
    viewer: Handle = Handle("")


@dataclass(frozen=True, slots=True)
class Tried:
    """What rules would have done lately. So many `comments` were looked at; there were more if `is_cut`."""

    rehearsal: Rehearsal
    comments: int
    is_cut: bool
    handles: Mapping[ViewerId, Handle]
    creators: Mapping[CreatorId, Handle]


class Rulebook:
    """The service behind `/alerts watch`. `instance_days`: how long comments are kept at most."""

    def __init__(self, db: Database, guilds: Guilds, bell: Bell, *, clock: Clock, instance_days: int) -> None:
        self._db = db
        self._guilds = guilds
        self._bell = bell
        self._clock = clock
        self._instance_days = instance_days
        # What a rule is checked against is not changed by another one meanwhile.
        self._changing = asyncio.Lock()

    async def add(self, guild_id: GuildId, wish: Wish, by: DiscordUserId) -> tuple[Listed, bool]:
        """Write a rule down, and say whether it is new: one that looks for the same takes its place. Raises `BadInput`."""
        return await self._put(await self._rule(guild_id, wish), by)

    async def turn_off(self, guild_id: GuildId, detector: Detector, creator: str, by: DiscordUserId) -> Listed | None:
        """Remove a detector's rule, for all or for one creator; None when there was none."""
        wanted = await self._rule(guild_id, Wish(RuleKind.DETECTOR, detector, creator=creator))
        for each in await self._db.read(rules.of_guild, guild_id):
            if (each.kind, each.pattern, each.creator_id) == (wanted.kind, wanted.pattern, wanted.creator_id):
                return await self.remove(guild_id, each.id, by)
        return None

    async def add_viewer(self, guild_id: GuildId, subject: Subject, *, by: DiscordUserId) -> bool:
        """Alert when this viewer writes in this creator's LIVEs; whether that is new. Raises `BadInput` at a limit.

        Whoever is on the watchlist for something else stays there for that.
        """
        wanted = Rule(RuleId(0), guild_id, RuleKind.USER, subject.viewer_id, creator_id=subject.creator_id)
        for each in await self._db.read(rules.of_guild, guild_id):
            is_same = (each.kind, each.pattern) == (wanted.kind, wanted.pattern)
            if is_same and each.is_enabled and each.creator_id in (None, wanted.creator_id):
                return False
        await self._put(wanted, by)
        return True

    async def listed(self, guild_id: GuildId) -> Sequence[Listed]:
        """All rules of the guild, oldest first."""
        return await self._listed(guild_id, await self._db.read(rules.of_guild, guild_id))

    async def complete(self, t: Language, guild_id: GuildId, typed: str) -> Sequence[Listed]:
        """Rules that read like what was typed, as many as Discord shows."""
        part = typed.strip().lower()
        found = [each for each in await self.listed(guild_id) if part in described(t, each.rule).lower()]
        return found[:MOST_CHOICES]

    async def switch(self, guild_id: GuildId, rule_id: RuleId, by: DiscordUserId) -> Listed | None:
        """Disable an enabled rule of this guild, enable a disabled one; None when there is none such."""
        async with self._changing:
            before = await self._db.read(rules.of_id, rule_id, guild_id=guild_id)
            if before is None:
                return None
            after = await self._db.write(
                rules.switch,
                rule_id,
                guild_id=guild_id,
                is_enabled=not before.is_enabled,
                by=by,
                now_ms=self._clock.now_ms(),
            )
        self._bell.ring()
        return None if after is None else (await self._listed(guild_id, [after]))[0]

    async def remove(self, guild_id: GuildId, rule_id: RuleId, by: DiscordUserId) -> Listed | None:
        """Remove a rule of this guild; None when there is none such."""
        removed = await self._db.write(rules.remove, rule_id, guild_id=guild_id, by=by, now_ms=self._clock.now_ms())
        self._bell.ring()
        return None if removed is None else (await self._listed(guild_id, [removed]))[0]

    async def try_out(self, guild_id: GuildId, wish: Wish | None, creator: str = "", *, by: DiscordUserId) -> Tried:
        """What the rule, or the guild's enabled ones, would have found in the last hour. Raises `BadInput`.

        Who reads removed comments is written down before they are returned.
        """
        now_ms = self._clock.now_ms()
        days = look_back_days(self._guilds.settings(guild_id), instance_days=self._instance_days)
        wanted = [await self._rule(guild_id, wish)] if wish else await self._db.read(rules.of_guild, guild_id)
        if not any(each.is_enabled for each in wanted):
            raise BadInput("No rule is switched on. Name one to try it out, or add one with `/alerts watch add`.")
        for each in wanted if wish else ():
            await asyncio.to_thread(check, each)
        since_ms = now_ms - min(TRIED_MS, days * DAY_MS)
        seen = await self._db.read(rules.watched, guild_id, since_ms=since_ms, now_ms=now_ms)
        if creator:
            only = await self._creator(guild_id, creator)
            seen = [each for each in seen if each.creator_id == only]
        rows, is_cut = await self._db.read(rules.recent, seen, most=MOST_TRIED)
        whose = {each.creator_id for each in seen}
        handles = await self._db.read(rules.handles, whose, {row.viewer_id for row in rows}, guild_id=guild_id)
        # Thousands of comments take a while, and others wait.
        rehearsal = await asyncio.to_thread(lambda: rehearse(compiled(wanted), rows, handles=handles, most=MOST_FOUND))
        if removed := Counter(each.row.viewer_id for each in rehearsal.found if each.row.removed_at_ms is not None):
            await self._db.write(audit.read, guild_id=guild_id, by=by, where="test", removed=removed, now_ms=now_ms)
        return Tried(rehearsal, len(rows), is_cut, handles, await self._handles(whose))

    async def _put(self, wanted: Rule, by: DiscordUserId) -> tuple[Listed, bool]:
        async with self._changing:
            mine = await self._db.read(rules.of_guild, wanted.guild_id)
            others = [each for each in mine if not _is_same(each, wanted)]
            # A thousand rules take some 50 ms to compile.
            await asyncio.to_thread(check, wanted, others)
            put = await self._db.write(rules.put, wanted, by=by, now_ms=self._clock.now_ms(), most=MOST_RULES)
        if put is None:
            raise BadInput("A server's watchlist has at most {most} rules.", most=MOST_RULES)
        self._bell.ring()
        return (await self._listed(wanted.guild_id, [put[0]]))[0], put[1] is None

    async def _rule(self, guild_id: GuildId, wish: Wish) -> Rule:
        """What was typed, as a rule. Raises `BadInput`."""
        if not 0 <= wish.cooldown_s <= MOST_COOLDOWN_S:
            raise BadInput("A cool-down has 0 to {most} seconds.", most=MOST_COOLDOWN_S)
        return Rule(
            id=RuleId(0),
            guild_id=guild_id,
            kind=wish.kind,
            pattern=_pattern(wish),
            action=wish.action,
            creator_id=await self._creator(guild_id, wish.creator) if wish.creator.strip() else None,
            cooldown_s=wish.cooldown_s,
        )

    async def _creator(self, guild_id: GuildId, typed: str) -> CreatorId:
        """A creator whom the guild watches."""
        handle = creator_named(typed)
        for watch in await self._db.read(watches.of_guild, guild_id):
            if watch.handle == handle:
                return watch.creator_id
        raise BadInput("This server does not watch {creator}. `/watch` begins it.", creator=f"@{handle}")

    async def _listed(self, guild_id: GuildId, mine: Sequence[Rule]) -> Sequence[Listed]:
        named = await self._handles({each.creator_id for each in mine if each.creator_id is not None})
        ids = {ViewerId(each.pattern) for each in mine if each.kind is RuleKind.USER and _ID.fullmatch(each.pattern)}
        known: Mapping[ViewerId, Handle] = {}
        if ids:
            watched = {watch.creator_id for watch in await self._db.read(watches.of_guild, guild_id)}
            known = await self._db.read(rules.handles, watched, ids, guild_id=guild_id)
        nobody = Handle("")
        return [
            Listed(
                each,
                named.get(each.creator_id, nobody) if each.creator_id is not None else nobody,
                known.get(ViewerId(each.pattern), nobody) if each.kind is RuleKind.USER else nobody,
            )
            for each in mine
        ]

    async def _handles(self, which: set[CreatorId]) -> Mapping[CreatorId, Handle]:
        return await self._db.read(rules.creator_handles, which) if which else {}


def _pattern(wish: Wish) -> str:
    """As it is stored: two rules that look for the same have the same one."""
    match wish.kind:
        case RuleKind.REGEX:
            return wish.pattern
        case RuleKind.USER:
            typed = wish.pattern.strip()
            return typed if _ID.fullmatch(typed) else creator_named(typed)
        case _:
            return " ".join(wish.pattern.split())


def _is_same(one: Rule, other: Rule) -> bool:
    return (one.kind, one.pattern, one.creator_id) == (other.kind, other.pattern, other.creator_id)
