"""Where cases are opened, moved and shown. A case and its card change in one transaction: neither stands without the other.

The outbox then delivers the card from its table; it is only told that there is something to look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from bot.clock import Clock
from bot.errors import BadInput
from bot.events import Handle, MemberActionEvent, RoomId, User
from bot.events.opted_out import OPTED_OUT, anonymised
from bot.language import ENGLISH, N_, Language, language
from bot.model.alert import Wipe
from bot.model.card import Card
from bot.model.case import Case, CaseKind, CaseStep
from bot.model.guild import GuildSettings
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordRoleId, GuildId, WatchId
from bot.moderation import alerts
from bot.moderation.alerts import Facts
from bot.moderation.cases import CLOSED, THE_BOT, Move, Person, moved
from bot.moderation.lags import Lags
from bot.storage import cards, cases, cursors, guilds, privacy
from bot.storage.database import Database

T = TypeVar("T")

TOLD_AT_ONCE = 25
"""Guilds in one transaction: there is one writer, and whoever types a command must not wait for five hundred."""

NO_CASE = N_("There is no such case in this server.")
FORGOTTEN = N_("This viewer has asked to be forgotten: nothing that they wrote is kept.")

Voice = Callable[[GuildId], Language]
"""The language that a guild's cards are in."""


@dataclass(frozen=True, slots=True)
class Hearer:
    """A guild that is told of a creator. `since_ms`: since when its oldest active watch stands."""

    guild_id: GuildId
    channel_id: ChannelId
    watch_id: WatchId
    since_ms: int
    role_id: DiscordRoleId | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A wipe as it stands, under the key of its cases. `received`: when (ms) its newer lines were received, by seq."""

    key: str
    wipe: Wipe
    received: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """A member action that is told by itself."""

    seq: int
    event: MemberActionEvent


class CaseDesk:
    """The one writer of cases. Whoever builds it sets `voice` and `ring` once Discord's side is there."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        self.voice: Voice = _english
        self.ring: Callable[[], None] = _nobody
        """Tells the outbox that cards wait for it."""
        self.opened: Counter[CaseKind] = Counter(dict.fromkeys(CaseKind, 0))
        """New cases, by what began them."""
        self._db = db
        self._clock = clock
        self._lags = Lags()

    @property
    def lag_s(self) -> float:
        """From a removal that we heard of until Discord had its card, the slowest of the last minutes."""
        return self._lags.slowest_s(self._clock.now_ms())

    def posted(self, card: Card) -> None:
        """Discord has taken this card; of others than ours nothing is kept."""
        self._lags.posted(card.key, self._clock.now_ms())

    async def tell(
        self,
        creator_id: CreatorId,
        hearers: Collection[Hearer],
        told: Sequence[Told],
        done: Sequence[Done] = (),
        *,
        consumer: str,
        seq: int,
    ) -> None:
        """Show these to every hearer, then move the cursor, in the transaction of the last ones.

        Telling the same again changes nothing, so after a failure all are told anew.
        """
        if not told and not done:
            await self._db.write(cursors.move, consumer, creator_id, seq)
            return
        waiting = tuple(hearers)
        while len(waiting) > TOLD_AT_ONCE:
            some, waiting = waiting[:TOLD_AT_ONCE], waiting[TOLD_AT_ONCE:]
            self._count(await self._write(partial(self._tell, creator_id, some, tuple(told), tuple(done))))
        last = partial(self._tell, creator_id, waiting, tuple(told), tuple(done), cursor=(consumer, seq))
        self._count(await self._write(last))

    async def open(self, draft: Case, facts: Facts, *, by: Person) -> Case:
        """The guild's case of this key, which is opened if there is none; with a card where the guild has alerts.

        Raises `BadInput` about somebody who was forgotten.
        """
        case, is_new = await self._write(partial(self._open, draft, facts, by))
        self.opened[case.kind] += is_new
        return case

    async def flag(self, draft: Case, reason: str, *, accounts: int = 1) -> Case | None:
        """The guild's case of this key, opened for its watchlist, or grown to what the draft knows by now; its card follows.

        `accounts`: how many wrote the comments; the draft names one of them. None: that one was forgotten since it was heard.
        """
        case, is_new = await self._write(partial(self._flag, draft, reason, accounts))
        self.opened[CaseKind.WATCHLIST] += is_new
        return case

    async def move(self, guild_id: GuildId, case_id: CaseId, move: Move, by: Person) -> Case:
        """Take a case further. Raises `BadInput` when this person cannot, or somebody was faster."""
        return await self._write(partial(self._move, guild_id, case_id, move, by))

    async def note(self, guild_id: GuildId, case_id: CaseId, text: str, by: Person) -> Case:
        """Write a moderator's note into the case's audit log."""
        return await self._write(partial(self._note, guild_id, case_id, text, by))

    async def revealed(self, guild_id: GuildId, case_id: CaseId, by: Person) -> Case:
        """Count that somebody is about to read the text, and write down who."""
        return await self._write(partial(self._revealed, guild_id, case_id, by))

    async def escalate(self, hearer: Hearer, after_s: int) -> int:
        """Ping the guild's role for every case that nobody took in `after_s`, each once ever; return how many."""
        return await self._write(partial(self._escalate, hearer, after_s))

    def _count(self, heard: Mapping[str, int]) -> None:
        self.opened[CaseKind.REMOVAL] += len(heard)
        for key, at_ms in heard.items():
            self._lags.heard(key, at_ms)

    async def _write(self, unit: Callable[[Any], T]) -> T:
        done = await self._db.write(unit)
        self.ring()
        return done

    @property
    def now(self) -> datetime:
        """The instant that is written down."""
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)

    # --- Units: each is one transaction -----------------------------------------------------------------------------

    def _tell(
        self,
        creator_id: CreatorId,
        hearers: Sequence[Hearer],
        told: Sequence[Told],
        done: Sequence[Done],
        connection: Any,
        *,
        cursor: tuple[str, int] | None = None,
    ) -> Mapping[str, int]:
        """Keys of the cards of new cases, each with when (ms) we heard of what it tells."""
        creator = cases.handle_of(connection, creator_id)
        # Whoever tells this still holds people in memory who have been forgotten meanwhile.
        is_gone = partial(privacy.is_gone, connection)
        known = [replace(each, wipe=_without(each.wipe, is_gone)) for each in told if not is_gone(each.wipe.viewer_id)]
        done = [replace(each, event=anonymised(each.event, is_gone)) for each in done]
        wished: list[Card] = []
        heard: dict[str, int] = {}
        for hearer in hearers:
            for each in known:
                if each.wipe.last_received_at_ms >= hearer.since_ms:
                    shown = self._told(connection, hearer, each, creator)
                    heard |= {card.key: each.wipe.first_received_at_ms for card in shown if not card.id}
                    wished += shown
            wished += [self._notice(hearer, each, creator) for each in done if each.event.received_at_ms >= hearer.since_ms]
        cards.wish(connection, wished)
        if cursor is not None:
            consumer, seq = cursor
            cursors.move(connection, consumer, creator_id, seq)
        return heard

    def _told(self, connection: Any, hearer: Hearer, told: Told, creator: Handle) -> list[Card]:
        guild_id, wipe = hearer.guild_id, told.wipe
        if wipe.seqs and wipe.viewer_id:
            foreign = cases.not_seen(
                connection,
                guild_id=guild_id,
                creator_id=wipe.creator_id,
                viewer_id=wipe.viewer_id,
                through_seq=wipe.seqs[1],
                received=told.received,
            )
            wipe = replace(wipe, lines=tuple(line for line in wipe.lines if line.seq not in foreign)) if foreign else wipe
        wipe = _as_known_here(connection, hearer, wipe, told.received)
        found = _place(connection, guild_id, wipe)
        draft = alerts.known_as(self._draft(hearer, told.key, wipe), wipe)
        known, is_new = cases.open_(connection, draft, by=THE_BOT)
        after = alerts.known_as(known, wipe)
        place = (found[1], found[2]) if found else alerts.load(known).place
        facts = Facts(creator, wipe, place)
        after = replace(after, watch_id=found[0] if found else after.watch_id, facts=alerts.dump(facts))
        if after != known:
            cases.learn(connection, after)
        return self._shown(connection, after, facts, new_in=hearer.channel_id if is_new else None)

    def _draft(self, hearer: Hearer, key: str, wipe: Wipe) -> Case:
        return Case(
            id=CaseId(0),
            guild_id=hearer.guild_id,
            number=0,
            key=key,
            kind=CaseKind.REMOVAL,
            creator_id=wipe.creator_id,
            room_id=wipe.room_id,
            viewer_id=wipe.viewer_id,
            viewer_handle=Handle(""),
            viewer_name="",
            opened_at=self.now,
            watch_id=hearer.watch_id,
        )

    def _notice(self, hearer: Hearer, done: Done, creator: Handle) -> Card:
        return alerts.notice(
            self.voice(hearer.guild_id),
            done.event,
            done.seq,
            guild_id=hearer.guild_id,
            creator=creator,
            channel_id=hearer.channel_id,
            now_ms=self._clock.now_ms(),
        )

    def _shown(self, connection: Any, case: Case, facts: Facts, *, new_in: ChannelId | None = None) -> list[Card]:
        """The card as it should be; a case whose card is gone, or never was, gets none later."""
        t = self.voice(case.guild_id)
        standing = cards.of_keys(connection, [alerts.key(case)])
        if standing:
            return [replace(standing[0], message=alerts.message(t, case, facts), state=alerts.named(case, facts),
                            is_over=case.state in CLOSED)]  # fmt: skip
        return [] if new_in is None else [alerts.card(t, case, facts, channel_id=new_in)]

    def _open(self, draft: Case, facts: Facts, by: Person, connection: Any) -> tuple[Case, bool]:
        """The case, and whether it is new."""
        if privacy.is_gone(connection, draft.viewer_id):
            raise BadInput(FORGOTTEN)
        known, is_new = cases.open_(connection, replace(draft, opened_at=self.now, facts=alerts.dump(facts)), by=by.id)
        if not is_new:
            return known, False
        facts = replace(facts, creator=facts.creator or cases.handle_of(connection, draft.creator_id))
        facts = self._placed(connection, known, facts)
        known = replace(known, facts=alerts.dump(facts))
        cases.learn(connection, known)
        settings: GuildSettings = guilds.settings(connection, draft.guild_id)
        cards.wish(connection, self._shown(connection, known, facts, new_in=settings.alert_channel_id))
        return known, True

    def _placed(self, connection: Any, case: Case, facts: Facts) -> Facts:
        """With where the line stands by now: what is on the watchlist is known before it is relayed."""
        if facts.place is not None or not case.viewer_id:
            return facts
        seqs = (case.first_seq, case.last_seq)
        found = cases.place_of(connection, guild_id=case.guild_id, room_id=case.room_id, viewer_id=case.viewer_id, seqs=seqs)
        return replace(facts, place=found[1:] if found else None)

    def _flag(self, draft: Case, reason: str, accounts: int, connection: Any) -> tuple[Case | None, bool]:
        if privacy.is_gone(connection, draft.viewer_id):
            return None, False
        known, is_new = self._open(draft, Facts(reason=reason, accounts=accounts), Person(THE_BOT), connection)
        if draft.comments <= known.comments or not known.facts:
            # Heard before; or the viewer was forgotten, and the card says so.
            return known, is_new
        facts = replace(self._placed(connection, known, alerts.load(known)), reason=reason, accounts=accounts)
        after = replace(known, last_seq=max(known.last_seq, draft.last_seq), comments=draft.comments, facts=alerts.dump(facts))
        cases.learn(connection, after)
        cards.wish(connection, self._shown(connection, after, facts))
        return after, is_new

    def _move(self, guild_id: GuildId, case_id: CaseId, move: Move, by: Person, connection: Any) -> Case:
        after = moved(_case(connection, guild_id, case_id), move, by, self.now)
        return self._put(connection, after, CaseStep(self.now, by.id, move.value))

    def _note(self, guild_id: GuildId, case_id: CaseId, text: str, by: Person, connection: Any) -> Case:
        known = _case(connection, guild_id, case_id)
        cases.step(connection, known, CaseStep(self.now, by.id, "noted", text))
        return known

    def _revealed(self, guild_id: GuildId, case_id: CaseId, by: Person, connection: Any) -> Case:
        known = _case(connection, guild_id, case_id)
        return self._put(connection, replace(known, reveals=known.reveals + 1), CaseStep(self.now, by.id, "revealed"))

    def _put(self, connection: Any, after: Case, step: CaseStep) -> Case:
        cases.put(connection, after, step)
        known = alerts.load(after)
        facts = self._placed(connection, after, known)
        if facts != known:
            after = replace(after, facts=alerts.dump(facts))
            cases.learn(connection, after)
        cards.wish(connection, self._shown(connection, after, facts))
        return after

    def _escalate(self, hearer: Hearer, after_s: int, connection: Any) -> int:
        now = self.now
        before_ms = round((now - timedelta(seconds=after_s)).timestamp() * 1000)
        waiting = cases.overdue(connection, guild_id=hearer.guild_id, before_ms=before_ms)
        if not waiting or hearer.role_id is None:
            return 0
        places = [cases.message_of(connection, alerts.key(each)) for each in waiting]
        for each in waiting:
            self._put(connection, moved(each, Move.ESCALATE, Person(THE_BOT), now), CaseStep(now, THE_BOT, Move.ESCALATE.value))
        card = alerts.ping(
            self.voice(hearer.guild_id),
            waiting,
            places,
            role_id=hearer.role_id,
            channel_id=hearer.channel_id,
            now_ms=self._clock.now_ms(),
        )
        cards.wish(connection, [card])
        return len(waiting)


