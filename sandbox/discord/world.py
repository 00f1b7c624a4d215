"""The state of our Discord: guilds, channels, members, roles, messages. Everything that changes says so with a `Change`.

Values are mutable where Discord's are, and only this module mutates them. No JSON, no sockets: `payloads` writes the one,
`gateway` and `rest` speak over the other. Ids are int, instants are UTC milliseconds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandbox.discord import permissions
from sandbox.discord.mentions import Mentions
from sandbox.discord.permissions import BITS, Overwrite
from sandbox.discord.snowflake import Snowflakes
from sandbox.discord.values import EPHEMERAL, LOADING, SUPPRESS_EMBEDS, THREADS, ChangeKind, Edit, Json, Kind, Role, User

T = TypeVar("T")

_LINK = re.compile(r"(?<!<)https?://[^\s<>]+")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened, with what it happened to.

    `message` is set for message_* and for interaction_answered / interaction_edited; `interaction` for interaction_*
    (an `interactions.Interaction`). Private answers never appear as message_*.
    """

    kind: ChangeKind
    guild: Guild | None = None
    channel: Channel | None = None
    message: Message | None = None
    role: Role | None = None
    interaction: Any = None
    member: Member | None = None


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild, with the roles they have there."""

    user: User
    guild: Guild = field(repr=False)
    joined_at_ms: int
    role_ids: list[int] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def permissions(self) -> int:
        """What they may do in the guild as a whole, as bits."""
        roles = (self.guild.roles[role].permissions for role in self.role_ids)
        return permissions.in_guild(self.guild.everyone.permissions, roles, is_owner=self.guild.owner_id == self.id)

    def add_role(self, role: Role) -> None:
        self.role_ids.append(role.id)
        self.guild.world.tell(Change("member_updated", self.guild, member=self))

    def remove_role(self, role: Role) -> None:
        self.role_ids.remove(role.id)
        self.guild.world.tell(Change("member_updated", self.guild, member=self))

    def close_dms(self) -> None:
        """They take no more direct messages from the bot (50007), in whatever guild they share."""
        self.guild.world.closed_dms.add(self.id)

    def open_dms(self) -> None:
        self.guild.world.closed_dms.discard(self.id)


@dataclass(slots=True, eq=False)
class Message:
    """A message that Discord accepted. `content` is always the current text, `edits` how it came to that, oldest first.

    `pings` are those whom its first posting notified: an edit notifies nobody. `pinged` gathers whoever it or an edit of it
    named with leave to ping ("@everyone", "<@id>", "<@&id>"): for a relay it must stay empty.
    """

    id: int
    channel: Channel = field(repr=False)
    author: User
    created_at_ms: int
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    edited_at_ms: int | None = None
    edits: list[Edit] = field(default_factory=list)
    pinged: tuple[str, ...] = ()
    pings: Mentions = field(default_factory=Mentions)
    mention_everyone: bool = False
    mentions: tuple[int, ...] = ()
    mention_roles: tuple[int, ...] = ()
    interaction_id: int | None = None
    interaction_metadata: Json | None = None
    deleted: bool = False
    thread: Channel | None = field(default=None, repr=False)

    @property
    def author_id(self) -> int:
        return self.author.id

    @property
    def ephemeral(self) -> bool:
        """Only the person who used the command sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Discord shows "thinking…" in its place."""
        return bool(self.flags & LOADING)

    @property
    def previews(self) -> tuple[str, ...]:
        """The links that Discord would fetch and show a card for: none where embeds are suppressed or not permitted."""
        may_embed = self.channel.permissions_of(self.channel.guild.members[self.author.id]) & BITS["embed_links"]
        return tuple(_LINK.findall(self.content)) if may_embed and not self.flags & SUPPRESS_EMBEDS else ()

    def delete(self) -> None:
        """A moderator deletes it: the bot hears MESSAGE_DELETE, and its edits of it are 10008."""
        self.channel.guild.world.delete(self)


@dataclass(slots=True, eq=False)
class Channel:
    """A channel of a guild with what was written in it, oldest first; deleted messages move to `deleted_messages`.

    A thread is a channel too: it has a `parent`, whose overwrites are its own. So is a direct message: `World.dm`.
    """

    id: int
    guild: Guild = field(repr=False)
    name: str
    kind: Kind = "text"
    topic: str | None = None
    overwrites: list[Overwrite] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list, repr=False)
    deleted_messages: list[Message] = field(default_factory=list, repr=False)
    deleted: bool = False
    nsfw: bool = False
    parent: Channel | None = field(default=None, repr=False)
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    archive_changed_ms: int = 0
    joined: set[int] = field(default_factory=set)
    """Threads only: ids of the users in it. A private thread is for them, and for those who manage threads."""

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def is_dm(self) -> bool:
        return self.kind == "dm"

    @property
    def bot_permissions(self) -> int:
        """What the bot may do here, as bits; `permissions.names` spells them out."""
        return self.permissions_of(self.guild.bot)

    def permissions_of(self, member: Member) -> int:
        """What this member may do here, as bits."""
        home = self.parent if self.is_thread and self.parent is not None else self
        speaks = "send_messages_in_threads" if self.is_thread else "send_messages"
        own = permissions.in_channel(
            member.permissions,
            home.overwrites,
            guild_id=self.guild.id,
            role_ids=member.role_ids,
            member_id=member.id,
            speaks=speaks,
        )
        is_hidden = self.kind == "private_thread" and member.id not in self.joined and not own & BITS["manage_threads"]
        return 0 if is_hidden else own

    def may_speak(self, member: Member) -> bool:
        """Whether a member's messages are taken here; locks and archives are another matter."""
        return bool(self.permissions_of(member) & BITS["send_messages_in_threads" if self.is_thread else "send_messages"])

    def overwrite(self, target: Member | Role, *, allow: Iterable[str] | int = (), deny: Iterable[str] | int = ()) -> None:
        """Replace this channel's exception for a role or a member; with neither allow nor deny it is removed."""
        self.overwrites = [o for o in self.overwrites if o.target_id != target.id]
        new = Overwrite(target.id, isinstance(target, Member), permissions.bits(allow), permissions.bits(deny))
        if new.allow or new.deny:
            self.overwrites.append(new)
        self._changed()

    def deny_bot(self, *names: str) -> None:
        """Take permissions from the bot in this channel, whatever its roles say: `channel.deny_bot("send_messages")`."""
        allow, deny = self._bot_overwrite()
        taken = permissions.bits(names)
        self.overwrite(self.guild.bot, allow=allow & ~taken, deny=deny | taken)

    def allow_bot(self, *names: str) -> None:
        """Give permissions to the bot in this channel, whatever its roles say."""
        allow, deny = self._bot_overwrite()
        given = permissions.bits(names)
        self.overwrite(self.guild.bot, allow=allow | given, deny=deny & ~given)

    def reset_bot(self) -> None:
        """Let the bot's roles decide again."""
        self.overwrite(self.guild.bot)

    def rename(self, name: str) -> None:
        self.change(name=name)

    def change(self, **values: Any) -> None:
        """Replace fields: `channel.change(nsfw=True)`, `thread.change(archived=True, locked=True)`."""
        if "archived" in values and values["archived"] != self.archived:
            self.archive_changed_ms = self.guild.world.now_ms
        for name, value in values.items():
            setattr(self, name, value)
        self._changed()

    def thread(self, name: str, kind: Kind | None = None, *, owner: Member | None = None) -> Channel:
        """The thread (in a forum: the post) of this name under this channel, made when it is not there yet."""
        found = next((t for t in self.guild.threads.values() if t.parent is self and t.name == name), None)
        usual: Kind = "announcement_thread" if self.kind == "announcement" else "public_thread"
        return found or self.guild.world.add_thread(self, name, kind or usual, owner or self.guild.owner)

    def say(self, member: Member, content: str) -> Message:
        """A person writes here."""
        return self.guild.world.post(self, member.user, content=content)

    def delete(self) -> None:
        """An admin deletes the channel with everything in it, or the thread."""
        for thread in [t for t in self.guild.threads.values() if t.parent is self]:
            thread.delete()
        self.deleted = True
        del (self.guild.threads if self.is_thread else self.guild.channels)[self.id], self.guild.world.channels[self.id]
        self.guild.world.tell(Change("thread_deleted" if self.is_thread else "channel_deleted", self.guild, self))

    def _bot_overwrite(self) -> tuple[int, int]:
        own = [o for o in self.overwrites if o.target_id == self.guild.bot.id]
        return (own[0].allow, own[0].deny) if own else (0, 0)

    def _changed(self) -> None:
        self.guild.world.tell(Change("thread_updated" if self.is_thread else "channel_updated", self.guild, self))


