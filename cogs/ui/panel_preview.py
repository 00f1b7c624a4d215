"""What a watch's posts look like: samples through the very code that renders and packs what is posted. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.delivery.coalesce import as_message, limit_of, next_post
from bot.events import (
    CommentEvent,
    Common,
    Event,
    FollowEvent,
    Gift,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveStartedEvent,
    ShareEvent,
    User,
)
from bot.events.ids import Handle, RoomId, ViewerId
from bot.language import language
from bot.model.draft import Line
from bot.model.message import Message
from bot.model.watch import EventKind, Follows, Watch
from bot.relay import golive
from bot.relay.digest import Digest
from bot.relay.format import render

ANN = User(id=ViewerId("1001"), handle=Handle("ann.1"), nickname="Ann", is_moderator=True, is_subscriber=True, gifter_level=12)
BOB = User(id=ViewerId("1002"), handle=Handle("bob_2"), nickname="Bob", is_follower=True, fan_level=5)
ROOM = RoomId("1")
STARTED_MS = 90_000
"""How long before now the sample's LIVE began."""


def messages(watch: Watch, now_ms: int) -> Sequence[Message]:
    """The go-live post, and a post with a line of each kind that this watch wants and that viewers cause.

    Filters and the smallest gift are not applied: they say what is posted, not how it looks.
    """
    look, wanted = watch.settings.look, watch.settings.kinds
    t, found = language(look.locale), []
    if EventKind.LIVE in wanted:
        begun = LiveStartedEvent(
            _by(None, watch, now_ms), title=t("A sample LIVE"), started_at_ms=now_ms - STARTED_MS, viewers=123
        )
        found.append(golive.begun(watch, begun, heard_at_ms=now_ms, pings=True).message)
    lines = [line for kind, event in _samples(watch, now_ms) if kind in wanted and (line := _line(watch, event, now_ms))]
    while lines:
        post = next_post(lines, limit=limit_of(look.style))
        found.append(as_message(post.content, look.style))
        lines = lines[post.taken :]
    return found


def _line(watch: Watch, event: Event, now_ms: int) -> Line | None:
    look = watch.settings.look
    if isinstance(event, FollowEvent) and watch.settings.follows is Follows.DIGEST:
        return Digest().then(event, look, seq=0, received_at_ms=now_ms).line(event, look, seq=0)
    return render(event, look)


def _samples(watch: Watch, now_ms: int) -> Sequence[tuple[EventKind, Event]]:
    t = language(watch.settings.look.locale)
    ann, bob = _by(ANN, watch, now_ms), _by(BOB, watch, now_ms)
    hidden = "".join(f" {word}" for word in watch.settings.look.hidden_words[:1])
    return [
        (EventKind.CHAT, CommentEvent(ann, text=t("Look at this: {link}", link="https://example.com/sample") + hidden)),
        (EventKind.GIFT, GiftEvent(bob, gift=Gift(id="5655", name="Rose", diamonds=1), repeat_count=5)),
        (EventKind.FOLLOW, FollowEvent(bob)),
        (EventKind.SHARE, ShareEvent(ann)),
        (EventKind.JOIN, JoinEvent(bob)),
        (EventKind.LIKE, LikeEvent(ann, count=15, total=1500)),
    ]


def _by(user: User | None, watch: Watch, now_ms: int) -> Common:
    return Common(room_id=ROOM, creator=watch.handle, created_at_ms=now_ms, received_at_ms=now_ms, user=user)
