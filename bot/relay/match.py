"""Which events a watch wants to hear of. Pure."""

from __future__ import annotations

from bot.events import (
    CommentEvent,
    DeletionEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GapEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    QuestionEvent,
    ShareEvent,
)
from bot.model.watch import EventKind, Watch
from bot.relay.filters import sieve

SECOND_MS = 1_000
"""TikTok gives most instants in whole seconds, cut off."""

_KINDS: dict[type[Event], EventKind] = {
    CommentEvent: EventKind.CHAT,
    EmoteEvent: EventKind.CHAT,
    QuestionEvent: EventKind.CHAT,
    GiftEvent: EventKind.GIFT,
    FollowEvent: EventKind.FOLLOW,
    ShareEvent: EventKind.SHARE,
    DeletionEvent: EventKind.DELETION,
    LivePausedEvent: EventKind.LIVE,
    LiveResumedEvent: EventKind.LIVE,
    LiveEndedEvent: EventKind.LIVE,
    JoinEvent: EventKind.JOIN,
    LikeEvent: EventKind.LIKE,
}
"""Other events make no line, except a gap, which every watch is told of: it is about what the watch did not hear."""


def wants(watch: Watch, event: Event) -> bool:
    """Whether this watch is to be told of this event, in a line."""
    if isinstance(event, GapEvent):
        return event.to_ms > placed_at_ms(watch)
    kind = _KINDS.get(type(event))
    settings = watch.settings
    if kind is None or kind not in settings.kinds:
        return False
    if settings.filters and not sieve(settings.filters).passes(event):
        return False
    match event:
        case CommentEvent():
            return not event.visible_to_sender and _is_news(watch, event, is_history=event.is_history)
        case EmoteEvent():
            return _is_news(watch, event, is_history=event.is_history)
        case GiftEvent():
            return diamonds(event) >= settings.min_diamonds and new_gifts(event) > 0
        case _:
            return True


def new_gifts(event: GiftEvent) -> int:
    """How many gifts this message adds to what was announced before."""
    return event.repeat_count - event.counted_before


def diamonds(event: GiftEvent) -> int:
    """What those are worth."""
    return event.gift.diamonds * new_gifts(event)


def _is_news(watch: Watch, event: Event, *, is_history: bool) -> bool:
    """TikTok replays the last comments at each connect. Those already relayed never reach the log again; of the others, a
    watch hears what was written since it was placed: after a gap that is what was missed. Without a time it is old.
    """
    return not is_history or event.created_at_ms + SECOND_MS > placed_at_ms(watch)


def placed_at_ms(watch: Watch) -> int:
    """Since when this watch hears: when somebody asked for it, or let it go on after a pause."""
    since = max(watch.created_at, watch.resumed_at or watch.created_at)
    return round(since.timestamp() * 1000)
