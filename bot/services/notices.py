"""Notices: what a guild must know without asking, told once, where its moderators read it.

In the channel that the guild chose, else where Discord itself writes to its moderators, else to its owner by a direct message.
Who takes none of ours (50007) reads it in `/doctor`. A notice is a card: its key makes it one, restarts or not, and what is
told later (the watch was paused, all is well again) changes that message instead of sending another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol

from bot.clock import Clock
from bot.errors import DeliveryUnknown, Undeliverable
from bot.language import Language, language
from bot.model.card import Card, CardKind
from bot.model.draft import Urgency
from bot.model.fault import Fault, FaultKind
from bot.model.guild import GuildSettings, Place, Server
from bot.model.ids import CardId, ChannelId, GuildId
from bot.model.message import Button, ButtonStyle, Message
from bot.model.watch import PauseReason, Watch
from bot.services import remedies
from bot.services.faults import Healed
from bot.services.guilds import Guilds, Servers
from bot.storage import cards, faults, guilds, watches
from bot.storage.database import Database
from bot.text import escape

MOST_NAMES = 20
"""Creators that a notice names; the others are counted."""

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

    async def tell(self, healed: Sequence[Healed]) -> None:
        """Everything that is due: faults that last, faults that are over, returns. A guild with an outage is told later."""
        await self._take_back(healed)
        await self._tell_faults()
        await self._tell_returns()

    async def _tell_faults(self) -> None:
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        lasting = now - timedelta(seconds=remedies.TELL_AFTER_S)
        untold = {
            each.watch_id: each
            for each in await self._db.read(faults.known)
            if each.told_at is None and (each.is_final or each.since <= lasting)
        }
        if not untold:
            return
        for (guild_id, channel_id), those in _by_channel(await self._db.read(watches.of_ids, untold)):
            server = self._servers.server(guild_id)
            if server is None or not server.is_available:
                continue
            told = [each.id for each in those]
            first = min((untold[each] for each in told), key=lambda fault: fault.since)
            message = fault_text(self._language(server), guild_id, first, channel_id, [each.handle for each in those])
            if await self._wish(server, _fault_key(guild_id, channel_id, first), message, shunned=channel_id):
                await self._db.write(faults.told, told, at=now)

    async def _take_back(self, healed: Sequence[Healed]) -> None:
        """What was told is told to be over, in the same message; what is not posted yet never will be."""
        told = {each.watch.id: each.fault for each in healed if each.fault.told_at is not None}
        for (guild_id, channel_id), those in _by_channel([each.watch for each in healed if each.watch.id in told]):
            first = min((told[each.id] for each in those), key=lambda fault: fault.since)
            for card in await self._db.read(cards.of_keys, [_fault_key(guild_id, channel_id, first)]):
                t = language(self._guilds.settings(guild_id).locale or _locale(self._servers.server(guild_id)))
                well = Message(content=t("✅ I can post in {where} again.", where=f"<#{channel_id}>"))
                # What is not posted yet need not be posted any more.
                await self._outbox.wish([replace(card, message=well, is_withdrawn=card.message_id is None)])

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

    async def _wish(self, server: Server, key: str, message: Message, *, shunned: ChannelId | None = None) -> bool:
        """Hand a notice over; False when it must be tried again."""
        known = await self._db.read(cards.of_keys, [key])
        if known:
            await self._outbox.wish([replace(known[0], message=message)])
            return True
        settings = self._guilds.settings(server.id)
        wanted = (settings.admin_channel_id, server.updates_channel_id)
        places = {each: self._servers.place(server.id, each) for each in wanted if each is not None and each != shunned}
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
            is_over=True,
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


def fault_text(t: Language, guild_id: GuildId, fault: Fault, channel_id: ChannelId, handles: Sequence[str]) -> Message:
    """What a guild is told of a fault."""
    said = [
        f"⚠️ {_named(t, handles)}: {remedies.problem(t, fault.kind, f'<#{channel_id}>')}",
        remedies.remedy(t, fault.kind),
    ]
    if not fault.is_final:
        said.append(t("I go on trying, and go on by myself once it works. If nothing changes within a day, I pause it."))
        return Message(content="\n".join(said))
    said.append(t("It is paused until somebody resumes it. `/doctor` shows how it stands."))
    buttons = () if fault.kind is FaultKind.CHANNEL_GONE else ((resume_button(t, guild_id, channel_id),),)
    return Message(content="\n".join(said), buttons=buttons)


def return_text(t: Language, guild_id: GuildId, handles: Sequence[str]) -> Message:
    """What a guild is told when the bot was invited again."""
    said = [
        t("👋 I am back. While I was not in this server I relayed nothing, and I do not go on by myself."),
        t("Paused: {creators}.", creators=_named(t, handles)),
    ]
    return Message(content="\n".join(said), buttons=((resume_button(t, guild_id, None),),))


def resume_button(t: Language, guild_id: GuildId, channel_id: ChannelId | None) -> Button:
    """Resumes what the bot paused by itself: in a channel for its fault, or everywhere for its absence."""
    return Button(label=t("Resume"), target=f"resume:{guild_id}:{channel_id or 0}", style=ButtonStyle.SUCCESS)


def _named(t: Language, handles: Sequence[str]) -> str:
    names = sorted({f"**@{escape(handle)}**" for handle in handles})
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (t.n(" and {count} more", " and {count} more", more) if more > 0 else "")


def _fault_key(guild_id: GuildId, channel_id: ChannelId, fault: Fault) -> str:
    return f"{CardKind.NOTICE}:{guild_id}:fault:{channel_id}:{fault.kind}:{round(fault.since.timestamp() * 1000)}"


def _locale(server: Server | None) -> str:
    return server.locale if server is not None else ""


def _by_channel(those: Sequence[Watch]) -> Sequence[tuple[tuple[GuildId, ChannelId], list[Watch]]]:
    def where(each: Watch) -> tuple[GuildId, ChannelId]:
        return each.guild_id, each.channel_id

    return [(place, list(some)) for place, some in groupby(sorted(those, key=where), key=where)]
