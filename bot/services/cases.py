"""What moderators do with cases: look for them, take them, close them, read what was removed, write notes.

Nothing here shows or changes a case of another guild, and what a viewer wrote is only returned to whoever asked for it by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import BadInput
from bot.events.ids import Handle
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.model.ids import CaseId, CreatorId, DiscordUserId, GuildId
from bot.model.keeping import look_back_days
from bot.model.viewer import Subject
from bot.moderation import alerts, consumer
from bot.moderation.alerts import Facts
from bot.moderation.cases import Move, Person
from bot.moderation.desk import FORGOTTEN, NO_CASE, CaseDesk
from bot.services.guilds import Guilds
from bot.storage import cases, cursors
from bot.storage.cases import Filter, Text
from bot.storage.database import Database

PAGE = 10
MOST_PAGES = 1_000
CONTEXT = 5
"""Comments before and after, and no more."""

MOST_TEXTS = 2_000
MOST_WITH_CONTEXT = 3
"""Lines up to which each is shown among its neighbours; of more, those before the first and after the last are shown."""

MOST_NOTE_CHARS = 1_000
KEEPER_S, KEEPER_EVERY_S = 10.0, 0.25
_DAY_MS = 24 * 3_600_000

WAITING = (CaseState.OPEN, CaseState.ESCALATED)
CHOICES: tuple[tuple[CaseState, ...], ...] = (
    (),
    (*WAITING, CaseState.CLAIMED),
    WAITING,
    (CaseState.CLAIMED,),
    (CaseState.DONE,),
    (CaseState.FALSE_ALARM,),
)
"""States that a list can be narrowed to, by their number: a custom id carries numbers only."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a guild's cases, the newest first. `creators` are the handles of those in it."""

    number: int
    pages: int
    count: int
    cases: tuple[Case, ...]
    creators: dict[CreatorId, Handle]


