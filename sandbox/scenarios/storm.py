"""A hot room: 50 messages a second in bursts, the mix of a captured room with 4,200 viewers.

Per second there: 13.5 comments, 12.6 gift messages, 4.2 joins, 2.5 likes, 1.7 follows and shares, 0.3 viewer counts, and 15 side
messages that nobody relays. They arrive in batches 0.57 to 0.95 s apart.
"""

from __future__ import annotations

from sandbox.scenarios.cast import SMALL_TALK
from sandbox.scenarios.stage import Scene, Stage
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Combo, Room

PER_SECOND = 50
BURST_S = (0.57, 0.95)
CROWD = tuple(Viewer(f"fan_{number:03}", f"Fan {number}", gifter_level=number % 30) for number in range(300))
KINDS = ("chat", "gift", "join", "like", "social", "count", "side")
WEIGHTS = (13.5, 12.6, 4.2, 2.5, 1.7, 0.3, 15.2)
SIDE_METHODS = ("WebcastRankUpdateMessage", "WebcastLinkMicMethod", "WebcastLinkMicFanTicketMethod", "WebcastGoalUpdateMessage")


def storm(stage: Stage) -> Scene:
    """alice, at the top of the ranking. It never ends."""
    room = stage.creator("alice", "Alice").go_live("1 MILLION")
    room.count_viewers(4200)
    yield from stage.audience(room)
    combos: list[Combo] = []
    while True:
        pause_s = stage.rng.uniform(*BURST_S)
        yield pause_s
        # Bursts differ by a factor of ten in captures; only their mean is 50 a second.
        size = max(1, int(stage.rng.gammavariate(2.5, PER_SECOND * pause_s / 2.5)))
        for kind in stage.rng.choices(KINDS, WEIGHTS, k=size):
            happen(stage, room, kind, combos)


def happen(stage: Stage, room: Room, kind: str, combos: list[Combo]) -> None:
    """One message of that kind."""
    fan = stage.rng.choice(CROWD)
    match kind:
        case "chat":
            text, language = stage.rng.choice(SMALL_TALK)
            room.chat(fan, text, language=language)
        case "gift":
            tap(stage, room, fan, combos)
        case "join":
            room.join(fan)
        case "like":
            room.like(fan, 15)
        case "social":
            stage.rng.choice((room.follow, room.share))(fan)
        case "count":
            room.count_viewers()
        case _:
            room.raw(stage.rng.choice(SIDE_METHODS), b"")


def tap(stage: Stage, room: Room, fan: Viewer, combos: list[Combo]) -> None:
    """One message of a combo: a new one begins, or one of the open ones grows or ends. One end in fifty never comes."""
    if len(combos) < 8 or stage.rng.random() < 0.2:
        combo = room.combo(fan, "Rose" if stage.rng.random() < 0.8 else "Finger Heart")
        combo.tap()
        combos.append(combo)
        return
    combo = stage.rng.choice(combos)
    if stage.rng.random() < 0.6:
        combo.tap(stage.rng.choice((1, 1, 1, 2, 5)))
        return
    combos.remove(combo)
    if stage.rng.random() > 0.02:
        combo.end()
