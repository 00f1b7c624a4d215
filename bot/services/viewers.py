"""Who somebody is: what this guild's watches saw of a viewer, what its moderators wrote about them, and what they may do.

Nothing here knows of another guild: who was seen only there was never seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.clock import Clock
from bot.errors import BadInput
from bot.events.ids import Handle, ViewerId
from bot.language import N_
from bot.model.case import Case
from bot.model.draft import LedgerPost
from bot.model.ids import DiscordMessageId, DiscordUserId, GuildId, PostId
from bot.model.keeping import look_back_days
from bot.model.viewer import Note, NoteId, PostedLine, Profile, Said, Subject
from bot.services.guilds import Guilds
from bot.services.naming import creator_named
from bot.storage import audit, posts, viewers
from bot.storage.database import Database
from bot.storage.viewers import MOST_NOTES

PAGE = 6
"""Comments of a page: escaped, so many of the longest fit into an embed."""

MOST_PAGES = 500
MOST_NOTE_CHARS = 500
MOST_CHOICES = 25
_DAY_MS = 24 * 3_600_000
_ID = re.compile(r"[0-9]{1,20}")

P = TypeVar("P")

NEVER_SEEN = N_(
    "Nobody of that name wrote or gave anything where this server watched. Comments are known from then on, not before."
)
NO_LINES = N_(
    "No lines that I relayed into this server are known of that message: it may be somebody else's, a card, or too old by now."
)
NO_LINE = N_("That line is not known any more.")


class Cases(Protocol):
    """Where a moderator's own cases are opened."""

    async def open_manual(self, guild_id: GuildId, subject: Subject, *, by: DiscordUserId) -> Case:
        """A new case about somebody's comments, or the one that stands about the same ones."""


class Watchlist(Protocol):
    """Whom a guild wants to hear of."""

    async def add_viewer(self, guild_id: GuildId, subject: Subject, *, by: DiscordUserId) -> bool:
        """Alert when this viewer writes in this creator's LIVEs; whether that is new. Raises `BadInput` at a limit."""


