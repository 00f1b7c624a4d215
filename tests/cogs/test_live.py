"""/live over a real socket: the card, and the button for whoever was away."""

from __future__ import annotations

from bot.events import DeletionEvent, Event, LiveStartedEvent, RoomId
from bot.events.ids import Handle
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import Watch
from bot.storage import creators
from sandbox.discord.world import Channel, Member, Message
from tests.doubles.community import Community
from tests.doubles.events import about, comment, gift, like

ROOM = "r1"


async def placed(community: Community, handle: str = "alice", channel: Channel | None = None) -> Watch:
    place = channel or community.live
    guild, by = GuildId(place.guild.id), DiscordUserId(community.admin.id)
    return (await community.watching.watch(guild, ChannelId(place.id), handle, by)).watch


async def live(community: Community, watch: Watch, *events: Event) -> None:
    """The creator is live, and this has happened."""
    status = CreatorStatus(watch.creator_id, CreatorState.LIVE, room_id=RoomId(ROOM), title="Hello", connected=True)
    await community.db.write(creators.set_status, status)
    await (await community.log.writer(watch.creator_id)).append(events, source="test")


def now_ms(community: Community) -> int:
    return community.time.now_ms()


def viewer(community: Community) -> Member:
    return community.live.guild.member("bob", permissions=["view_channel", "send_messages"])


def labels(message: Message) -> list[str]:
    return [one["label"] for line in message.components for one in line["components"]]


async def test_anybody_gets_the_card_privately_with_a_link_and_a_button(community: Community) -> None:
    watch = await placed(community)
    await live(community, watch, LiveStartedEvent(about(room=ROOM), title="Hello"), like(90, room=ROOM))
    answer = await (await community.use("live", creator="@alice", by=viewer(community))).answered()
    assert answer.ephemeral
    (embed,) = answer.embeds
    assert embed["title"] == "Hello"
    assert {"name": "Likes", "value": "90", "inline": True} in embed["fields"]
    assert labels(answer) == ["Watch on TikTok", "Catch me up"]


async def test_catch_me_up_is_private_and_never_tells_what_was_removed(community: Community) -> None:
    watch = await placed(community)
    at_ms = now_ms(community)
    said = [comment(text, "eve", room=ROOM, at_ms=at_ms, message_id=number) for text, number in (("gg", "1"), ("GG!", "2"))]
    secret = [comment("secret", "zed", room=ROOM, at_ms=at_ms, message_id=number) for number in ("3", "4")]
    gone = DeletionEvent(about(room=ROOM, at_ms=at_ms), message_ids=("3", "4"))
    await live(community, watch, *said, *secret, gone, gift(5, "bob", end=True, room=ROOM, at_ms=at_ms))
    bob = viewer(community)
    card = await (await community.use("live", creator="alice", by=bob)).answered()
    button = card.components[0]["components"][1]["custom_id"]
    summary = await (await community.discord.press(card, bob, button)).answered()
    assert summary.ephemeral
    text = str(summary.embeds)
    assert "2 comments by 1 person" in text
    assert "gg ×2" in text
    assert "gifts worth 5 💎" in text
    assert "2 removals on TikTok" in text
    assert "secret" not in text
    assert card.embeds[0]["title"] == "Hello"


async def test_who_is_offline_has_no_buttons(community: Community) -> None:
    await placed(community)
    await community.tiktok_says("alice", CreatorState.OFFLINE)
    answer = await (await community.use("live", creator="alice")).answered()
    assert answer.embeds[0]["description"] == "⚫ **@alice** is offline."
    assert answer.components == []


async def test_what_is_relayed_where_somebody_cannot_read_is_not_told(community: Community) -> None:
    staff = community.live.guild.channel("staff")
    staff.overwrite(community.live.guild.everyone, deny=["view_channel"])
    watch = await placed(community, "alice", staff)
    await placed(community, "bea")
    await live(community, watch)
    bob = viewer(community)
    assert "in a channel of this server that you can read" in await community.asked("live", creator="alice", by=bob)
    offered = await community.discord.autocomplete(community.live, bob, "live", {"creator": ""}, "creator")
    assert [each["value"] for each in offered] == ["bea"]
    offered = await community.discord.autocomplete(community.live, community.admin, "live", {"creator": ""}, "creator")
    assert [each["value"] for each in offered] == ["alice", "bea"]
    card = await (await community.use("live", creator="alice")).answered()
    assert "Catch me up" in labels(card)


async def test_nobody_else_is_told_of_other_servers_creators(community: Community) -> None:
    other = community.discord.guild("other fans")
    await placed(community, "secretive", other.channel("live"))
    for command in ("live", "watch", "unwatch"):
        offered = await community.discord.autocomplete(community.live, community.admin, command, {"creator": "s"}, "creator")
        assert offered == []
    assert "in a channel of this server that you can read" in await community.asked("live", creator="secretive")


async def test_a_watch_that_ended_answers_its_old_button(community: Community) -> None:
    watch = await placed(community)
    await live(community, watch, like(1, room=ROOM))
    card = await (await community.use("live", creator="alice")).answered()
    guild = GuildId(community.live.guild.id)
    await community.watching.end(guild, watch.creator_id, None, newest=watch.id, by=DiscordUserId(1))
    assert await community.db.read(creators.by_handle, Handle("alice")) is not None
    pressed = await community.discord.press(card, community.admin, card.components[0]["components"][1]["custom_id"])
    await pressed.says("Nobody of that name is watched")


async def test_a_live_for_adults_is_told_of_in_channels_for_adults_only(community: Community) -> None:
    watch = await placed(community)
    await live(community, watch, LiveStartedEvent(about(room=ROOM), title="Hello"))
    answer = await (await community.use("live", creator="alice", by=viewer(community))).answered()
    catch_up = answer.components[0]["components"][1]["custom_id"]
    await community.db.write(
        creators.set_status,
        CreatorStatus(watch.creator_id, CreatorState.LIVE, room_id=RoomId(ROOM), title="Hello", is_age_restricted=True),
    )
    refusal = "TikTok shows the LIVEs of **@alice** to adults only. Ask in an age-restricted channel."
    assert await community.asked("live", creator="alice", by=viewer(community)) == refusal
    pressed = await community.discord.press(answer, viewer(community), catch_up)
    assert (await pressed.answered()).content == refusal
    community.live.change(nsfw=True)
    again = await (await community.use("live", creator="alice", by=viewer(community))).answered()
    assert again.embeds[0]["title"] == "Hello"
    pressed = await community.discord.press(answer, viewer(community), catch_up)
    assert (await pressed.answered()).embeds
