"""Notices: what a guild must know without asking, told once, where its moderators read it.

In the channel that the guild chose, else where Discord itself writes to its moderators, else to its owner by a direct message.
Who takes none of ours (50007) reads it in `/doctor`. A notice is a card: its key makes it one, restarts or not, and what is
told later (the watch was paused, all is well again) changes that message instead of sending another.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.errors import DeliveryUnknown, Undeliverable
from bot.language import Language, language
from bot.model.card import Card, CardKind
from bot.model.draft import Urgency
from bot.model.fault import FaultKind
from bot.model.guild import GuildSettings, Place, Server
from bot.model.ids import CardId, ChannelId, GuildId
from bot.model.message import Button, ButtonStyle, Message
from bot.model.watch import PauseReason
from bot.services import remedies
from bot.services.faults import Ailing
from bot.services.guilds import Guilds, Servers
from bot.storage import cards, faults, guilds, watches
from bot.storage.database import Database
from bot.text import escape

MOST_NAMES = 20
MOST_CHANNELS = 10
"""Creators and channels that a notice names; the others are counted."""

ABSENCE, EVERYWHERE = ChannelId(0), ChannelId(1)
"""In place of a channel, of which none has such an id: everything that stands still for the bot's absence, or for a reason."""

_log = logging.getLogger(__name__)


class Outbox(Protocol):
    """Where cards go."""

    async def wish(self, wished: Sequence[Card]) -> None:
        """These cards should stand so; durable on return."""