@dataclass(slots=True, eq=False)
class Guild:
    """A community that the bot is in, until it is kicked. `available` is False during an outage of Discord's."""

    id: int
    name: str
    world: World = field(repr=False)
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    channels: dict[int, Channel] = field(default_factory=dict, repr=False)
    threads: dict[int, Channel] = field(default_factory=dict, repr=False)
    has_bot: bool = True
    available: bool = True
    locale: str = "en-US"
    public_updates_channel_id: int | None = None

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def bot(self) -> Member:
        return self.members[self.world.bot.id]

    @property
    def bot_role(self) -> Role:
        """The role that inviting the bot made: it holds what the invite link asked for."""
        return self.roles[self.bot.role_ids[0]]

    @property
    def owner(self) -> Member:
        return self.members[self.owner_id]

    def channel(self, name: str, kind: Kind = "text") -> Channel:
        """The channel of this name, made when it is not there yet."""
        name = name.removeprefix("#")
        found = next((c for c in self.channels.values() if c.name == name), None)
        return found or self.world.add_channel(self, name, kind)

    def member(self, name: str, permissions: Iterable[str] | int | None = None) -> Member:
        """The member of this name, made when not there yet; `permissions` replaces what they have beyond @everyone."""
        return self.world.add_member(self, name, permissions)

    def role(self, name: str, permissions: Iterable[str] | int = (), *, mentionable: bool = False) -> Role:
        """The role of this name, made when it is not there yet."""
        found = next((r for r in self.roles.values() if r.name == name), None)
        return found or self.world.add_role(self, name, permissions, mentionable=mentionable)

    def set_permissions(self, role: Role, allowed: Iterable[str] | int) -> None:
        """Replace what a role may do, for example `guild.set_permissions(guild.bot_role, ["view_channel"])`."""
        self.change_role(role, permissions=permissions.bits(allowed))

    def change_role(self, role: Role, **values: Any) -> None:
        """Replace fields of a role: `guild.change_role(role, mentionable=True)`."""
        for name, value in values.items():
            setattr(role, name, value)
        self.world.tell(Change("role_updated", self, role=role))

    def delete_role(self, role: Role) -> None:
        """The role is gone, and taken from everybody who had it."""
        for holder in (had := [member for member in self.members.values() if role.id in member.role_ids]):
            holder.role_ids.remove(role.id)
        del self.roles[role.id]
        for change in (Change("role_deleted", self, role=role), *(Change("member_updated", self, member=m) for m in had)):
            self.world.tell(change)

    def rename(self, name: str) -> None:
        self.change(name=name)

    def change(self, **values: Any) -> None:
        """Replace fields: `guild.change(locale="ja", owner_id=ann.id, public_updates_channel_id=mods.id)`."""
        for name, value in values.items():
            setattr(self, name, value)
        self.world.tell(Change("guild_updated", self))

    def kick_bot(self) -> None:
        """The bot is removed from the guild: it hears GUILD_DELETE and loses access to everything in it."""
        self.has_bot = False
        self.world.tell(Change("guild_left", self))

    def invite_bot(self) -> None:
        """The bot comes back after a kick."""
        self.has_bot = True
        self.bot.joined_at_ms = self.world.now_ms
        self.world.tell(Change("guild_joined", self))

    def begin_outage(self) -> None:
        """Discord loses the guild for a while: GUILD_DELETE with `unavailable`, which is no removal."""
        self.available = False
        self.world.tell(Change("guild_unavailable", self))

    def end_outage(self) -> None:
        """The guild is back: GUILD_CREATE with all that changed meanwhile."""
        self.available = True
        self.world.tell(Change("guild_available", self))


