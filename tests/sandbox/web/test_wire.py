"""What the page is told of the world, as plain values."""

from __future__ import annotations

from sandbox.discord.commands import Command
from sandbox.discord.interactions import COMMAND, COMPONENT, Interactions
from sandbox.discord.values import EPHEMERAL, LOADING, SUPPRESS_NOTIFICATIONS
from sandbox.discord.world import Guild, World
from sandbox.tiktok.world import World as TikTokWorld
from sandbox.web import wire

NOON_S = 1_700_000_000.0


def a_guild() -> Guild:
    return World(lambda: NOON_S).guild("Fans")


def a_command(**body: object) -> Command:
    return Command(id=1, version=1, application_id=1, body=dict(body))


def test_ids_are_text_because_javascript_would_round_them() -> None:
    guild = a_guild()
    you, channel = guild.member("you"), guild.channel("live")
    posted = guild.world.post(channel, guild.bot.user, content="hi")

    told = wire.message(posted, you)

    assert told["id"] == str(posted.id)
    assert told["channel"] == str(channel.id)
    assert told["author"] == {"id": str(guild.bot.id), "name": "relay", "bot": True}
    assert told["at_ms"] == NOON_S * 1000


def test_a_message_pings_you_by_name_by_role_and_by_everyone_and_not_else() -> None:
    guild = a_guild()
    you, role, channel = guild.member("you"), guild.role("mods"), guild.channel("live")
    you.role_ids.append(role.id)

    def pings_you(**values: object) -> bool:
        return bool(wire.message(guild.world.post(channel, guild.bot.user, **values), you)["pings_you"])

    assert pings_you(mentions=(you.id,))
    assert pings_you(mention_roles=(role.id,))
    assert pings_you(mention_everyone=True)
    assert not pings_you(mentions=(guild.owner_id,), content=f"<@{you.id}> @everyone")


def test_flags_become_words() -> None:
    guild = a_guild()
    you, channel = guild.member("you"), guild.channel("live")
    flags = EPHEMERAL | LOADING | SUPPRESS_NOTIFICATIONS

    told = wire.message(guild.world.post(channel, guild.bot.user, flags=flags), you)

    assert (told["private"], told["state"], told["silent"]) == (True, "thinking", True)


def test_only_the_first_answer_says_whose_command_it_answers() -> None:
    guild = a_guild()
    you, channel = guild.member("you"), guild.channel("live")
    interactions = Interactions(guild.world)
    interaction = interactions.begin(COMMAND, channel, you, {}, name="/alerts test")
    first = interaction.original = interactions.message(interaction, content="one")
    second = interactions.message(interaction, content="two")

    assert wire.message(first, you, interaction)["used"] == {"user": wire.user(you.user), "name": "alerts test"}
    assert wire.message(second, you, interaction)["used"] is None


def test_a_command_waits_three_seconds_and_then_has_failed() -> None:
    now = [NOON_S]
    guild = World(lambda: now[0]).guild("Fans")
    interaction = Interactions(guild.world).begin(COMMAND, guild.channel("live"), guild.member("you"), {}, name="/watch")

    assert wire.waiting(interaction)["state"] == "sending"
    now[0] += 3.1
    assert wire.waiting(interaction)["state"] == "failed"


def test_what_waits_has_all_that_a_message_has() -> None:
    guild = a_guild()
    you, channel = guild.member("you"), guild.channel("live")
    interaction = Interactions(guild.world).begin(COMMAND, channel, you, {}, name="/watch")

    assert wire.waiting(interaction).keys() == wire.message(guild.world.post(channel, you.user), you).keys()


def test_subcommands_are_typed_as_one_name() -> None:
    test = {"name": "test", "description": "Try it", "type": 1, "options": []}
    role = {"name": "role", "description": "Whom", "type": 1, "options": [{"name": "role", "description": "R", "type": 8}]}
    nested = {"name": "to", "description": "Where", "type": 2, "options": [role]}
    command = a_command(name="alerts", description="Alerts", options=[test, nested])

    leaves = wire.leaves(command)

    assert [leaf["name"] for leaf in leaves] == ["alerts test", "alerts to role"]
    assert leaves[1]["options"] == [wire.option({"name": "role", "description": "R", "type": 8})]


def test_a_context_menu_is_nothing_to_type() -> None:
    assert wire.leaves(a_command(name="TikTok line…", type=3)) == []


def test_an_option_has_every_key() -> None:
    told = wire.option({"name": "n", "type": 4, "min_value": 0})

    assert told == {
        "name": "n", "description": "", "type": 4, "required": False, "choices": [], "autocomplete": False,
        "channel_types": [], "min_value": 0, "max_value": None, "min_length": None, "max_length": None,
    }  # fmt: skip


def test_channels_without_messages_and_hidden_ones_are_left_out() -> None:
    guild = a_guild()
    you = guild.member("you")
    guild.channel("folder", "category")
    guild.channel("live")
    guild.channel("mods").overwrite(guild.everyone, deny=["view_channel"])

    assert [c.name for c in wire.visible_channels(guild, you)] == ["live"]


def test_live_creators_come_first() -> None:
    world = TikTokWorld(lambda: 0)
    world.creator("zoe").go_live("Zoe's kitchen")
    world.creator("alice")

    told = wire.creators(world.creators.values())

    assert [(one["handle"], one["live"], one["title"]) for one in told] == [("zoe", True, "Zoe's kitchen"), ("alice", False, "")]


def test_threads_stand_behind_their_channel_and_a_forum_is_there_for_its_posts() -> None:
    guild = a_guild()
    you, live = guild.member("you"), guild.channel("live")
    forum, tonight, post = guild.channel("lives", "forum"), live.thread("tonight"), guild.channel("lives").thread("alice")
    live.thread("staff", "private_thread")

    assert wire.places(guild, you) == [live, tonight, forum, post]
    told = wire.channel(tonight)
    assert (told["thread"], told["parent"], told["archived"]) == (True, {"id": str(live.id), "name": "live"}, False)


def test_a_file_has_its_address_on_the_pages_own_host() -> None:
    told = wire.attachment({"filename": "a.json", "size": 2, "url": "http://127.0.0.1:5/attachments/1/2/a.json"})

    assert told == {"filename": "a.json", "size": 2, "href": "/attachments/1/2/a.json"}


def test_an_answer_to_a_button_does_not_say_that_a_command_was_used() -> None:
    guild = a_guild()
    you, channel = guild.member("you"), guild.channel("live")
    source = guild.world.post(channel, guild.bot.user, content="an alert")
    pressed = Interactions(guild.world).begin(COMPONENT, channel, you, {}, name="claim", source=source)
    pressed.original = source

    assert wire.message(source, you, pressed)["used"] is None
