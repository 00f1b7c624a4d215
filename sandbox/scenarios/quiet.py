"""A small room: a dozen viewers, a comment now and then. The shape of most LIVEs (0.4 messages/s)."""

from __future__ import annotations

from sandbox.scenarios.cast import REGULARS, SMALL_TALK
from sandbox.scenarios.demo import newcomer
from sandbox.scenarios.stage import Scene, Stage, counting, together


def quiet(stage: Stage) -> Scene:
    """alice, nearly alone. It never ends."""
    room = stage.creator("alice", "Alice").go_live("knitting, mostly in silence")
    room.count_viewers(12)

    def talk() -> Scene:
        while True:
            yield stage.about(6)
            text, language = stage.rng.choice(SMALL_TALK)
            room.chat(stage.rng.choice(REGULARS[:4]), text, language=language)

    def visits() -> Scene:
        while True:
            yield stage.about(20)
            room.join(newcomer(stage))

    yield from together(talk(), visits(), counting(room, every_s=10))
