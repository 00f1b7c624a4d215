"""What moderators live through, one story each: alice paints, people talk, and one thing happens that a moderator should know of.

After its story each goes on as an ordinary LIVE, so that there is time to press, to look up, to read.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.scenarios.cast import KIM, LEO, MIA, NORA, RUDE, SPAMMER, WAVE, YUKI, ZOE
from sandbox.scenarios.demo import murmur
from sandbox.scenarios.stage import Scene, Stage, counting, together
from sandbox.tiktok.world import Room

Story = Callable[[Room], Scene]

FIRST_S = 4.0
"""So long the room is as it always is."""
SEEN_S = 3.0
"""So long a line can be read before it goes."""
MUTED_LINES = 12
WAVE_TEXT = "alice is giving away diamonds today, link in my profile"
NORA_EVERY_S = 8.0
NORA_SAYS = (
    "hi alice, finally made it",
    "I painted this bay last summer",
    "is that the lighthouse?",
    "still here, just quiet",
    "have to feed the dog, back soon",
)


def removed_comment(stage: Stage) -> Scene:
    """A comment, and a few seconds later its removal. Nobody says who took it away."""

    def story(room: Room) -> Scene:
        said = room.chat(RUDE, "my five-year-old paints better than you", language="en")
        yield SEEN_S
        room.chat(YUKI, "rude", language="en")
        yield 1
        room.delete(message_ids=[said])

    yield from evening(stage, story)


def mute(stage: Stage) -> Scene:
    """Twelve lines in a row; then zoe mutes their author, and all twelve go. TikTok names her."""

    def story(room: Room) -> Scene:
        room.join(SPAMMER)
        for number in range(1, MUTED_LINES + 1):
            room.chat(SPAMMER, f"FREE COINS 👉 coins.evil.example ({number})", language="en")
            yield 0.6
        room.chat(ZOE, "that's enough", language="en")
        yield SEEN_S
        room.mute(SPAMMER, operator=ZOE)

    yield from evening(stage, story)


def early_removal(stage: Stage) -> Scene:
    """A removal whose comment has not come yet; it comes six seconds after, as TikTok's batches sometimes have it."""

    def story(room: Room) -> Scene:
        early = stage.world.snowflake()
        room.delete(message_ids=[early])
        yield 6
        room.chat(RUDE, "nobody was ever to read this", message_id=early)

    yield from evening(stage, story)


def spam_wave(stage: Stage) -> Scene:
    """One text by twelve accounts within ten seconds: one alert whose count grows."""

    def story(room: Room) -> Scene:
        for each in WAVE:
            room.chat(each, WAVE_TEXT, language="en")
            yield 0.8

    yield from evening(stage, story)


def reveal(stage: Stage) -> Scene:
    """A removed comment to read and to take on, and what was said around it. ann reads it, ben takes it."""

    def story(room: Room) -> Scene:
        for viewer, text in ((MIA, "the light on the water!"), (LEO, "how do you mix that grey?"), (KIM, "so calm here")):
            room.chat(viewer, text, language="en")
            yield 0.7
        said = room.chat(RUDE, "mia, I know which school you go to", language="en")
        yield 1
        room.chat(MIA, "what? who are you", language="en")
        yield 1
        room.chat(LEO, "mods please", language="en")
        yield 1
        room.delete(message_ids=[said])

    yield from evening(stage, story)


def forget_me(stage: Stage) -> Scene:
    """nora talks now and then. Ask with /privacy forget, and type the sentence as her below the list of creators."""

    def story(room: Room) -> Scene:
        for text in NORA_SAYS[:2]:
            room.chat(NORA, text, language="en")
            yield 2
        room.gift(NORA, "Rose", 5)

    def nora(room: Room) -> Scene:
        while not room.is_over:
            yield stage.about(NORA_EVERY_S)
            room.chat(NORA, stage.rng.choice(NORA_SAYS), language="en")

    yield from evening(stage, story, also=nora)


def evening(stage: Stage, story: Story, *, also: Story | None = None) -> Scene:
    """alice's LIVE: its first seconds, the story in it, and then the rest. It never ends."""
    room = stage.creator("alice", "Alice").go_live("painting the sea")
    room.count_viewers(140)
    yield from stage.audience(room)

    def lead() -> Scene:
        yield FIRST_S
        yield from story(room)
        while True:
            yield 60

    backdrop = [murmur(stage, room, 2.5), counting(room)]
    yield from together(lead(), *backdrop, *([also(room)] if also else []))