class Notices:
    """Tells guilds."""

    def __init__(self, db: Database, outbox: Outbox, servers: Servers, settings: Guilds, *, clock: Clock) -> None:
        self._db = db
        self._outbox = outbox
        self._servers = servers
        self._guilds = settings
        self._clock = clock

    async def tell(self, healed: Sequence[Ailing]) -> None:
        """Everything that is due: faults that last, faults that are over, returns. A guild with an outage is told later."""
        await self._take_back(healed)
        await self._settle()
        await self._tell_faults()
        await self._tell_returns()

    async def _tell_faults(self) -> None:
        """One message for all channels of a guild with the same fault, and for those that get it later."""
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        lasting = now - timedelta(seconds=remedies.TELL_AFTER_S)
        for (guild_id, kind), known in (await self._known()).items():
            those = [each for each in known if each.is_told or each.fault.is_final or each.fault.since <= lasting]
            untold = [each.watch.id for each in those if not each.is_told]
            server = self._servers.server(guild_id)
            if not untold or server is None or not server.is_available:
                continue
            message = fault_text(self._language(server), guild_id, those)
            standing = await self._standing(guild_id, kind, those)
            key = standing.key if standing else f"{_fault_prefix(guild_id, kind)}{self._clock.now_ms()}"
            channels = sorted({each.watch.channel_id for each in those} | (_channels(standing) if standing else set()))
            if await self._wish(server, key, message, shunned=channels, state=json.dumps(channels)):
                await self._db.write(faults.told, untold, at=now)

    async def _take_back(self, healed: Sequence[Ailing]) -> None:
        """What was told is told to be over, in the same message; what is not posted yet never will be."""
        over = _by_kind(each for each in healed if each.is_told)
        known = await self._known() if over else {}
        for (guild_id, kind), those in over.items():
            card = await self._standing(guild_id, kind, those)
            if card is None:
                continue
            t = language(self._guilds.settings(guild_id).locale or _locale(self._servers.server(guild_id)))
            if left := [each for each in known.get((guild_id, kind), ()) if each.is_told]:
                await self._outbox.wish([replace(card, message=fault_text(t, guild_id, left))])
                continue
            well = Message(content=t("✅ I can post in {where} again.", where=channels_named(t, sorted(_channels(card)))))
            # What is not posted yet need not be posted any more.
            await self._outbox.wish([replace(card, message=well, is_over=True, is_withdrawn=card.message_id is None)])

    async def _settle(self) -> None:
        """Notices of faults that went without being mended: another kind took their place, or nobody watches there any more."""
        standing = await self._db.read(cards.open_of, CardKind.NOTICE)
        known = await self._known() if standing else {}
        for card in standing:
            guild_id, kind = _about(card)
            t = language(self._guilds.settings(guild_id).locale or _locale(self._servers.server(guild_id)))
            those = [each for each in known.get((guild_id, kind), ()) if _tells_of(card, each)]
            if not those:
                gone = Message(content=t("☑️ This is over, or something else is wrong now: `/doctor` shows how it stands."))
                await self._outbox.wish([replace(card, message=gone, is_over=True, is_withdrawn=card.message_id is None)])
            elif all(each.is_told for each in those):
                await self._outbox.wish([replace(card, message=fault_text(t, guild_id, those))])

    async def _known(self) -> Mapping[tuple[GuildId, FaultKind], list[Ailing]]:
        """All faults that stand, with their watches."""
        known = {each.watch_id: each for each in await self._db.read(faults.known)}
        return _by_kind(Ailing(watch, known[watch.id]) for watch in await self._db.read(watches.of_ids, known)) if known else {}

    async def _standing(self, guild_id: GuildId, kind: FaultKind, those: Sequence[Ailing]) -> Card | None:
        """The notice that told of these, if one did: the newest that is not over and that told of one of them."""
        prefix = _fault_prefix(guild_id, kind)
        notices = [each for each in await self._db.read(cards.open_of, CardKind.NOTICE) if each.key.startswith(prefix)]
        return next((each for each in reversed(notices) if any(_tells_of(each, one) for one in those)), None)

    async def _tell_returns(self) -> None:
        for guild_id, left_at_ms in (await self._db.read(guilds.returns)).items():
            server = self._servers.server(guild_id)
            if server is None or not server.is_available:
                continue
            paused = [each for each in await self._db.read(watches.of_guild, guild_id) if each.paused_why is PauseReason.LEFT]
            message = return_text(self._language(server), guild_id, [each.handle for each in paused])
            key = f"{CardKind.NOTICE}:{guild_id}:return:{left_at_ms}"
            if not paused or await self._wish(server, key, message):
                await self._db.write(guilds.forget_return, guild_id)

    async def _wish(
        self, server: Server, key: str, message: Message, *, shunned: Collection[ChannelId] = (), state: str = ""
    ) -> bool:
        """Hand a notice over; False when it must be tried again. With a `state` there is more to come in that message."""
        known = await self._db.read(cards.of_keys, [key])
        if known:
            await self._outbox.wish([replace(known[0], message=message, state=state)])
            return True
        settings = self._guilds.settings(server.id)
        wanted = (settings.admin_channel_id, server.updates_channel_id)
        places = {each: self._servers.place(server.id, each) for each in wanted if each is not None and each not in shunned}
        channel_id = address(settings, server, places)
        if channel_id is None:
            try:
                channel_id = await self._servers.direct(server.owner_id)
            except DeliveryUnknown as unknown:
                _log.info("guild=%d cannot be told yet: %s", server.id, unknown)
                return False
            except Undeliverable as refusal:
                _log.warning("guild=%d cannot be told anywhere, `/doctor` shows it: %s", server.id, refusal)
                return True
        card = Card(
            id=CardId(0),
            key=key,
            kind=CardKind.NOTICE,
            watch_id=None,
            channel_id=channel_id,
            message=message,
            created_at_ms=self._clock.now_ms(),
            urgency=Urgency.ALERT,
            is_over=not state,
            state=state,
        )
        await self._outbox.wish([card])
        return True

    def _language(self, server: Server) -> Language:
        return language(self._guilds.settings(server.id).locale or server.locale)


def address(settings: GuildSettings, server: Server, places: Mapping[ChannelId, Place | None]) -> ChannelId | None:
    """Where the guild is told; None: its owner, by a direct message. `places`: those channels that may be used at all."""
    for channel_id in (settings.admin_channel_id, server.updates_channel_id):
        place = None if channel_id is None else places.get(channel_id)
        if place is not None and place.can_post:
            return place.channel_id
    return None


