"""/alerts over a real socket: where alerts go, and the watchlist, for moderators of one server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, RuleId, WatchId
from bot.model.rule import Rule, RuleAction, RuleKind
from bot.model.viewer import Sighting, Subject
from bot.services.rulebook import Rulebook
from bot.storage import comments, creators, guilds, rules, viewers, watches
from bot.storage.tables import config_audit
from bot.storage.tables import watch as watch_table
from sandbox.discord.components import stored
from sandbox.discord.world import Channel, Member, Message
from tests.doubles.community import Community
from tests.doubles.house import plain

BOB = ViewerId("77")
EVERYBODY_READS = "Everybody in this server can read"


@dataclass
class Bench:
    """Two guilds that watch alice; an admin and a moderator in ours, a moderator in the other."""

    community: Community
    creator_id: CreatorId
    now_ms: int

    @property
    def ours(self) -> GuildId:
        return GuildId(self.community.live.guild.id)

    @property
    def mod(self) -> Member:
        return self.community.live.guild.member("mo", permissions=["manage_messages", "view_channel", "send_messages"])

    @property
    def nobody(self) -> Member:
        return self.community.live.guild.member("nobody", permissions=["view_channel", "send_messages"])

    @property
    def there(self) -> Channel:
        return self.community.discord.guild("rivals").channel("chat")

    @property
    def rival(self) -> Member:
        return self.there.guild.member("ria", permissions=["manage_guild", "view_channel", "send_messages"])

    @property
    def mods(self) -> Channel:
        """Only moderators see it, and the bot."""
        guild = self.community.live.guild
        channel = guild.channel("mods")
        channel.overwrite(guild.everyone, deny=["view_channel"])
        channel.allow_bot("view_channel", "send_messages", "read_message_history")
        for member in (self.community.admin, self.mod):
            channel.overwrite(member, allow=["view_channel", "send_messages"])
        return channel

    @property
    def book(self) -> Rulebook:
        assert self.community.bot is not None
        return self.community.bot.services.rulebook

    async def says(self, command: str, *, by: Member | None = None, where: Channel | None = None, **options: Any) -> Message:
        used = await self.community.discord.interact(where or self.community.live, by or self.mod, f"alerts {command}", options)
        answer = await used.answered()
        assert answer.ephemeral
        return answer

    async def add(self, pattern: str, kind: str = "keyword", **more: Any) -> Message:
        return await self.says("watch add", kind=kind, pattern=pattern, **more)

    async def rules(self, guild_id: GuildId | None = None) -> Sequence[Rule]:
        return await self.community.db.read(rules.of_guild, guild_id or self.ours)

    async def settings(self) -> GuildSettings:
        return await self.community.db.read(guilds.settings, self.ours)

    async def heard(self, *texts: str, ago_s: int = 60, removed: bool = False, who: ViewerId = BOB, first: int = 1) -> None:
        at = self.now_ms - 1000 * ago_s
        rows = [
            CommentRow(
                self.creator_id, seq, RoomId("1"), MessageId(f"m{seq}"), who, said, at, at, removed_at_ms=at if removed else None
            )
            for seq, said in enumerate(texts, start=first)
        ]
        await self.community.db.write(comments.add, rows=rows)
        await self.community.db.write(viewers.see, sightings=[Sighting(self.creator_id, who, Handle("bob"), "Bob", at, at)])


def stood_since(connection: Connection, watch_id: WatchId, since_ms: int) -> None:
    connection.execute(watch_table.update().where(watch_table.c.id == watch_id).values(created_at_ms=since_ms))


@pytest.fixture
async def bench(community: Community) -> Bench:
    _ = community.live, community.discord.guild("rivals")
    now_ms = community.time.now_ms()
    alice = await community.db.write(creators.ensure, Handle("alice"), now_ms=now_ms)
    made = Bench(community, alice.id, now_ms)
    await community.discord.until(lambda: community.bot is not None and community.bot.get_guild(made.there.guild.id) is not None)
    for channel in (community.live, made.there):
        placed, _ = await community.db.write(
            watches.place,
            guild_id=GuildId(channel.guild.id),
            channel_id=ChannelId(channel.id),
            creator_id=alice.id,
            by=DiscordUserId(1),
            now_ms=now_ms,
            cursor_seq=0,
        )
        since = now_ms - 10_000_000 if channel is community.live else now_ms
        await community.db.write(stood_since, placed.id, since)
    return made


def shown(message: Message) -> str:
    embeds = [str(embed.get(part, "")) for embed in message.embeds for part in ("title", "description")]
    footers = [str(embed.get("footer", {}).get("text", "")) for embed in message.embeds]
    return plain("\n".join([message.content, *embeds, *footers]))


def parts(message: Message) -> dict[str, Any]:
    return {each["custom_id"]: each for row in message.components for each in row["components"]}


# --- Where alerts go ---------------------------------------------------------------------------------------------------------


async def test_a_private_channel_is_taken_at_once_and_shown_and_audited(bench: Bench) -> None:
    role = bench.community.live.guild.role("guards", mentionable=True)
    answer = await bench.says("channel", by=bench.community.admin, channel=bench.mods, role=role, escalate_after=5)
    assert f"**Alerts** go to <#{bench.mods.id}>." in answer.content
    assert f"<@&{role.id}> is pinged when nobody took a case for 5 minutes." in answer.content
    kept = await bench.settings()
    assert (kept.alert_channel_id, kept.alert_role_id, kept.escalate_after_s) == (bench.mods.id, role.id, 300)
    assert (await bench.says("show")).content.startswith("**Alerts** go to")
    rows = await bench.community.db.read(lambda c: c.execute(select(config_audit.c.action, config_audit.c.after)).all())
    assert json.loads(rows[-1].after)["alert_channel_id"] == str(bench.mods.id)
    assert "no alerts from now on" in (await bench.says("off", by=bench.community.admin)).content
    assert (await bench.settings()).alert_channel_id is None
    assert "There is no alert channel yet" in (await bench.says("show")).content


async def test_a_channel_that_everybody_reads_is_taken_only_when_somebody_says_so(bench: Bench) -> None:
    answer = await bench.says("channel", by=bench.community.admin, channel=bench.community.live)
    assert EVERYBODY_READS in answer.content
    assert await bench.settings() == GuildSettings()
    (custom_id,) = parts(answer)
    for _ in range(2):
        pressed = await bench.community.discord.press(answer, bench.community.admin, custom_id)
        await pressed.acknowledged()
    await bench.community.discord.until(lambda: "Saved." in answer.content)
    assert (await bench.settings()).alert_channel_id == bench.community.live.id
    assert not answer.components


async def test_the_button_of_another_server_or_of_somebody_without_the_right_sets_nothing(bench: Bench) -> None:
    world = bench.community.discord.state.world
    live, there = bench.community.live, bench.there
    forged = f"alerts:anyway:{live.id}:0:10"

    async def refused(place: Channel, member: Member, why: str) -> None:
        button = {"type": 2, "style": 1, "label": "x", "custom_id": forged}
        bait = world.post(place, place.guild.bot.user, content="x", components=stored([{"type": 1, "components": [button]}]))
        pressed = await bench.community.discord.press(bait, member, forged)
        await bench.community.discord.until(lambda: why in bait.content or any(why in each.content for each in pressed.messages))

    await refused(there, bench.rival, "not in this server")
    await refused(live, bench.mod, "Manage Server")
    assert await bench.settings() == GuildSettings()
    assert await bench.community.db.read(guilds.settings, GuildId(there.guild.id)) == GuildSettings()


async def test_a_channel_that_i_cannot_write_in_and_a_role_that_i_cannot_ping_are_refused(bench: Bench) -> None:
    guild, admin = bench.community.live.guild, bench.community.admin
    closed = guild.channel("closed")
    closed.deny_bot("send_messages")
    assert "I need **Send Messages**" in (await bench.says("channel", by=admin, channel=closed)).content
    quiet = guild.role("quiet")
    mods = bench.mods
    mods.overwrite(admin, allow=["view_channel", "send_messages"], deny=["mention_everyone"])
    assert "You may not mention" in (await bench.says("channel", by=admin, channel=mods, role=quiet)).content
    assert "never ping @everyone" in (await bench.says("channel", by=admin, channel=mods, role=guild.everyone)).content
    assert await bench.settings() == GuildSettings()


# --- Who may -----------------------------------------------------------------------------------------------------------------


async def test_configuring_needs_manage_server_and_the_watchlist_a_moderator(bench: Bench) -> None:
    for command, options in (("channel", {"channel": bench.mods}), ("off", {})):
        assert "**Manage Server**" in (await bench.says(command, by=bench.mod, **options)).content
    rest: list[tuple[str, dict[str, Any]]] = [
        ("show", {}),
        ("watch add", {"kind": "keyword", "pattern": "bad"}),
        ("watch detector", {"name": "links", "action": "hide"}),
        ("watch list", {}),
        ("watch remove", {"rule": "bad"}),
        ("watch test", {}),
    ]
    for command, options in rest:
        assert "**Manage Messages**" in (await bench.says(command, by=bench.nobody, **options)).content
    assert await bench.rules() == []


# --- The watchlist -----------------------------------------------------------------------------------------------------------


async def test_rules_of_every_kind_are_added_listed_and_removed(bench: Bench) -> None:
    answer = await bench.add("bad")
    assert "🔔 **keyword “bad”** · alert · again after 60 s" in answer.content
    assert "There is no alert channel yet" in answer.content
    added = await bench.add("buy * now", "phrase", action="hide", creator="@Alice")
    assert "hide from the relay · @alice" in shown(added)
    await bench.add(r"\d{3}", "regex", action="highlight")
    await bench.add("https://www.tiktok.com/@Bob", "user")
    assert "links and invites" in (await bench.says("watch detector", name="links", action="hide")).content
    assert [(each.kind, each.pattern, each.action) for each in await bench.rules()] == [
        (RuleKind.KEYWORD, "bad", RuleAction.ALERT),
        (RuleKind.PHRASE, "buy * now", RuleAction.HIDE),
        (RuleKind.REGEX, r"\d{3}", RuleAction.HIGHLIGHT),
        (RuleKind.USER, "bob", RuleAction.ALERT),
        (RuleKind.DETECTOR, "links", RuleAction.HIDE),
    ]
    listed = shown(await bench.says("watch list"))
    assert listed.count("\n🔔") + listed.count("\n⭐") + listed.count("\n🙈") == 5
    assert "No longer on the watchlist" in (await bench.says("watch detector", name="links", action="off")).content
    assert "not there any more" in (await bench.says("watch detector", name="links", action="off")).content
    assert "No longer on the watchlist" in (await bench.says("watch remove", rule="phrase")).content
    assert [each.kind for each in await bench.rules()] == [RuleKind.KEYWORD, RuleKind.REGEX, RuleKind.USER]


async def test_the_same_again_changes_what_happens(bench: Bench) -> None:
    await bench.add("bad")
    assert (await bench.add("bad", action="hide")).content.startswith("Changed:")
    assert [each.action for each in await bench.rules()] == [RuleAction.HIDE]


@pytest.mark.parametrize(
    ("kind", "pattern", "more", "said"),
    [
        ("regex", "(", {}, "This regular expression cannot be used"),
        ("regex", "a*", {}, "finds an empty text"),
        ("keyword", "two words", {}, "A keyword is one word"),
        ("user", "nohandle!", {}, "no TikTok handle"),
        ("keyword", "bad", {"creator": "zoe"}, "This server does not watch @zoe"),
    ],
)
async def test_what_cannot_be_looked_for_is_refused_with_the_reason(
    bench: Bench, kind: str, pattern: str, more: dict[str, str], said: str
) -> None:
    assert said in (await bench.add(pattern, kind, **more)).content
    assert await bench.rules() == []


async def test_a_long_list_has_pages_and_a_menu_that_switches_rules(bench: Bench) -> None:
    for number in range(12):
        wanted = Rule(RuleId(0), bench.ours, RuleKind.KEYWORD, f"word{number}")
        await bench.community.db.write(rules.put, wanted, by=DiscordUserId(1), now_ms=number, most=100)
    answer = await bench.says("watch list")
    assert "Page 1 of 2 · 12 rules" in shown(answer)
    await bench.community.discord.press(answer, bench.mod, "rules:page:1")
    await bench.community.discord.until(lambda: "word11" in shown(answer) and "word0”" not in shown(answer))
    options = parts(answer)["rules:switch:1"]["options"]
    assert [each["label"] for each in options] == ["🔔 keyword “word10”", "🔔 keyword “word11”"]
    await bench.community.discord.choose(answer, bench.mod, "rules:switch:1", [options[0]["value"]])
    await bench.community.discord.until(lambda: "⏸️ 🔔 **keyword “word10”**" in shown(answer))
    assert [each.is_enabled for each in await bench.rules()].count(False) == 1


async def test_suggestions_are_the_servers_own_rules_and_for_moderators_only(bench: Bench) -> None:
    await bench.add("bad")
    await bench.add("worse")

    async def offered(member: Member, where: Channel, typed: str) -> list[dict[str, Any]]:
        return await bench.community.discord.autocomplete(where, member, "alerts watch remove", {"rule": typed}, "rule")

    found = await offered(bench.mod, bench.community.live, "orse")
    assert [each["name"] for each in found] == ["🔔 keyword “worse”"]
    assert await offered(bench.nobody, bench.community.live, "") == []
    assert await offered(bench.rival, bench.there, "") == []
    assert "No longer" in (await bench.says("watch remove", rule=found[0]["value"])).content
    creators_offered = await bench.community.discord.autocomplete(
        bench.community.live, bench.mod, "alerts watch add", {"kind": "keyword", "pattern": "x", "creator": "al"}, "creator"
    )
    assert [each["value"] for each in creators_offered] == ["alice"]


async def test_several_that_read_alike_are_not_guessed_among(bench: Bench) -> None:
    await bench.add("bad")
    await bench.add("badly")
    assert "Several rules read like that" in (await bench.says("watch remove", rule="bad")).content
    assert len(await bench.rules()) == 2


async def test_another_servers_rules_can_be_neither_seen_nor_touched(bench: Bench) -> None:
    await bench.add("our-secret")
    (mine,) = await bench.rules()
    answer = await bench.says("watch list", by=bench.rival, where=bench.there)
    assert "watchlist is empty" in answer.content
    assert (
        "not there any more" in (await bench.says("watch remove", by=bench.rival, where=bench.there, rule=f"#{mine.id}")).content
    )
    menu = {"type": 3, "custom_id": "rules:switch:0", "options": [{"label": "x", "value": f"#{mine.id}"}]}
    world = bench.community.discord.state.world
    bait = world.post(
        bench.there, bench.there.guild.bot.user, content="x", components=stored([{"type": 1, "components": [menu]}])
    )
    await bench.community.discord.choose(bait, bench.rival, "rules:switch:0", [f"#{mine.id}"])
    await bench.community.discord.until(lambda: "watchlist is empty" in bait.content)
    assert await bench.rules() == [mine]


@pytest.mark.parametrize("value", ["", "#", "12", "#x", "#" + "9" * 30, "#999999999999999999"])
async def test_a_forged_choice_switches_nothing(bench: Bench, value: str) -> None:
    await bench.add("bad")
    before = await bench.rules()
    menu = {"type": 3, "custom_id": "rules:switch:0", "options": [{"label": "x", "value": value or " "}]}
    live, world = bench.community.live, bench.community.discord.state.world
    bait = world.post(live, live.guild.bot.user, content="x", components=stored([{"type": 1, "components": [menu]}]))
    await bench.community.discord.choose(bait, bench.mod, "rules:switch:0", [value or " "])
    await bench.community.discord.until(lambda: "not there any more" in bait.content)
    assert await bench.rules() == before


# --- To try out --------------------------------------------------------------------------------------------------------------


async def test_a_rule_is_tried_on_the_last_hour_without_doing_anything(bench: Bench) -> None:
    await bench.heard("an *old* bad one", ago_s=4_000)
    await bench.heard("a BAD one", "fine", first=2)
    await bench.heard("bad and removed", removed=True, first=4)
    found = shown(await bench.says("watch test", kind="keyword", pattern="bad"))
    assert "**2 hits** in 3 comments" in found
    assert "a BAD one ← 🔔 keyword “bad”" in found
    assert "🗑️ removed · **@bob** bad and removed" in found
    assert "old" not in found
    assert await bench.rules() == []


async def test_without_a_pattern_the_rules_that_are_on_are_tried(bench: Bench) -> None:
    assert "No rule is switched on" in (await bench.says("watch test")).content
    await bench.heard("a bad one", "call me @everyone")
    await bench.add("@bob", "user", action="hide")
    answer = await bench.says("watch test", creator="alice")
    assert "**2 hits** in 2 comments" in shown(answer)
    assert "@everyone" not in str(answer.embeds), "escaped"


async def test_another_server_tries_only_what_its_own_watches_saw(bench: Bench) -> None:
    await bench.heard("a bad one")
    found = shown(await bench.says("watch test", by=bench.rival, where=bench.there, pattern="bad"))
    assert "**0 hits** in 0 comments" in found
    assert "bad one" not in found


# --- From a line's menu ------------------------------------------------------------------------------------------------------


async def test_a_viewer_is_put_on_the_list_once_and_stays_what_they_were(bench: Bench) -> None:
    await bench.heard("hi")
    bob = Subject(BOB, Handle("bob"), "Bob", bench.creator_id, RoomId("1"), 1, 1, 1)
    assert await bench.book.add_viewer(bench.ours, bob, by=DiscordUserId(1)) is True
    assert await bench.book.add_viewer(bench.ours, bob, by=DiscordUserId(1)) is False
    assert r"user “77” \(@bob\)" in shown(await bench.says("watch list"))
    await bench.add("77", "user", action="hide", creator="alice")
    assert await bench.book.add_viewer(bench.ours, bob, by=DiscordUserId(1)) is False
    assert [each.action for each in await bench.rules()] == [RuleAction.HIDE]
