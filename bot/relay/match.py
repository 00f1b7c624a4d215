"""Which events a watch wants to hear of. Pure."""

from __future__ import annotations

from bot.events import (
    BattleEvent,
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
    LiveStartedEvent,
    QuestionEvent,
    ShareEvent,
)
from bot.model.watch import EventKind, Watch

SECOND_MS = 1_000
"""TikTok gives most instants in whole seconds, cut off."""

ALREADY_LIVE_MS = 60_000
"""A LIVE of unknown start that shows up this soon after `/watch` was on before."""

_KINDS: dict[type[Event], EventKind] = {
    CommentEvent: EventKind.CHAT,
    EmoteEvent: EventKind.CHAT,
    QuestionEvent: EventKind.CHAT,
    GiftEvent: EventKind.GIFT,
    FollowEvent: EventKind.FOLLOW,
    ShareEvent: EventKind.SHARE,
    BattleEvent: EventKind.BATTLE,
    DeletionEvent: EventKind.DELETION,
    LiveStartedEvent: EventKind.LIVE,
    LivePausedEvent: EventKind.LIVE,
    LiveResumedEvent: EventKind.LIVE,
    LiveEndedEvent: EventKind.LIVE,
    JoinEvent: EventKind.JOIN,
    LikeEvent: EventKind.LIKE,
}
"""Other events are never relayed, except a gap, which every watch is told of: it is about what the watch did not hear."""


def wants(watch: Watch, event: Event) -> bool:
    """Whether this watch is to be told of this event."""
    if isinstance(event, GapEvent):
        return event.to_ms > _placed_at_ms(watch)
    kind = _KINDS.get(type(event))
    if kind is None or kind not in watch.settings.kinds:
        return False
    match event:
        case CommentEvent():
            return not event.visible_to_sender and _is_news(watch, event, is_history=event.is_history)
        case EmoteEvent():
            return _is_news(watch, event, is_history=event.is_history)
        case GiftEvent():
            return event.is_final and diamonds(event) >= watch.settings.min_diamonds and new_gifts(event) > 0
        case LiveStartedEvent():
            return _began_after(watch, event)
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
    return not is_history or event.created_at_ms + SECOND_MS > _placed_at_ms(watch)


def _began_after(watch: Watch, event: LiveStartedEvent) -> bool:
    """A creator who is live already at `/watch` is not announced."""
    if event.started_at_ms:
        return event.started_at_ms + SECOND_MS > _placed_at_ms(watch)
    return event.received_at_ms > _placed_at_ms(watch) + ALREADY_LIVE_MS


def _placed_at_ms(watch: Watch) -> int:
    return round(watch.created_at.timestamp() * 1000)
