"""Events carry the sentence that TikTok shows for them."""

from __future__ import annotations

from bot.events import FollowEvent, LikeEvent, ShareEvent, ToastEvent
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import read

BOB = pb.Piece(user=pb.PieceUser(user=pb.PiecePerson(id=1, nickname="Bob")))


def base(key: str, pattern: str) -> pb.ToldBase:
    return pb.ToldBase(method="x", message_id=12, display_text=pb.FullText(key=key, pattern=pattern, pieces=[BOB]))


def social(action: int, told: pb.ToldBase) -> pb.LeanSocial:
    return pb.LeanSocial(base=told, user=pb.LeanUser(id=1, nickname="Bob"), action=action)


def test_a_follow_and_a_share_read_as_on_tiktok() -> None:
    follow = read("WebcastSocialMessage", social(1, base("pm_follow", "{0:user} followed the LIVE creator")))
    assert isinstance(follow, FollowEvent)
    assert follow.display_text == "Bob followed the LIVE creator"
    share = read("WebcastSocialMessage", social(3, base("pm_viewer_5_share", "{0:user} shared")))
    assert isinstance(share, ShareEvent)
    assert (share.display_key, share.display_text, share.users_joined) == ("pm_viewer_5_share", "Bob shared", 5)


def test_a_toast_is_its_sentence() -> None:
    toast = read("WebcastToastMessage", pb.Toast(base=base("operate_toast", "{0:user} is a moderator now"), duration_ms=3000))
    assert isinstance(toast, ToastEvent)
    assert (toast.display_text, toast.duration_ms, toast.message_id) == ("Bob is a moderator now", 3000, "12")


def test_a_like_does_without() -> None:
    like = read("WebcastLikeMessage", pb.Like(base=pb.Base(method="x", message_id=1), count=3, user=pb.User(id=1)))
    assert isinstance(like, LikeEvent)
    assert (like.display_text, like.display_key) == ("", "")