class World:
    """Everything there is, and who is told of changes. `now` gives seconds since 1970."""

    INVITED = ("view_channel", "send_messages", "send_messages_in_threads", "embed_links", "read_message_history")
    """What the invite link of a freshly added bot asked for."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.ids = Snowflakes(now)
        self.bot = User(self.ids.next(), "relay", bot=True)
        # An application of today and its bot user share one id.
        self.application_id = self.bot.id
        self.people: dict[str, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.dms: dict[int, Channel] = {}
        self.closed_dms: set[int] = set()
        """Direct messages by the id of the person, and the people who take none."""
        self._listeners: list[Callable[[Change], None]] = []

    @property
    def now_ms(self) -> int:
        return int(self.now() * 1000)

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back at every change, in order, at once and in the loop's thread; returns what ends it. It must not raise."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)

    async def until(self, answer: Callable[[], T], timeout_s: float) -> T:
        """Wait for `answer()` to be true, asking again after each change; returns it. Raises TimeoutError."""
        changed = asyncio.Event()
        unsubscribe = self.subscribe(lambda _change: changed.set())
        try:
            async with asyncio.timeout(timeout_s):
                while not (found := answer()):
                    changed.clear()
                    await changed.wait()
        finally:
            unsubscribe()
        return found

    def guild(self, name: str) -> Guild:
        """The guild of this name, made (with owner, @everyone and the bot in it) when it is not there yet."""
        return next((g for g in self.guilds.values() if g.name == name), None) or self._found(name)

    def add_channel(self, guild: Guild, name: str, kind: Kind) -> Channel:
        channel = Channel(self.ids.next(), guild, name, kind)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        self.tell(Change("channel_created", guild, channel))
        return channel

    def add_thread(self, parent: Channel, name: str, kind: Kind, owner: Member, *, start: Message | None = None) -> Channel:
        """Start a thread, from the message `start` if there is one: then they share their id."""
        guild = parent.guild
        thread = Channel(start.id if start else self.ids.next(), guild, name, kind, parent=parent, owner_id=owner.id)
        thread.joined, thread.archive_changed_ms = {owner.id}, self.now_ms
        if start is not None:
            start.thread = thread
        guild.threads[thread.id] = self.channels[thread.id] = thread
        self.tell(Change("thread_created", guild, thread))
        return thread

    def dm(self, user: User) -> Channel:
        """The direct messages between the bot and a person, opened when they are not yet.

        They belong to no guild; one of those two, known to nobody, stands in so that no rule needs an exception.
        """
        if user.id not in self.dms:
            alone = Guild(0, "", self, owner_id=0)
            alone.roles[0] = Role(0, "@everyone", permissions.DIRECT)
            alone.members = {one.id: Member(one, alone, self.now_ms) for one in (user, self.bot)}
            channel = Channel(self.ids.next(), alone, user.name, "dm")
            alone.channels[channel.id] = self.channels[channel.id] = self.dms[user.id] = channel
        return self.dms[user.id]

    def takes_dms(self, user: User) -> bool:
        """Whether the bot's messages reach this person: they share a guild and have not closed their door."""
        shares = any(g.has_bot and user.id in g.members for g in self.guilds.values())
        return shares and user.id not in self.closed_dms

    def add_member(self, guild: Guild, name: str, allowed: Iterable[str] | int | None) -> Member:
        # One person may be in many guilds under one account, as on Discord.
        user = self.people.setdefault(name, User(self.ids.next(), name))
        member = guild.members.setdefault(user.id, Member(user, guild, self.now_ms))
        if allowed is not None:
            role = next((guild.roles[r] for r in member.role_ids if guild.roles[r].name == name), None)
            if role is None:
                role = self.add_role(guild, name, ())
                member.role_ids.append(role.id)
            guild.set_permissions(role, allowed)
        return member

    def add_role(self, guild: Guild, name: str, allowed: Iterable[str] | int, *, mentionable: bool = False) -> Role:
        role = Role(self.ids.next(), name, permissions.bits(allowed), mentionable, position=len(guild.roles))
        guild.roles[role.id] = role
        self.tell(Change("role_created", guild, role=role))
        return role

    def post(self, channel: Channel, author: User, **values: Any) -> Message:
        """A message appears in the channel for all to see; `values` are fields of `Message`."""
        message = Message(self.ids.next(), channel, author, self.now_ms, **values)
        self.messages[message.id] = message
        channel.messages.append(message)
        self.tell(Change("message_created", channel.guild, channel, message))
        return message

    def edit(self, message: Message, **values: Any) -> None:
        """Replace fields of a message; its history gains an `Edit`. A private answer is not told as message_edited."""
        before = message.content
        for name, value in values.items():
            setattr(message, name, value)
        message.edited_at_ms = self.now_ms
        message.edits.append(Edit(self.now_ms, before, message.content))
        if not message.ephemeral:
            self.tell(Change("message_edited", message.channel.guild, message.channel, message))

    def delete(self, message: Message) -> None:
        """A message disappears; it stays readable in `deleted_messages`."""
        message.deleted = True
        self.messages.pop(message.id, None)
        if message in message.channel.messages:
            message.channel.messages.remove(message)
            message.channel.deleted_messages.append(message)
            self.tell(Change("message_deleted", message.channel.guild, message.channel, message))

    def _found(self, name: str) -> Guild:
        owner = self.people.setdefault("owner", User(self.ids.next(), "owner"))
        guild = Guild(self.ids.next(), name, self, owner.id)
        guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.EVERYONE, position=0)
        bot_role = Role(self.ids.next(), self.bot.name, permissions.bits(self.INVITED), managed=True)
        guild.roles[bot_role.id] = bot_role
        guild.members[owner.id] = Member(owner, guild, self.now_ms)
        guild.members[self.bot.id] = Member(self.bot, guild, self.now_ms, [bot_role.id])
        self.guilds[guild.id] = guild
        self.tell(Change("guild_joined", guild))
        return guild