@dataclass(frozen=True, slots=True)
class Group:
    """A line that was removed, or several in a row, among what was said around it."""

    before: tuple[Text, ...]
    lines: tuple[Text, ...]
    after: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a case is about, in full. `lines` are all that are kept; `gone`: so many more are not."""

    case: Case
    lines: tuple[Text, ...]
    groups: tuple[Group, ...]
    gone: int


class Cases:
    """The service behind the buttons of alert cards and `/cases`. `instance_days`: how long the operator keeps comments."""

    def __init__(self, db: Database, guilds: Guilds, desk: CaseDesk, *, clock: Clock, instance_days: int) -> None:
        self._db = db
        self._guilds = guilds
        self._desk = desk
        self._clock = clock
        self._instance_days = instance_days

    async def move(self, guild_id: GuildId, case_id: CaseId, move: Move, by: Person) -> Case:
        """Take a case further. Raises `BadInput` when this person cannot, or somebody was faster."""
        return await self._desk.move(guild_id, case_id, move, by)

    async def note(self, guild_id: GuildId, case_id: CaseId, text: str, by: DiscordUserId) -> Case:
        """Keep a note. Raises `BadInput`."""
        text = text.strip()
        if not 0 < len(text) <= MOST_NOTE_CHARS:
            raise BadInput("A note has 1 to {most} characters.", most=MOST_NOTE_CHARS)
        return await self._desk.note(guild_id, case_id, text, Person(by))

    async def case(self, guild_id: GuildId, case_id: CaseId) -> tuple[Case, Sequence[CaseStep]]:
        """A case of this guild and what was done to it. Raises `BadInput`."""
        return await self._with_steps(await self._db.read(cases.of_id, guild_id=guild_id, case_id=case_id))

    async def numbered(self, guild_id: GuildId, number: int) -> tuple[Case, Sequence[CaseStep]]:
        """The same by its number."""
        return await self._with_steps(await self._db.read(cases.of_number, guild_id=guild_id, number=number))

    async def listed(self, guild_id: GuildId, which: Filter, page: int) -> Page:
        """A page of the guild's cases, 0 the newest; the last one if there are fewer."""
        page = min(page, MOST_PAGES)
        found, count = await self._db.read(cases.listed, guild_id=guild_id, which=which, skip=page * PAGE, most=PAGE)
        last = max(0, (count - 1) // PAGE)
        if page > last:
            page = last
            found, count = await self._db.read(cases.listed, guild_id=guild_id, which=which, skip=page * PAGE, most=PAGE)
        creators = dict(await self._db.read(cases.creators_of, guild_id=guild_id))
        return Page(page, last + 1, count, tuple(found), creators)

    async def creators(self, guild_id: GuildId) -> Sequence[tuple[CreatorId, Handle]]:
        """In whose LIVEs the guild has cases."""
        return await self._db.read(cases.creators_of, guild_id=guild_id)

    async def creator_named(self, guild_id: GuildId, typed: str) -> CreatorId:
        """One of them, by what somebody typed. Raises `BadInput`."""
        wanted = typed.strip().removeprefix("@").lower()
        for creator_id, handle in await self.creators(guild_id):
            if handle == wanted:
                return creator_id
        raise BadInput("This server has no case about that creator's LIVEs.")

    async def viewer_named(self, guild_id: GuildId, typed: str) -> str:
        """The id of a viewer whom a case of the guild is about. Raises `BadInput`."""
        wanted = typed.strip().removeprefix("@").lower()
        called = await self._db.read(cases.viewers_called, guild_id=guild_id, handle=wanted)
        found = [each for each in called if each.isascii() and each.isdecimal()]
        if not found:
            raise BadInput("This server has no case about a viewer of that name.")
        return found[0]

    async def reveal(self, guild_id: GuildId, case_id: CaseId, by: DiscordUserId) -> Revealed:
        """What was removed, and what was said around it; counted and written down before it is returned. Raises `BadInput`."""
        case, _ = await self.case(guild_id, case_id)
        if case.is_forgotten:
            raise BadInput(FORGOTTEN)
        days = look_back_days(self._guilds.settings(guild_id), instance_days=self._instance_days)
        since_ms = self._clock.now_ms() - days * _DAY_MS
        wipe = alerts.load(case).wipe
        seqs = None if wipe is None else [line.seq for line in wipe.lines]
        if wipe is not None and not seqs:
            raise BadInput("The text was never received: I was not there, or TikTok removed it before it reached me.")
        await self._kept(case)
        lines = await self._db.read(cases.texts, case, seqs=seqs, since_ms=since_ms, most=MOST_TEXTS)
        if not lines:
            raise BadInput("The text is gone: comments are kept for {days} days here.", days=days)
        groups = [await self._group(case, some, since_ms) for some in _grouped(lines)]
        expected = len(lines) if seqs is None else len(seqs)
        case = await self._desk.revealed(guild_id, case_id, Person(by))
        return Revealed(case, tuple(lines), tuple(groups), max(0, expected - len(lines)))

    async def open_manual(self, guild_id: GuildId, subject: Subject, *, by: DiscordUserId) -> Case:
        """A new case about somebody's comments, or the one that stands about the same ones."""
        return await self.open_about(
            guild_id,
            subject,
            kind=CaseKind.MANUAL,
            key=f"manual:{subject.creator_id}:{subject.room_id}:{subject.viewer_id}:{subject.first_seq}:{subject.last_seq}",
            by=by,
        )

    async def open_about(
        self, guild_id: GuildId, subject: Subject, *, kind: CaseKind, key: str, by: DiscordUserId, reason: str = ""
    ) -> Case:
        """The guild's case of this key, which is opened if there is none. `by` 0: the bot. `reason`: the guild's own words."""
        draft = Case(
            id=CaseId(0),
            guild_id=guild_id,
            number=0,
            key=key,
            kind=kind,
            creator_id=subject.creator_id,
            room_id=subject.room_id,
            viewer_id=subject.viewer_id,
            viewer_handle=subject.handle,
            viewer_name=subject.nickname,
            opened_at=self._desk.now,
            watch_id=subject.watch_id,
            first_seq=subject.first_seq,
            last_seq=subject.last_seq,
            comments=subject.comments,
        )
        return await self._desk.open(draft, Facts(reason=reason), by=Person(by))

    async def _with_steps(self, found: Case | None) -> tuple[Case, Sequence[CaseStep]]:
        if found is None:
            raise BadInput(NO_CASE)
        return found, await self._db.read(cases.steps, found)

    async def _kept(self, case: Case) -> None:
        """An alert is faster than whoever stores comments: wait for them, rather than call gone what is not there yet."""
        gives_up = self._clock.monotonic() + KEEPER_S
        while (await self._db.read(cursors.get, consumer.CONSUMER, case.creator_id) or 0) < case.last_seq:
            if self._clock.monotonic() >= gives_up:
                raise BadInput("The text is not stored yet. Try again in a minute.")
            await self._clock.sleep(KEEPER_EVERY_S)

    async def _group(self, case: Case, lines: Sequence[Text], since_ms: int) -> Group:
        before, _ = await self._db.read(cases.around, case, lines[0].seq, since_ms=since_ms, most=CONTEXT)
        _, after = await self._db.read(cases.around, case, lines[-1].seq, since_ms=since_ms, most=CONTEXT)
        return Group(tuple(before), tuple(lines), tuple(after))


def _grouped(lines: Sequence[Text]) -> Sequence[Sequence[Text]]:
    """Few lines each by itself, many as one."""
    return [[each] for each in lines] if len(lines) <= MOST_WITH_CONTEXT else [lines]
