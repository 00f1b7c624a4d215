"""The transcript: what was posted, edited and taken away, as lines that no terminal obeys."""

from __future__ import annotations

from sandbox import transcript
from sandbox.discord.server import Discord
from sandbox.discord.world import Change, Channel


def told(discord: Discord) -> list[str]:
    """The transcript of everything that happens from now on."""
    heard: list[str] = []

    def hear(change: Change) -> None:
        heard.extend(transcript.lines(change))

    discord.subscribe(hear)
    return heard


def live(discord: Discord) -> Channel:
    return discord.guild("fans").channel("live")


def test_posts_edits_and_deletions_are_told_line_by_line() -> None:
    discord = Discord()
    channel = live(discord)
    heard = told(discord)
    world = discord.state.world
    message = world.post(channel, discord.bot, content="**Mia** hello\n**Eve** SPAM")
    world.edit(message, content="**Mia** hello\n~~removed~~")
    world.delete(message)
    assert heard == [
        "[#live] **Mia** hello",
        "[#live] **Eve** SPAM",
        "[#live] (edited) ~~removed~~",
        "[#live] (deleted) **Mia** hello",
        "[#live] (deleted) ~~removed~~",
    ]


def test_an_embed_is_told_with_its_fields() -> None:
    discord = Discord()
    channel = live(discord)
    heard = told(discord)
    embed = {"title": "PK", "description": "alice wins", "fields": [{"name": "score", "value": "31:30"}]}
    discord.state.world.post(channel, discord.bot, embeds=[embed])
    assert heard == ["[#live] PK", "[#live] alice wins", "[#live] score: 31:30"]


def test_no_character_reaches_the_terminal_as_a_command() -> None:
    assert transcript.safe("\x1b[31mred\u202e \x07") == "\\x1b[31mred\\u202e \\x07"
    for harmless in ("👩\u200d🎨 ゆき عمر", "**\u2068Mia\u2069** @\u200beveryone"):
        assert transcript.safe(harmless) == harmless
