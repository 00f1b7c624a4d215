"""The scenarios: what they show, when, and that the same seed shows the same. No test here waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.scenarios.cast import NORA, RUDE, SPAMMER, WAVE, ZOE
from sandbox.scenarios.moderating import SEEN_S, WAVE_TEXT
from sandbox.scenarios.playing import SCENARIOS, TYPED
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

    def chats(self) -> list[pb.Chat]:
        """alice's comments."""
        return [pb.Chat.FromString(m.payload) for m in self.posted("alice") if m.method == "WebcastChatMessage"]

    def removal(self) -> pb.ImDelete:
        """The only one in alice's LIVE."""
        (gone,) = [m for m in self.posted("alice") if m.method == "WebcastImDeleteMessage"]
        return pb.ImDelete.FromString(gone.payload)

    def actions(self) -> list[pb.Member]:
        """What happened to members of alice's LIVE, other than that they came."""
        members = [pb.Member.FromString(m.payload) for m in self.posted("alice") if m.method == "WebcastMemberMessage"]
        return [each for each in members if each.action != 1]

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


STORY_S = 60.0
"""So long no story of the moderators takes."""


def test_a_comment_is_read_before_it_is_removed_and_nobody_says_by_whom() -> None:
    show = Show("removed-comment").run(STORY_S)
    (said,) = [each for each in show.chats() if each.user.id == int(RUDE.id)]
    removal = show.removal()
    assert list(removal.message_ids) == [said.base.message_id]
    assert not removal.user_ids
    assert removal.base.created_at - said.base.created_at >= SEEN_S * 1000
    assert not show.actions()


def test_twelve_lines_go_by_one_mute_that_names_its_moderator() -> None:
    show = Show("mute").run(STORY_S)
    said = [each for each in show.chats() if each.user.id == int(SPAMMER.id)]
    assert len(said) == 12
    assert list(show.removal().user_ids) == [int(SPAMMER.id)]
    (muted,) = show.actions()
    assert (muted.user.id, muted.operator.id) == (int(SPAMMER.id), int(ZOE.id))
    assert muted.base.created_at >= said[-1].base.created_at + SEEN_S * 1000


def test_a_removal_arrives_before_the_comment_that_it_names() -> None:
    show = Show("early-removal").run(STORY_S)
    removal = show.removal()
    (late,) = [each for each in show.chats() if each.base.message_id in removal.message_ids]
    assert late.user.id == int(RUDE.id)
    assert late.base.created_at >= removal.base.created_at + 5000


def test_a_wave_is_one_text_by_twelve_accounts_within_a_minute() -> None:
    wave = [each for each in Show("spam-wave").run(STORY_S).chats() if each.content == WAVE_TEXT]
    assert {each.user.id for each in wave} == {int(each.id) for each in WAVE}
    assert len(wave) == 12
    assert wave[-1].base.created_at - wave[0].base.created_at < 60_000


def test_what_is_to_be_revealed_stands_among_what_others_said() -> None:
    show = Show("reveal").run(STORY_S)
    (place,) = [at for at, each in enumerate(show.chats()) if each.base.message_id in show.removal().message_ids]
    assert place >= 3
    assert len(show.chats()) > place + 2


def test_who_wants_to_be_forgotten_wrote_gave_and_goes_on_writing() -> None:
    show = Show("forget-me").run(STORY_S)
    said = [each.base.created_at for each in show.chats() if each.user.id == int(NORA.id)]
    assert len(said) > 4
    assert show.methods("alice")["WebcastGiftMessage"]
    show.run(STORY_S + 60)
    assert [each for each in show.chats() if each.user.id == int(NORA.id)][-1].base.created_at > said[-1]


def test_what_is_typed_for_a_story_belongs_to_one() -> None:
    assert set(TYPED) < set(SCENARIOS)
    assert [str(line) for line in TYPED["spam-wave"]] == [
        "/alerts watch detector name:repeats action:alert",
        "/alerts channel channel:#mods role:@moderators",
        "/watch creator:alice channel:#live",
    ]


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
