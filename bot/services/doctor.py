"""The diagnosis behind `/doctor`: for each watch everything between TikTok and the channel, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.errors import BadInput
from bot.events.ids import Handle
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.fault import Fault, Queue
from bot.model.guild import Place
from bot.model.health import CreatorHealth, Health
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, GuildId
from bot.model.permissions import Permission, missing, to_relay
from bot.model.watch import Watch
from bot.services.naming import completions, creator_named
from bot.storage import creators, facts, faults, guilds, watches
from bot.storage.database import Database


class Vitals(Protocol):
    """What only the running bot knows."""

    def health(self) -> Health:
        """How following goes."""

    def queue(self, channel_id: ChannelId) -> Queue:
        """What waits for this channel."""

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        """The channel as the gateway shows it."""

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        """Whether everybody may mention this role; None when there is none such."""


class Unseen:
    """The vitals where no bot runs: nothing is known."""

    def health(self) -> Health:
        """Nobody is followed."""
        return Health(taken_at_ms=0)

    def queue(self, channel_id: ChannelId) -> Queue:
        """Nothing waits."""
        del channel_id
        return Queue()

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        """Nothing is seen."""
        del guild_id, channel_id
        return None

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        """Nothing is seen."""
        del guild_id, role_id
        return None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A watch's newest post."""

    channel_id: ChannelId
    message_id: DiscordMessageId
    at_ms: int


@dataclass(frozen=True, slots=True)
class Checkup:
    """Everything about one watch.

    `former`: handles that the creator had before. `health`: how following them goes, None when nobody does. `fault`: what was
    found wrong and stands. `detection_delay_s`: how long a LIVE may be on before it is noticed, 0 when nobody looks.
    """

    watch: Watch
    status: CreatorStatus
    former: Sequence[Handle]
    last_event_at_ms: int | None
    health: CreatorHealth | None
    queue: Queue
    place: Place | None
    fault: Fault | None
    delivery: Delivery | None
    detection_delay_s: float


@dataclass(frozen=True, slots=True)
class AlertCheckup:
    """Everything about where a guild's moderators are told. `role_id`: whom an unclaimed case pings.

    `is_mentionable`: everybody may mention that role; None: it is not there, or nobody is pinged.
    """

    channel_id: ChannelId
    place: Place | None
    queue: Queue
    role_id: DiscordRoleId | None = None
    is_mentionable: bool | None = None

    @property
    def needed(self) -> Permission:
        """What the bot needs there: cards are embeds, and after a crash one is looked for among the channel's messages."""
        is_thread = self.place is not None and self.place.is_thread
        return to_relay(is_thread=is_thread) | (Permission.MENTION_EVERYONE if self.is_mentionable is False else Permission(0))


class Doctor:
    """Examines the watches of a guild, and where its moderators are told. Whoever runs the bot sets `vitals` once it is built."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        self.vitals: Vitals = Unseen()
        self._db = db
        self._clock = clock

    @property
    def now_ms(self) -> int:
        """When an examination takes place."""
        return self._clock.now_ms()

    async def handles(self, guild_id: GuildId, typed: str) -> Sequence[Handle]:
        """Whom the guild watches, as far as their names contain what was typed."""
        return completions((each.handle for each in await self._db.read(watches.of_guild, guild_id)), typed)

    async def creator_named(self, guild_id: GuildId, typed: str) -> CreatorId:
        """The creator that somebody means. Raises `BadInput` when the guild watches nobody of that name."""
        handle = creator_named(typed)
        for each in await self._db.read(watches.of_guild, guild_id):
            if each.handle == handle:
                return each.creator_id
        raise BadInput("Nobody of that name is watched here. `/watching` lists what is.")

    async def examine(self, guild_id: GuildId, creator_id: CreatorId | None = None) -> Sequence[Checkup]:
        """The guild's watches, or those of one creator. Raises `BadInput` when there are none."""
        mine = await self._db.read(watches.of_guild, guild_id)
        mine = [each for each in mine if creator_id in (None, each.creator_id)]
        if not mine:
            raise BadInput("Nothing is watched here yet. `/watch creator:@name channel:#channel` starts relaying.")
        wrong = {each.watch_id: each for each in await self._db.read(faults.of_guild, guild_id)}
        posted = await self._db.read(facts.last_posts, [each.id for each in mine])
        health = self.vitals.health()
        return [
            await self._checkup(each, health, wrong.get(each.id), None if each.id not in posted else Delivery(*posted[each.id]))
            for each in mine
        ]

    async def alerts(self, guild_id: GuildId) -> AlertCheckup | None:
        """Where the guild's moderators are told; None when nobody is."""
        settings = await self._db.read(guilds.settings, guild_id)
        channel_id, role_id = settings.alert_channel_id, settings.alert_role_id
        if channel_id is None:
            return None
        return AlertCheckup(
            channel_id,
            self.vitals.place(guild_id, channel_id),
            self.vitals.queue(channel_id),
            role_id,
            None if role_id is None else self.vitals.is_mentionable(guild_id, role_id),
        )

    async def _checkup(self, watch: Watch, health: Health, fault: Fault | None, delivery: Delivery | None) -> Checkup:
        names = await self._db.read(facts.handles, watch.creator_id)
        creator = health.creators.get(watch.creator_id)
        heard_at_ms = creator.last_frame_at_ms if creator is not None else None
        return Checkup(
            watch=watch,
            status=await self._db.read(creators.status, watch.creator_id),
            former=[each for each in names if each and each != watch.handle],
            last_event_at_ms=heard_at_ms or await self._db.read(facts.last_frame_at_ms, watch.creator_id),
            health=creator,
            queue=self.vitals.queue(watch.channel_id),
            place=self.vitals.place(watch.guild_id, watch.channel_id),
            fault=fault,
            delivery=delivery,
            detection_delay_s=health.detection_delay_s,
        )


def is_ailing(found: Checkup) -> bool:
    """Whether something keeps this watch from relaying that does not pass by itself: in Discord, or with the creator."""
    status = found.status
    # The stream of a LIVE for adults can often be read; this one cannot.
    is_hidden = status.is_age_restricted and status.state is CreatorState.LIVE and not status.connected
    is_refused = found.fault is not None or found.queue.trouble is not None
    return is_refused or is_hidden or status.state is CreatorState.NOT_FOUND


def keeps_silent(found: AlertCheckup) -> bool:
    """Whether something keeps alerts from being posted, or from pinging whom they should."""
    place = found.place
    is_refused = place is None or not place.can_post or found.queue.trouble is not None
    is_role_gone = found.role_id is not None and found.is_mentionable is None
    return is_refused or is_role_gone or (place is not None and bool(missing(found.needed, place.granted)))


def counted(found: Sequence[Checkup]) -> Mapping[str, int]:
    """How many of the watches are well, ailing or paused."""
    paused = sum(each.watch.paused_at is not None for each in found)
    ailing = sum(each.watch.paused_at is None and is_ailing(each) for each in found)
    return {"well": len(found) - paused - ailing, "ailing": ailing, "paused": paused}