def _case(connection: Any, guild_id: GuildId, case_id: CaseId) -> Case:
    known = cases.of_id(connection, guild_id=guild_id, case_id=case_id)
    if known is None:
        raise BadInput(NO_CASE)
    return known


def _as_known_here(connection: Any, hearer: Hearer, wipe: Wipe, received: Mapping[int, int]) -> Wipe:
    """The author by the name that this guild saw: one that only others saw does not exist for it."""
    author = wipe.author
    if author is None or not (author.user.handle or author.user.nickname):
        return wipe
    own = [line.seq for line in wipe.lines if received.get(line.seq, 0) >= hearer.since_ms]
    if own and author.seq >= min(own):
        # Written under this name since the guild watches; who keeps names may be a second behind.
        return wipe
    known = cases.named(connection, wipe.creator_id, [wipe.viewer_id], guild_id=hearer.guild_id)
    handle, nickname = known.get(wipe.viewer_id, ("", ""))
    return replace(wipe, author=replace(author, user=User(wipe.viewer_id, Handle(handle), nickname)))


def _without(wipe: Wipe, is_gone: Callable[[str], bool]) -> Wipe:
    """The wipe without operators who were forgotten."""
    causes = [replace(each, operator=OPTED_OUT) if each.operator and is_gone(each.operator.id) else each for each in wipe.causes]
    return replace(wipe, causes=tuple(causes))


def _place(connection: Any, guild_id: GuildId, wipe: Wipe) -> tuple[WatchId, ChannelId, Any] | None:
    if wipe.seqs is None:
        return None
    room_id: RoomId = wipe.room_id
    return cases.place_of(connection, guild_id=guild_id, room_id=room_id, viewer_id=wipe.viewer_id, seqs=wipe.seqs)


def _english(_guild_id: GuildId) -> Language:
    return language(ENGLISH)


def _nobody() -> None:
    """Nobody delivers cards here; they wait in the table."""