def fault_text(t: Language, guild_id: GuildId, those: Sequence[Ailing]) -> Message:
    """What a guild is told of watches that have the same kind of fault, in one channel or in many."""
    kind, handles = those[0].fault.kind, [each.watch.handle for each in those]
    first, *others = sorted({each.watch.channel_id for each in those})
    said = [f"⚠️ {_named(t, handles)}: {remedies.problem(t, kind, f'<#{first}>')}"]
    if others:
        said.append(t("The same holds for {channels}.", channels=channels_named(t, others)))
    said.append(remedies.remedy(t, kind))
    paused = sorted({each.watch.channel_id for each in those if each.fault.is_final})
    if not all(each.fault.is_final for each in those):
        said.append(t("I go on trying, and go on by myself once it works. If nothing changes within a day, I pause it."))
    elif not others and kind is not FaultKind.CHANNEL_GONE:
        said.append(t("It is paused until somebody resumes it. `/doctor` shows how it stands."))
    # In a channel that is gone nothing could be resumed.
    if paused and others and kind is not FaultKind.CHANNEL_GONE:
        said.append(
            t(
                "Paused until somebody resumes it: {channels}. `/doctor` shows how it stands.",
                channels=channels_named(t, paused),
            )
        )
    if not paused or kind is FaultKind.CHANNEL_GONE:
        return Message(content="\n".join(said))
    button = adults_button if kind is FaultKind.ADULTS else resume_button
    return Message(content="\n".join(said), buttons=((button(t, guild_id, EVERYWHERE if len(paused) > 1 else paused[0]),),))


def return_text(t: Language, guild_id: GuildId, handles: Sequence[str]) -> Message:
    """What a guild is told when the bot was invited again."""
    said = [
        t("👋 I am back. While I was not in this server I relayed nothing, and I do not go on by myself."),
        t("Paused: {creators}.", creators=_named(t, handles)),
    ]
    return Message(content="\n".join(said), buttons=((resume_button(t, guild_id, ABSENCE),),))


def resume_button(t: Language, guild_id: GuildId, channel_id: ChannelId) -> Button:
    """Resumes what the bot paused by itself: in a channel for its fault, or everywhere for faults or for its absence."""
    return Button(label=t("Resume"), target=f"resume:{guild_id}:{channel_id}", style=ButtonStyle.SUCCESS)


def adults_button(t: Language, guild_id: GuildId, channel_id: ChannelId) -> Button:
    """Confirms that LIVEs for adults are relayed into channels that are not age-restricted: one, or all that are held."""
    return Button(label=t("Relay anyway"), target=f"adults:{guild_id}:{channel_id}", style=ButtonStyle.DANGER)


def channels_named(t: Language, channels: Sequence[ChannelId]) -> str:
    """`<#1>, <#2>`; of many the first ones."""
    mentions = [f"<#{each}>" for each in dict.fromkeys(channels)]
    said, more = ", ".join(mentions[:MOST_CHANNELS]), len(mentions) - MOST_CHANNELS
    return said + (t.n(" and {count} more", " and {count} more", more) if more > 0 else "")


def _named(t: Language, handles: Sequence[str]) -> str:
    names = sorted({f"**@{escape(handle)}**" for handle in handles})
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (t.n(" and {count} more", " and {count} more", more) if more > 0 else "")


def _fault_prefix(guild_id: GuildId, kind: FaultKind) -> str:
    """The instant of the notice comes behind it."""
    return f"{CardKind.NOTICE}:{guild_id}:fault:{kind}:"


def _tells_of(notice: Card, those: Ailing) -> bool:
    """Whether it does, or did when the fault was not final yet. A fault that began after it may be told in it, too."""
    is_named = those.watch.channel_id in _channels(notice)
    return is_named and (those.is_told or those.fault.since.timestamp() * 1000 <= notice.created_at_ms)


def _about(notice: Card) -> tuple[GuildId, FaultKind]:
    """Of whom and of what a notice of faults tells."""
    _, guild_id, _, kind, _ = notice.key.split(":")
    return GuildId(int(guild_id)), FaultKind(kind)


def _channels(notice: Card) -> set[ChannelId]:
    """All channels that a notice ever told of."""
    return {ChannelId(each) for each in json.loads(notice.state)}


def _locale(server: Server | None) -> str:
    return server.locale if server is not None else ""


def _by_kind(those: Iterable[Ailing]) -> dict[tuple[GuildId, FaultKind], list[Ailing]]:
    found: dict[tuple[GuildId, FaultKind], list[Ailing]] = {}
    for each in those:
        found.setdefault((each.watch.guild_id, each.fault.kind), []).append(each)
    return found
