"""The parts that messages share: instants, ids, users with what they are to the creator."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from bot.events import CommentEvent, TopViewer, ViewersEvent
from bot.events.ids import Handle
from bot.tiktok.webcast import decode_parts
from bot.tiktok.webcast.decode import DecodeError, decode
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


@pytest.mark.parametrize(
    "user",
    [
        pb.User(),
        pb.User(fan_club=pb.FanClub(membership=pb.FanClubMembership(level=6))),
        pb.User(id_text="7", handle="bob", sec_uid="s", avatar_thumb=pb.Image(urls=["a", "b"]), is_subscriber=True),
        pb.User(id=1, fan_club=pb.FanClub(), fan_club_info=pb.FanClubInfo(level=3)),
        pb.User(id=1, fan_club=pb.FanClub(membership=pb.FanClubMembership(club_name="c")), fan_club_info=pb.FanClubInfo(level=3)),
        pb.User(id=1, attributes=pb.UserAttributes(is_admin=True), follow_info=pb.FollowInfo(follow_status=2)),
        pb.User(id=1, badges=[pb.Badge(scene=8, log=pb.BadgeLog(level="17")), pb.Badge(scene=10, log=pb.BadgeLog(level="4"))]),
    ],
)
@pytest.mark.parametrize("identity", [None, pb.Identity(), pb.Identity(is_moderator=True, is_follower=True)])
def test_a_user_is_the_same_whether_their_message_comes_often_or_seldom(user: pb.User, identity: pb.Identity | None) -> None:
    told = b"" if identity is None else identity.SerializeToString()
    often = decode_parts.lean_user(pb.LeanUser.FromString(user.SerializeToString()), told)
    assert decode_parts.user(user, identity) == often


def test_a_level_that_is_no_number_of_this_world_is_none() -> None:
    badge = pb.Badge(scene=8, log=pb.BadgeLog(level="9" * 5000))
    user = read("WebcastLikeMessage", pb.Like(base=BASE, user=pb.User(id=1, badges=[badge]))).user
    assert user is not None
    assert user.gifter_level == 0


# ------------------------------------------------------------------------------------------------ what is declared twice


@pytest.mark.parametrize(
    ("lean", "whole"),
    [
        (pb.LeanBase, pb.Base),
        (pb.ToldBase, pb.Base),
        (pb.LeanUser, pb.User),
        (pb.LeanChat, pb.Chat),
        (pb.LeanChatLists, pb.Chat),
        (pb.LeanGift, pb.GiftMessage),
        (pb.LeanLike, pb.Like),
        (pb.LeanMember, pb.Member),
        (pb.LeanSocial, pb.Social),
        (pb.LeanRoomUserSeq, pb.RoomUserSeq),
        (pb.LeanRankedViewer, pb.RankedViewer),
        (pb.LeanRankedUser, pb.User),
        (pb.LeanLink, pb.Link),
        (pb.LeanLinkUsers, pb.LinkUsers),
        (pb.LeanLinkUser, pb.LinkUser),
        (pb.LeanLinkLayer, pb.LinkLayer),
        (pb.LeanLayerListChange, pb.LayerListChange),
        (pb.LeanLayerJoin, pb.LayerJoin),
        (pb.LeanLayerLists, pb.LayerLists),
    ],
)
def test_a_lean_declaration_has_the_names_and_numbers_of_the_whole_one(lean: type[Message], whole: type[Message]) -> None:
    for field in lean.DESCRIPTOR.fields:
        twin = whole.DESCRIPTOR.fields_by_number[field.number]
        assert field.name == twin.name
        if field.is_repeated != twin.is_repeated:
            # Of lists that are nearly always empty, only whether there is any.
            assert field.type == FieldDescriptor.TYPE_BYTES, field.full_name
            assert field.containing_oneof is not None, field.full_name
        if field.type != twin.type:
            assert (field.type, twin.type) == (FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_MESSAGE), field.full_name


def test_damage_in_a_part_that_nobody_reads_costs_nothing() -> None:
    sentence = b"\x42\x03\x0a\x01\xff"  # a base's display text whose key is no UTF-8
    base = BASE.SerializeToString() + sentence
    payload = b"\x0a" + bytes([len(base)]) + base + pb.Chat(content="hi").SerializeToString()
    event = decode("WebcastChatMessage", payload, creator=Handle("alice"), received_at_ms=5)
    assert isinstance(event, CommentEvent)
    assert (event.text, event.message_id) == ("hi", "12")


def test_damage_in_a_part_that_is_read_late_is_still_a_refusal() -> None:
    identity = b"\x92\x01\x01\xff"  # field 18, one byte that begins nothing
    payload = pb.Chat(base=BASE, user=pb.User(id=1), content="hi").SerializeToString() + identity
    with pytest.raises(DecodeError, match="is not a WebcastChatMessage"):
        decode("WebcastChatMessage", payload, creator=Handle("alice"), received_at_ms=5)


def ranked(user_id: int, *, score: int = 0) -> pb.RankedViewer:
    return pb.RankedViewer(rank=1, score=score, user=pb.User(id=user_id, handle=f"viewer{user_id}"))


def test_a_top_viewer_who_has_not_changed_is_the_one_of_before_and_one_who_has_is_not() -> None:
    def top(*ranks: pb.RankedViewer) -> tuple[TopViewer, ...]:
        event = read("WebcastRoomUserSeqMessage", pb.RoomUserSeq(base=BASE, ranks=ranks))
        assert isinstance(event, ViewersEvent)
        return event.top_viewers

    before, after = top(ranked(1), ranked(2)), top(ranked(1), ranked(2, score=5))
    assert after[0] is before[0]
    assert [(each.user.handle, each.diamonds) for each in after] == [("viewer1", 0), ("viewer2", 5)]
