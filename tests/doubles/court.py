"""Two guilds that watch one creator, a moderator in each, and what either may learn of viewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.case import Case, CaseKind
from bot.model.comment import CommentRow
from bot.model.draft import Intent, LedgerPost, Line
from bot.model.ids import CaseId, ChannelId, DiscordMessageId, DiscordUserId, GuildId
from bot.model.viewer import Sighting, Subject
from bot.model.watch import Watch
from bot.services import Services
from bot.services.viewers import Viewers
from bot.storage import comments, creators, posts, viewers, watches
from bot.storage.instants import from_ms
from sandbox.discord.components import stored
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Channel, Member, Message, World
from tests.doubles.community import Community
from tests.doubles.house import plain

BOB, EVE = ViewerId("77"), ViewerId("88")
ROOM = RoomId("100")


class Desk:
    """Where the cases, the watchlist and the edits of others would go."""

    def __init__(self) -> None:
        self.opened: list[tuple[GuildId, Subject, DiscordUserId]] = []
        self.listed: list[Subject] = []
        self.corrected: list[LedgerPost] = []

    @property
    def is_untouched(self) -> bool:
        return not (self.opened or self.listed or self.corrected)

    async def open_manual(self, guild_id: GuildId, subject: Subject, *, by: DiscordUserId) -> Case:
        self.opened.append((guild_id, subject, by))
        kind, handle = CaseKind.MANUAL, subject.handle
        return Case(
            CaseId(1), guild_id, 12, "k", kind, subject.creator_id, subject.room_id, subject.viewer_id, handle, "", from_ms(0)
        )

    async def add_viewer(self, _guild_id: GuildId, subject: Subject, *, by: DiscordUserId) -> bool:
        assert by
        is_new = subject.viewer_id not in [each.viewer_id for each in self.listed]
        self.listed.append(subject)
        return is_new

    def correct(self, post: LedgerPost) -> None:
        self.corrected.append(post)


@dataclass
class Court:
    """Two guilds with a watch of alice each, "fans" from the start and "rivals" later; a moderator in each."""

    community: Community
    desk: Desk
    ours: Watch
    theirs: Watch
    now_ms: int

    @property
    def services(self) -> Services:
        assert self.community.bot is not None
        return self.community.bot.services

    @property
    def viewers(self) -> Viewers:
        return self.services.viewers

    @property
    def mod(self) -> Member:
        return self.community.live.guild.member("mo")

    @property
    def world(self) -> World:
        return self.community.discord.state.world

    @property
    def there(self) -> Channel:
        return self.community.discord.guild("rivals").channel("chat")

    @property
    def rival(self) -> Member:
        return self.there.guild.member("ria")

    def said(self, seq: int, text: str, *, ago_s: int = 60, who: ViewerId = BOB, removed: bool = False) -> CommentRow:
        at_ms = self.now_ms - 1000 * ago_s
        uuid, room = MessageId(f"m{seq}"), ROOM
        return CommentRow(
            self.ours.creator_id, seq, room, uuid, who, text, at_ms, at_ms, removed_at_ms=at_ms + 1 if removed else None
        )

    async def hears(self, *rows: CommentRow, handle: str = "bob", nickname: str = "Bob") -> None:
        """These comments were kept, and who wrote them."""
        sightings = [
            Sighting(row.creator_id, row.viewer_id, Handle(handle), nickname, row.received_at_ms, row.received_at_ms)
            for row in rows
        ]
        await self.community.db.write(comments.add, rows=rows)
        await self.community.db.write(viewers.see, sightings=sightings)

    async def looks_up(self, user: str, *, by: Member | None = None, where: Channel | None = None) -> Interaction:
        return await self.community.discord.interact(where or self.community.live, by or self.mod, "lookup", {"user": user})

    async def finds(self, user: str, **more: Any) -> Message:
        return await (await self.looks_up(user, **more)).answered()

    async def presses(self, message: Message, custom_id: str, *, by: Member | None = None) -> Interaction:
        pressed = await self.community.discord.press(message, by or self.mod, custom_id)
        await pressed.acknowledged()
        return pressed

    async def posted(self, *lines: Line, where: Channel | None = None, watch: Watch | None = None) -> Message:
        """A post of ours that stands in a channel, and in the ledger."""
        channel, watch = where or self.community.live, watch or self.ours
        bot = channel.guild.bot.user
        content = "\n".join(line.text for line in lines)
        message = self.world.post(channel, bot, content=content)
        intent = Intent(watch.id, watch.channel_id, 1, 9, content, f"n{message.id}", lines, self.now_ms)
        opened = await self.community.db.write(posts.open_intent, intent)
        await self.community.db.write(posts.fulfil, opened, message_id=DiscordMessageId(message.id), now_ms=self.now_ms)
        return message

    async def opens_menu(self, message: Message, *, by: Member | None = None) -> Message:
        used = await self.community.discord.interact(message.channel, by or self.mod, "TikTok line…", target=message)
        return await used.answered()


def moderator(where: Channel, name: str) -> Member:
    return where.guild.member(name, permissions=["manage_messages", "view_channel", "send_messages"])


async def watching(community: Community, where: Channel, created_at_ms: int) -> Watch:
    creator = await community.db.write(creators.ensure, Handle("alice"), now_ms=1)
    placed, _ = await community.db.write(
        watches.place,
        guild_id=GuildId(where.guild.id),
        channel_id=ChannelId(where.id),
        creator_id=creator.id,
        by=DiscordUserId(1),
        now_ms=created_at_ms,
        cursor_seq=0,
    )
    return placed


async def opened(community: Community) -> Court:
    """The court, in session."""
    now_ms = community.time.now_ms()
    there = community.discord.guild("rivals").channel("chat")
    moderator(there, "ria")
    moderator(community.live, "mo")
    ours = await watching(community, community.live, now_ms - 86_400_000)
    theirs = await watching(community, there, now_ms - 1000)
    court = Court(community, Desk(), ours, theirs, now_ms)
    court.viewers.cases = court.viewers.watchlist = court.viewers.corrections = court.desk
    return court


def shown(message: Message) -> str:
    """All that an answer says, without the marks that keep names from leaking."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [str(embed.get(name, "")) for name in ("title", "description")]
        parts += [f"{each['name']}: {each['value']}" for each in embed.get("fields") or ()]
        parts.append(str((embed.get("footer") or {}).get("text", "")))
    return plain("\n".join(parts))


def controls(message: Message) -> Mapping[str, Mapping[str, Any]]:
    """The buttons and menus, by their custom ids."""
    return {each["custom_id"]: each for row in message.components for each in row["components"]}


def options(message: Message) -> Sequence[Mapping[str, Any]]:
    """What the answer's menu offers."""
    return next(each["options"] for each in controls(message).values() if each.get("options"))


def line(seq: int, text: str, who: ViewerId = BOB) -> Line:
    return Line(seq, text, room_id=ROOM, message_id=MessageId(f"m{seq}"), viewer_id=who)


def forged(*custom_ids: str) -> list[dict[str, Any]]:
    """A row of buttons as anybody's client could make it."""
    return stored([{"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": each} for each in custom_ids]}])


async def choose_first(court: Court, menu: Message) -> None:
    custom_id = next(iter(controls(menu)))
    await court.community.discord.choose(menu, court.mod, custom_id, [options(menu)[0]["value"]])
    await court.community.discord.until(lambda: any(each.startswith("line:hide") for each in controls(menu)))
