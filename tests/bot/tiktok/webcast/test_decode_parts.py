"""The parts that messages share: instants, ids, users with what they are to the creator."""

from __future__ import annotations

import pytest

from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import BASE, ROOM, read


@pytest.mark.parametrize(
    ("stamp", "milliseconds"), [(0, 0), (-5, 0), (1_696_447_177, 1_696_447_177_000), (1_696_447_177_078, 1_696_447_177_078)]
)
def test_instants_are_normalised_by_their_size(stamp: int, milliseconds: int) -> None:
    message = pb.Chat(base=pb.Base(message_id=1, created_at=stamp), content="hi")
    assert read("WebcastChatMessage", message).created_at_ms == milliseconds


def test_a_message_without_a_room_belongs_to_its_connection() -> None:
    assert read("WebcastChatMessage", pb.Chat(base=pb.Base(message_id=1))).room_id == ROOM


def test_a_message_without_an_id_gets_one_that_its_repeat_gets_too() -> None:
    first, again, other = (read("WebcastChatMessage", pb.Chat(content=text)) for text in ("a", "a", "b"))
    assert first.message_id.startswith("body:")
    assert first.message_id == again.message_id != other.message_id


def test_the_batch_may_know_the_id_that_the_message_does_not_name() -> None:
    assert read("WebcastChatMessage", pb.Chat(content="a"), envelope_id=99).message_id == "99"
    assert read("WebcastChatMessage", pb.Chat(base=BASE), envelope_id=99).message_id == "12"


def test_identity_says_moderator_where_the_user_does_not() -> None:
    identity = pb.Identity(is_moderator=True, is_subscriber=True, is_friend=True, is_follower=True)
    user = read("WebcastChatMessage", pb.Chat(base=BASE, user=pb.User(id=1), identity=identity)).user
    assert user is not None
    assert (user.is_moderator, user.is_subscriber, user.is_friend, user.is_follower) == (True, True, True, True)


def test_badges_keep_scene_level_and_whatever_text_they_show() -> None:
    badges = [
        pb.Badge(scene=1, display_type=2, text=pb.BadgeText(pattern="Moderator")),
        pb.Badge(scene=8, display_type=4, log=pb.BadgeLog(level="17"), combination=pb.BadgeCombination(value="17")),
        pb.Badge(scene=10, display_type=3, log=pb.BadgeLog(level="4"), string=pb.BadgeString(value="IV")),
        pb.Badge(scene=6, display_type=1, log=pb.BadgeLog(level="No. 1")),
    ]
    user = read("WebcastChatMessage", pb.Chat(base=BASE, user=pb.User(id=1, badges=badges))).user
    assert user is not None
    assert [(each.scene, each.level, each.text) for each in user.badges] == [
        (1, 0, "Moderator"),
        (8, 17, "17"),
        (10, 4, "IV"),
        (6, 0, ""),
    ]
    assert (user.gifter_level, user.fan_level) == (17, 4)


def test_the_fan_level_of_the_club_counts_where_no_badge_tells() -> None:
    member = pb.User(id=1, fan_club=pb.FanClub(membership=pb.FanClubMembership(level=6)))
    user = read("WebcastLikeMessage", pb.Like(base=BASE, user=member)).user
    assert user is not None
    assert user.fan_level == 6
