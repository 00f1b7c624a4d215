"""The scenarios: what they show, when, and that the same seed shows the same. No test here waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.scenarios.playing import SCENARIOS
from sandbox.scenarios.stage import Scene, Stage, together
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.world import Posted, World

FIRST_LOOP_S = 32.0
"""Forty seconds are promised, from which the bot's start has to be taken."""


class Show:
    """A scenario played without a clock: what was posted, and at which second."""

    def __init__(self, name: str, *, seed: int = 1) -> None:
        self.now_s = 0.0
        self.world = World(lambda: 1_800_000_000_000 + int(self.now_s * 1000))
        self._scene = SCENARIOS[name](Stage(self.world, seed=seed, audience_within_s=0))

    def run(self, seconds: float) -> Show:
        while self.now_s < seconds:
            self.now_s += next(self._scene)
        return self

    def posted(self, handle: str) -> list[Posted]:
        """Everything that happened in this creator's rooms."""
        return [message for room in self.world.creator(handle).rooms for message in room.since(0) or ()]

    def methods(self, handle: str) -> Counter[str]:
        return Counter(message.method for message in self.posted(handle))

    def texts(self, handle: str) -> list[str]:
        chats = [message for message in self.posted(handle) if message.method == "WebcastChatMessage"]
        return [pb.Chat.FromString(message.payload).content for message in chats]


def test_the_first_loop_of_the_demo_has_shown_everything() -> None:
    show = Show("demo").run(FIRST_LOOP_S)
    messages = show.posted("alice")
    gifts = [pb.GiftMessage.FromString(m.payload) for m in messages if m.method == "WebcastGiftMessage"]
    battles = [pb.Battle.FromString(m.payload) for m in messages if m.method == "WebcastLinkMicBattle"]
    socials = [pb.Social.FromString(m.payload) for m in messages if m.method == "WebcastSocialMessage"]
    assert any(gift.repeat_end and gift.repeat_count == 5 for gift in gifts), "no finished combo"
    assert {1, 3} <= {social.action for social in socials}, "a follow or a share is missing"
    assert any(battle.results and battle.action == 5 for battle in battles), "no PK result"
    assert show.methods("alice")["WebcastLinkMicBattlePunishFinish"] == 1
    assert show.methods("alice")["WebcastLinkMicArmies"] >= 4
    assert show.methods("alice")["WebcastRoomUserSeqMessage"] >= 10
    assert show.texts("bob"), "bob is silent"
    assert {"@everyone free stuff, @here too"} <= set(show.texts("alice"))
    assert "こんにちは〜" in show.texts("alice")


def test_the_spammer_of_the_demo_has_written_before_they_are_wiped() -> None:
    messages = Show("demo").run(FIRST_LOOP_S).posted("alice")
    wipe = next(place for place, m in enumerate(messages) if m.method == "WebcastImDeleteMessage")
    (wiped,) = pb.ImDelete.FromString(messages[wipe].payload).user_ids
    before = [pb.Chat.FromString(m.payload) for m in messages[:wipe] if m.method == "WebcastChatMessage"]
    seen = [chat.base.created_at for chat in before if chat.user.id == wiped]
    assert len(seen) == 3
    gone_at = pb.ImDelete.FromString(messages[wipe].payload).base.created_at
    assert gone_at - seen[-1] >= 2000, "nobody would have had the time to see the lines before they go"


@pytest.mark.parametrize("seed", range(8))
def test_the_demo_goes_on_whatever_chance_brings(seed: int) -> None:
    show = Show("demo", seed=seed).run(900)
    assert show.methods("alice")["WebcastChatMessage"] > 200
    latest = pb.AnyMessage.FromString(show.posted("alice")[-1].payload).base
    assert show.now_s - (latest.created_at - 1_800_000_000_000) / 1000 < 15, "alice fell silent"


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_seed_tells_one_story_and_another_seed_another(name: str) -> None:
    first, again, other = (Show(name, seed=seed).run(60).posted("alice") for seed in (7, 7, 8))
    assert first == again
    assert first != other
    assert len(first) > 5


def test_a_quiet_room_is_quiet() -> None:
    posted = Show("quiet").run(600).posted("alice")
    assert 0.2 < len(posted) / 600 < 0.6


def test_the_storm_is_fifty_a_second_in_bursts() -> None:
    show = Show("storm", seed=3).run(60)
    room = show.world.creator("alice").room
    assert room is not None
    assert 40 < room.position / 60 < 60
    kinds = show.methods("alice")
    assert kinds["WebcastChatMessage"] / 60 == pytest.approx(13.5, rel=0.3)
    assert kinds["WebcastGiftMessage"] / 60 == pytest.approx(12.6, rel=0.3)


def test_alice_goes_live_later_ends_and_comes_back() -> None:
    show = Show("goes-live-later")
    alice = show.world.creator("alice")
    assert show.run(10).world.creator("alice").room is None
    show.run(20)
    assert alice.room is not None
    show.run(90)
    assert alice.room is None
    show.run(120)
    assert len(alice.rooms) == 2
    assert alice.rooms[0].id != alice.rooms[1].id


def test_scenes_play_at_the_same_time_until_the_leading_one_ends() -> None:
    heard: list[tuple[str, int]] = []

    def voice(name: str, pause_s: float, times: int) -> Scene:
        for number in range(times):
            yield pause_s
            heard.append((name, number))

    def total(scene: Iterator[float]) -> float:
        return sum(scene)

    assert total(together(voice("lead", 2, 2), voice("often", 0.75, 99), voice("once", 1, 1))) == 4
    assert heard == [
        ("often", 0), ("once", 0), ("often", 1), ("lead", 0), ("often", 2), ("often", 3), ("often", 4), ("lead", 1),
    ]  # fmt: skip


def test_a_scene_waits_for_its_audience() -> None:
    world = World(lambda: 0)
    room = world.creator("alice").go_live()
    waiting = Stage(world).audience(room)
    assert [next(waiting) for _ in range(100)] == [0.25] * 100
    assert list(Stage(world, audience_within_s=1).audience(room)) == [0.25] * 4
