"""A room's messages as the edge's JSON, in both dialects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room, World
from sandbox.tiktools.dialect import Dialect, Speaker

BOB = Viewer("bob", "Bob", is_follower=True, gifter_level=12, fan_level=4)
ZOE = Viewer("zoe", is_moderator=True)
RIVAL = World(lambda: 0).creator("bo")


def spoken(act: Callable[[Room], object], dialect: Dialect = Dialect.CURRENT) -> list[tuple[str, dict[str, Any]]]:
    """What the edge says of what happens."""
    world = World(lambda: 1_800_000_000_000)
    room = world.creator("alice").go_live()
    act(room)
    speaker = Speaker(dialect)
    frames = [frame for posted in room.since(0) or () for frame in speaker.frames(posted)]
    assert all(frame["event"] == frame["data"]["type"] for frame in frames)
    return [(frame["event"], frame["data"]) for frame in frames]


def test_users_are_spelled_differently() -> None:
    ((_, current),) = spoken(lambda room: room.chat(BOB, "x"))
    ((_, documented),) = spoken(lambda room: room.chat(BOB, "x"), Dialect.DOCUMENTED)
    assert (current["user"]["id"], current["user"]["level"]) == (BOB.id, 12)
    assert "userId" not in current["user"]
    assert (documented["user"]["userId"], documented["user"]["payGrade"]) == (BOB.id, 12)
    assert "id" not in documented["user"]


def test_badges_tell_levels_in_their_addresses() -> None:
    (_, fan), (_, moderator) = spoken(lambda room: (room.chat(BOB, "x"), room.chat(ZOE, "y")))
    assert [badge["name"] for badge in fan["user"]["badges"]] == ["fans_badge_icon_lv4"]
    assert [badge["name"] for badge in moderator["user"]["badges"]] == ["moderater_badge_icon"]


@pytest.mark.parametrize(
    ("act", "current", "documented"),
    [
        (lambda room: room.follow(BOB), "social", "follow"),
        (lambda room: room.share(BOB), "social", "share"),
        (lambda room: room.emote(BOB), "emoteChat", "emote"),
        (lambda room: room.question(BOB, "why?"), "question", "questionNew"),
        (lambda room: room.battle_start(RIVAL), "battle", "linkMicBattle"),
        (lambda room: room.raw("WebcastBrandNewMessage", b""), "unknown", "unknown"),
    ],
)
def test_some_events_have_two_names(act: Callable[[Room], object], current: str, documented: str) -> None:
    assert [name for name, _ in spoken(act)] == [current]
    assert [name for name, _ in spoken(act, Dialect.DOCUMENTED)] == [documented]


def test_likes_have_their_total_in_two_spellings() -> None:
    ((_, current),) = spoken(lambda room: room.like(BOB, 9))
    ((_, documented),) = spoken(lambda room: room.like(BOB, 9), Dialect.DOCUMENTED)
    assert (current["totalLikes"], documented["totalLikeCount"]) == (9, 9)


def test_a_combo_has_progress_and_one_end() -> None:
    told = [data for _, data in spoken(lambda room: room.gift(BOB, "Rose", 2))]
    assert [(data["repeatCount"], data["repeatEnd"], data["combo"]) for data in told] == [
        (1, False, False),
        (2, False, True),
        (2, True, False),
    ]
    assert len({data["groupId"] for data in told}) == 1


def test_a_wipe_names_each_comment_of_that_user_by_its_uuid() -> None:
    frames = spoken(lambda room: (room.chat(BOB, "a"), room.chat(ZOE, "b"), room.chat(BOB, "c"), room.delete(user_ids=[BOB.id])))
    uuids = [data["messageUuid"] for name, data in frames if name == "chat"]
    deletions = [data for name, data in frames if name == "imDelete"]
    assert [data["deletedMsgId"] for data in deletions] == [uuids[0], uuids[2]]
    assert len({data["msgId"] for data in deletions}) == 2


def test_a_battle_from_its_start_to_the_end_of_its_punishment() -> None:
    def fight(room: Room) -> None:
        room.battle_start(RIVAL, 60)
        room.battle_score(own_fans=[(BOB, 9)], rival=4)
        room.battle_finish()
        room.battle_punish_finish()

    frames = spoken(fight)
    assert [name for name, _ in frames] == ["battle", "battleArmies", "battle", "battlePunishFinish"]
    assert [data.get("status") for _, data in frames] == [1, 1, 3, None]
    assert sorted(host["teamTotalScore"] for host in frames[1][1]["hosts"]) == [4, 9]
    assert frames[1][1]["secsRemaining"] == 60
    documented = spoken(fight, Dialect.DOCUMENTED)
    assert sorted(team["score"] for team in documented[1][1]["teams"]) == [4, 9]
    assert sorted(user["score"] for user in documented[2][1]["battleUsers"]) == [4, 9]


def test_bytes_that_are_no_message_are_not_spoken_of() -> None:
    def junk(room: Room) -> None:
        room.raw_frame(b"junk")
        room.raw("WebcastChatMessage", b"\xff\xff")

    assert spoken(junk) == []