class Corrections(Protocol):
    """Who edits our posts."""

    def correct(self, post: LedgerPost) -> None:
        """Discord shows an older text of this post. Does not wait."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a moderator meant. `others` had the same handle before, or after."""

    viewer_id: ViewerId
    others: tuple[ViewerId, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a viewer's comments, the newest first. `days`: how far back their text may be read here."""

    number: int
    said: tuple[Said, ...]
    has_older: bool
    days: int


class Viewers:
    """Look-ups, notes, and what a moderator does with a line. What is None yet, nobody serves here.

    `comment_days`: how long the instance keeps the text of comments, whatever a server chose.
    """

    def __init__(self, db: Database, guilds: Guilds, *, clock: Clock, comment_days: int) -> None:
        self.cases: Cases | None = None
        self.watchlist: Watchlist | None = None
        self.corrections: Corrections | None = None
        self._db = db
        self._guilds = guilds
        self._clock = clock
        self._comment_days = comment_days

    async def find(self, guild_id: GuildId, typed: str) -> Found:
        """Whom the handle, profile address or id means, among those whom the guild saw. Raises `BadInput`."""
        if _ID.fullmatch(typed.strip()):
            return Found(ViewerId(typed.strip()))
        handle = creator_named(typed)
        found = await self._db.read(viewers.of_handle, guild_id=guild_id, handle=handle)
        if not found:
            raise BadInput(NEVER_SEEN)
        return Found(found[0], tuple(found[1:]))

    async def profile(self, guild_id: GuildId, viewer_id: ViewerId) -> Profile:
        """All that the guild may know of them. Raises `BadInput` when it never saw them."""
        found = await self._db.read(viewers.profile, guild_id=guild_id, viewer_id=viewer_id)
        if not found:
            raise BadInput(NEVER_SEEN)
        return found

    async def look_up(self, guild_id: GuildId, viewer_id: ViewerId, number: int, *, by: DiscordUserId) -> tuple[Profile, Page]:
        """The same with a page of what they wrote, 0 the newest; past the last one it is empty. Raises `BadInput`.

        Who reads removed comments is written down before they are returned.
        """
        number = min(number, MOST_PAGES)
        days = look_back_days(self._guilds.settings(guild_id), instance_days=self._comment_days)
        found, said = await self._db.read(
            viewers.look_up,
            guild_id=guild_id,
            viewer_id=viewer_id,
            since_ms=self._clock.now_ms() - days * _DAY_MS,
            skip=number * PAGE,
            most=PAGE + 1,
        )
        if not found:
            raise BadInput(NEVER_SEEN)
        page = Page(number, tuple(said[:PAGE]), has_older=len(said) > PAGE and number < MOST_PAGES, days=days)
        if removed := sum(each.is_removed for each in page.said):
            read = {viewer_id: removed}
            now_ms = self._clock.now_ms()
            await self._db.write(audit.read, guild_id=guild_id, by=by, where="lookup", removed=read, now_ms=now_ms)
        return found, page

    async def complete(self, guild_id: GuildId, typed: str) -> Sequence[Handle]:
        """Handles that the guild saw and that begin with what was typed."""
        start = typed.strip().removeprefix("@").lower()
        return await self._db.read(viewers.handles, guild_id=guild_id, start=start, most=MOST_CHOICES) if start else []

    async def note(self, guild_id: GuildId, viewer_id: ViewerId, text: str, by: DiscordUserId) -> Note:
        """Keep a note about them. Raises `BadInput` for an empty or too long one, and when there are too many."""
        text = text.strip()
        if not 0 < len(text) <= MOST_NOTE_CHARS:
            raise BadInput("A note has 1 to {most} characters.", most=MOST_NOTE_CHARS)
        await self.profile(guild_id, viewer_id)
        now_ms = self._clock.now_ms()
        made = await self._db.write(viewers.add_note, guild_id=guild_id, viewer_id=viewer_id, by=by, text=text, now_ms=now_ms)
        if made is None:
            raise BadInput(
                "There are {most} notes about this viewer, as many as there may be. Delete one first.", most=MOST_NOTES
            )
        return made

    async def unnote(self, guild_id: GuildId, note_id: NoteId, by: DiscordUserId) -> bool:
        """Delete a note of one's own; whether it was there."""
        return await self._db.write(viewers.delete_note, note_id, guild_id=guild_id, by=by, now_ms=self._clock.now_ms())

    async def open_case(self, guild_id: GuildId, viewer_id: ViewerId, by: DiscordUserId) -> Case:
        """A case about what they wrote in the latest LIVE that the guild saw them in. Raises `BadInput`."""
        cases = _served(self.cases)
        found = await self.profile(guild_id, viewer_id)
        live = next((each for each in found.lives if each.last_seq), None)
        if live is None:
            raise BadInput("No comment of theirs is kept, so there is nothing that a case could be about.")
        subject = Subject(
            viewer_id,
            found.handle,
            found.nickname,
            live.creator_id,
            live.room_id,
            live.first_seq,
            live.last_seq,
            live.comments,
        )
        return await cases.open_manual(guild_id, subject, by=by)

    async def lines_in(self, guild_id: GuildId, message_id: DiscordMessageId) -> Sequence[PostedLine]:
        """The lines of the post that stands in this message. Raises `BadInput` for every message but this guild's posts."""
        post_id = await self._db.read(viewers.post_of, guild_id=guild_id, message_id=message_id)
        if post_id is None:
            raise BadInput(NO_LINES)
        return await self.lines(guild_id, post_id)

    async def lines(self, guild_id: GuildId, post_id: PostId) -> Sequence[PostedLine]:
        """The lines of a post of this guild, of which there is at least one. Raises `BadInput`."""
        found = await self._db.read(viewers.lines, guild_id=guild_id, post_id=post_id)
        if not found:
            raise BadInput(NO_LINES)
        return found

    async def line(self, guild_id: GuildId, post_id: PostId, number: int, source: int) -> PostedLine:
        """One line of a post of this guild. Raises `BadInput` when there is none such (any more)."""
        for line in await self._db.read(viewers.lines, guild_id=guild_id, post_id=post_id):
            if (line.number, line.source) == (number, source):
                return line
        raise BadInput(NO_LINE)

    async def open_case_of(self, guild_id: GuildId, line: PostedLine, by: DiscordUserId) -> Case:
        """A case about this line."""
        return await _served(self.cases).open_manual(guild_id, await self._subject(guild_id, line), by=by)

    async def put_on_watchlist(self, guild_id: GuildId, line: PostedLine, by: DiscordUserId) -> bool:
        """Have moderators told when this line's author writes again; whether that is new."""
        return await _served(self.watchlist).add_viewer(guild_id, await self._subject(guild_id, line), by=by)

    async def hide(self, guild_id: GuildId, line: PostedLine, by: DiscordUserId) -> bool:
        """Strike this line, and no other, in our copy; whether it stood until now. On TikTok it stays."""
        changed = await self._db.write(
            posts.strike_source,
            guild_id=guild_id,
            post_id=line.post_id,
            number=line.number,
            source=line.source,
            by=by,
            now_ms=self._clock.now_ms(),
        )
        # Without anybody to edit it now, it is edited at the next start: the ledger knows.
        if changed is not None and self.corrections is not None:
            self.corrections.correct(changed)
        return changed is not None

    async def _subject(self, guild_id: GuildId, line: PostedLine) -> Subject:
        if not line.viewer_id:
            raise BadInput("Nobody wrote that line.")
        found = await self._db.read(viewers.profile, guild_id=guild_id, viewer_id=line.viewer_id)
        return Subject(
            line.viewer_id,
            found.handle,
            found.nickname,
            line.creator_id,
            line.room_id,
            first_seq=line.seq,
            last_seq=line.seq,
            comments=1,
            watch_id=line.watch_id,
        )


def _served(port: P | None) -> P:
    if port is None:
        raise BadInput("That cannot be done here: this bot runs without it.")
    return port
