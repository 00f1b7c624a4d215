"""Two creators, alice and bob. The first act shows everything within half a minute; then it goes on, never twice the same."""

from __future__ import annotations

from sandbox.scenarios.cast import (
    ANA,
    BATTLE_CRIES,
    HOSTILE,
    IDA,
    KIM,
    LEO,
    MIA,
    OMAR,
    REGULARS,
    SMALL_TALK,
    SPAM,
    SPAMMER,
    TROLL,
    YUKI,
    ZOE,
)
from sandbox.scenarios.stage import Scene, Stage, counting, together
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room

FIRST_PK_S = 14
LATER_PK_S = 45


def demo(stage: Stage) -> Scene:
    """The whole show. It never ends."""
    alice = stage.creator("alice", "Alice")
    bob = stage.creator("bob", "Bob the Builder")
    sea, shed = alice.go_live("painting the sea"), bob.go_live("late in the shed")
    sea.count_viewers(140)
    shed.count_viewers(32)
    yield from stage.audience(sea, shed)
    yield from together(
        first_act(stage, sea, shed), murmur(stage, sea, 1.8), murmur(stage, shed, 4), counting(sea), counting(shed)
    )
    while True:
        yield from together(another_act(stage, sea, shed), murmur(stage, sea, 1.5), murmur(stage, shed, 3), counting(sea))
        if stage.rng.random() < 0.25:
            shed.end()
            yield from together(interval(12), murmur(stage, sea, 2), counting(sea))
            shed = bob.go_live("back in the shed")


def first_act(stage: Stage, sea: Room, shed: Room) -> Scene:
    """Chat, a combo, a follow, a share, hostile comments, a PK with its result, and a spammer who is wiped: 25 s."""
    sea.join(MIA)
    sea.chat(MIA, "hello from Lisbon!", language="en")
    shed.chat(ANA, "oi gente, cheguei 😍", language="pt")
    yield 0.6
    sea.chat(YUKI, "こんにちは〜", language="ja")
    yield 0.4
    yield from roses(sea, LEO, taps=5, pause_s=0.35)
    sea.follow(IDA)
    yield 0.5
    sea.battle_start(shed.creator, FIRST_PK_S)
    yield from together(battle(stage, sea, FIRST_PK_S), trouble(sea))
    yield 1
    sea.like(MIA, 42)
    sea.share(ANA, joined=5)
    shed.follow(OMAR)
    yield 1
    sea.chat(IDA, "what a match", language="en")
    yield 2


def trouble(room: Room) -> Scene:
    """A spammer and a troll; the moderator mutes the spammer, and all their lines go."""
    room.join(SPAMMER)
    yield 0.8
    for line in SPAM:
        room.chat(SPAMMER, line, language="en")
        yield 0.7
    for line in HOSTILE[:5]:
        room.chat(TROLL, line)
        yield 0.3
    room.chat(ZOE, "that's enough", language="en")
    yield 2
    room.mute(SPAMMER, operator=ZOE)


def battle(stage: Stage, room: Room, duration_s: float) -> Scene:
    """A PK that has begun: scores rise on both sides, more so at the end; then its result, and its end."""
    ours, theirs = (LEO, MIA, KIM), (OMAR, ANA, Viewer("shed.fan", "Shed Fan #1"))
    rounds = max(4, int(duration_s / 2))
    for turn in range(rounds):
        yield duration_s / rounds
        stakes = 30 if turn >= rounds - 2 else 10
        fan, rival = stage.rng.choice(ours), stage.rng.choice(theirs)
        room.battle_score(
            own_fans=[(fan, stage.rng.randint(1, stakes))],
            rival_fans=[(rival, stage.rng.randint(1, stakes))],
            giver=fan,
        )
        text, language = stage.rng.choice(BATTLE_CRIES)
        room.chat(stage.rng.choice(REGULARS), text, language=language)
    room.battle_finish()
    yield min(6.0, duration_s / 5)
    room.battle_punish_finish()


def roses(room: Room, viewer: Viewer, *, taps: int, pause_s: float, gift: str = "Rose") -> Scene:
    """A combo, tap by tap; its end comes a little after the last tap."""
    combo = room.combo(viewer, gift)
    for _ in range(taps):
        combo.tap()
        yield pause_s
    yield 1.2
    combo.end()


def another_act(stage: Stage, sea: Room, shed: Room) -> Scene:
    """Half a minute to a minute of something: the scenes of the first act, in any order."""
    rng = stage.rng
    for _ in range(rng.randint(3, 5)):
        match rng.randrange(7):
            case 0:
                sea.battle_start(shed.creator, LATER_PK_S)
                yield from battle(stage, sea, LATER_PK_S)
            case 1:
                yield from trouble(rng.choice((sea, shed)))
            case 2:
                yield from roses(sea, rng.choice(REGULARS), taps=rng.randint(2, 20), pause_s=rng.uniform(0.1, 0.8))
            case 3:
                sea.gift(KIM, rng.choice(("Galaxy", "Confetti", "Heart Me")))
                sea.chat(LEO, "WOW", language="en")
            case 4:
                rng.choice((sea, shed)).follow(newcomer(stage))
            case 5:
                sea.chat(TROLL, rng.choice(HOSTILE))
            case _:
                sea.share(rng.choice(REGULARS), joined=rng.choice((0, 5, 10)))
                sea.question(newcomer(stage), "do you sell your paintings?")
        yield stage.about(5)


def murmur(stage: Stage, room: Room, every_s: float) -> Scene:
    """What goes on all the time: people come, talk and tap the heart."""
    while not room.is_over:
        yield stage.about(every_s)
        if room.is_over:
            return
        chance = stage.rng.random()
        if chance < 0.6:
            text, language = stage.rng.choice(SMALL_TALK)
            room.chat(stage.rng.choice(REGULARS), text, language=language)
        elif chance < 0.8:
            room.join(newcomer(stage))
        else:
            room.like(stage.rng.choice(REGULARS), stage.rng.choice((1, 3, 15, 15, 15)))


def interval(seconds: float) -> Scene:
    """Nothing but time."""
    yield seconds


def newcomer(stage: Stage) -> Viewer:
    """Somebody who was not here before."""
    number = stage.rng.randrange(10_000, 100_000)
    return Viewer(f"user{number}", f"user {number}")
