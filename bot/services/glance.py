"""What the newest events of a creator's log tell: how the LIVE stands, and what somebody missed who was away. Pure.

Only what the log holds counts, and how far back that reaches is part of the answer (`since_ms`): nothing here is estimated.
Whatever TikTok took back is left out before anything is looked at, wherever in the events the deletion stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.events import (
    BattleEvent,
    BattleScoreEvent,
    Combo,
    CommentEvent,
    DeletionEvent,
    Event,
    FollowEvent,
    GapEvent,
    GiftEvent,
    LikeEvent,
    LiveStartedEvent,
    QuestionDeletedEvent,
    QuestionEvent,
    User,
    ViewersEvent,
)
from bot.events.battle_board import BattleBoard
from bot.events.battle_state import Battle, Outcome, Stage
from bot.events.codec import Logged
from bot.events.ids import RoomId, ViewerId
from bot.events.links import BattleCardEvent, BattleTaskEvent

RELEVANT = (
    BattleCardEvent,
    BattleEvent,
    BattleScoreEvent,
    BattleTaskEvent,
    CommentEvent,
    DeletionEvent,
    FollowEvent,
    GapEvent,
    GiftEvent,
    LikeEvent,
    LiveStartedEvent,
    QuestionDeletedEvent,
    QuestionEvent,
    ViewersEvent,
)
"""Of all else nothing is told here, so nobody needs to keep it."""

_OF_FIGHTS = (BattleCardEvent, BattleEvent, BattleScoreEvent, BattleTaskEvent, GapEvent)

MOST_GIFTERS = 5
MOST_GIFTS = 3
MOST_PHRASES = 5
MOST_HIGHLIGHTS = 5
MOST_NAMED = 5
MOST_BATTLES = 3

_RUN = re.compile(r"(.)\1{2,}")
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Gifter:
    """A viewer and what they gave."""

    user: User
    diamonds: int


@dataclass(frozen=True, slots=True)
class Fight:
    """A PK. `heard_at_ms` is our clock."""

    key: str
    battle: Battle
    heard_at_ms: int


@dataclass(frozen=True, slots=True)
class Glance:
    """How a LIVE stands. `viewers`, `likes`: None when the log does not tell.

    `since_ms`: from when on gifts are known; `is_whole`: that is the beginning of the LIVE, and nothing is missing since.
    """

    room_id: RoomId
    since_ms: int
    is_whole: bool
    title: str = ""
    started_at_ms: int = 0
    viewers: int | None = None
    visitors: int = 0
    likes: int | None = None
    fight: Fight | None = None
    gifters: tuple[Gifter, ...] = ()
    diamonds: int = 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """What several comments said, as it was spelled first."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Given:
    """A gift with its whole combo."""

    user: User
    name: str
    count: int
    diamonds: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Something worth reading: of the creator, a moderator, starred, or a question."""

    user: User
    text: str
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What happened between two instants (our clock). `is_cut`: the log did not reach back as far as was asked."""

    since_ms: int
    is_cut: bool
    comments: int = 0
    chatters: int = 0
    phrases: tuple[Phrase, ...] = ()
    gifts: tuple[Given, ...] = ()
    diamonds: int = 0
    followers: tuple[User, ...] = ()
    fights: tuple[Fight, ...] = ()
    removals: int = 0
    quotes: tuple[Quote, ...] = ()
    had_gap: bool = False


def glance(logged: Sequence[Logged], now_ms: int, is_relayed: Callable[[Event], bool] = lambda _: True) -> Glance | None:
    """How the LIVE of the newest events stands; None when they tell of none. `is_relayed`: which gifts count."""
    mine = of_newest_room(logged)
    if not mine:
        return None
    started = next((each.event for each in mine if isinstance(each.event, LiveStartedEvent)), None)
    viewers = next((each.event for each in reversed(mine) if isinstance(each.event, ViewersEvent)), None)
    likes = [each.event.total for each in mine if isinstance(each.event, LikeEvent)]
    given = gifts(each for each in mine if is_relayed(each.event))
    by_viewer: defaultdict[ViewerId, int] = defaultdict(int)
    for each in given:
        by_viewer[each.user.id] += each.diamonds
    users = {each.user.id: each.user for each in given}
    best = sorted(by_viewer.items(), key=lambda pair: -pair[1])[:MOST_GIFTERS]
    fight = next((each for each in reversed(fights(mine)) if is_on(each, now_ms)), None)
    return Glance(
        room_id=next((each.event.room_id for each in reversed(mine) if each.event.room_id), RoomId("")),
        since_ms=received_at_ms(mine[0]),
        is_whole=started is not None and not any(isinstance(each.event, GapEvent) for each in mine),
        title=started.title if started else "",
        started_at_ms=started.started_at_ms if started else 0,
        viewers=viewers.viewers if viewers else None,
        visitors=viewers.total if viewers else 0,
        likes=max(likes) if likes else None,
        fight=fight,
        gifters=tuple(Gifter(users[viewer], diamonds) for viewer, diamonds in best if diamonds),
        diamonds=sum(by_viewer.values()),
    )


def caught_up(logged: Sequence[Logged], *, since_ms: int, now_ms: int) -> CatchUp:
    """What happened in the newest room since then. `logged`: as far back as there is, so that deletions are known."""
    mine = of_newest_room(logged)
    recent = [each for each in standing(mine) if received_at_ms(each) >= since_ms]
    said = [each.event for each in recent if isinstance(each.event, CommentEvent) and is_news(each.event)]
    given = sorted(gifts(recent), key=lambda each: -each.diamonds)
    known_from_ms = received_at_ms(mine[0]) if mine else now_ms
    return CatchUp(
        since_ms=max(since_ms, known_from_ms),
        is_cut=known_from_ms > since_ms and not (mine and isinstance(mine[0].event, LiveStartedEvent)),
        comments=len(said),
        chatters=len({event.user.id for event in said if event.user}),
        phrases=phrases(event.text for event in said),
        gifts=tuple(each for each in given[:MOST_GIFTS] if each.diamonds),
        diamonds=sum(each.diamonds for each in given),
        followers=_followers(recent),
        fights=tuple(each for each in fights(mine) if each.heard_at_ms >= since_ms and not is_on(each, now_ms))[-MOST_BATTLES:],
        removals=sum(
            max(1, len(each.event.message_ids) + len(each.event.user_ids))
            for each in recent
            if isinstance(each.event, DeletionEvent)
        ),
        quotes=_quotes(recent),
        had_gap=any(isinstance(each.event, GapEvent) for each in recent),
    )


def of_newest_room(logged: Sequence[Logged]) -> Sequence[Logged]:
    """The events of the room that the newest of them is about. Events that name no room are of the one before them."""
    room_id = next((each.event.room_id for each in reversed(logged) if each.event.room_id), "")
    first = next(
        (at + 1 for at in range(len(logged) - 1, -1, -1) if logged[at].event.room_id not in ("", room_id)),
        0,
    )
    return logged[first:]


def standing(logged: Sequence[Logged]) -> Sequence[Logged]:
    """Without the comments and questions that TikTok took back: by id, or as all of a viewer's up to then.

    A wipe covers what stands before it in the log, and what overtook it: written earlier by TikTok's own clock.
    """
    messages: set[str] = set()
    questions: set[str] = set()
    wiped: dict[str, tuple[int, int]] = {}
    for each in logged:
        match each.event:
            case DeletionEvent() as deletion:
                messages.update(deletion.message_ids)
                for viewer_id in deletion.user_ids:
                    _, before_ms = wiped.get(viewer_id, (0, 0))
                    wiped[viewer_id] = (each.seq, max(before_ms, deletion.created_at_ms))
            case QuestionDeletedEvent() as deleted:
                questions.add(deleted.question_id)
    return [each for each in logged if not _is_removed(each, messages, questions, wiped)]


def _is_removed(each: Logged, messages: set[str], questions: set[str], wiped: Mapping[str, tuple[int, int]]) -> bool:
    event = each.event
    if not isinstance(event, CommentEvent | QuestionEvent):
        return False
    names = {event.message_id, event.message_uuid if isinstance(event, CommentEvent) else ""} - {""}
    if names & messages or (isinstance(event, QuestionEvent) and event.question_id in questions):
        return True
    seq, at_ms = wiped.get(event.user.id if event.user else "", (0, 0))
    return each.seq < seq or 0 < event.created_at_ms <= at_ms


def is_news(event: CommentEvent) -> bool:
    """Whether everybody saw it, now: TikTok replays old comments at a connect, and shows some to their author only."""
    return not event.is_history and not event.visible_to_sender


def gifts(logged: Iterable[Logged]) -> Sequence[Given]:
    """Each combo once, with the highest count that was told of it; other gifts one by one."""
    found: dict[tuple[str, ...], Given] = {}
    for number, each in enumerate(logged):
        event = each.event
        if not isinstance(event, GiftEvent):
            continue
        user, gift = event.user or User(), event.gift
        of_combo = event.group_id if event.combo is not Combo.SINGLE else ""
        key = (user.id, gift.id, of_combo) if of_combo else ("", "", str(number))
        count = max(event.repeat_count, found[key].count if key in found else 0)
        found[key] = Given(user, gift.name, count, count * gift.diamonds)
    return list(found.values())


def phrases(texts: Iterable[str]) -> tuple[Phrase, ...]:
    """What was said more than once, most often first; case, runs of letters and punctuation around it do not count."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    # Counted as they are first: what is said again and again is mostly said alike, and folding costs.
    for text, count in Counter(texts).items():
        key = folded(text)
        if key:
            spelled.setdefault(key, text)
            counts[key] += count
    return tuple(Phrase(spelled[key], count) for key, count in counts.most_common(MOST_PHRASES) if count > 1)


def folded(text: str) -> str:
    """`GGGG!!` and ` gg` say the same."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _RUN.sub(r"\1\1", _EDGES.sub("", words) or words)


def fights(logged: Iterable[Logged]) -> Sequence[Fight]:
    """All PKs, the one heard of last at the end."""
    board, heard = BattleBoard(), dict[str, int]()
    for each in logged:
        if not isinstance(each.event, _OF_FIGHTS):
            continue
        board = board.then(each.event)
        if isinstance(each.event, BattleEvent | BattleScoreEvent):
            heard[board.battles[-1][0]] = received_at_ms(each)
    return [Fight(key, battle, heard.get(key, 0)) for key, battle in board.battles]


def is_on(fight: Fight, now_ms: int) -> bool:
    """Whether it goes on: neither over nor given up, and begun."""
    return fight.battle.stage is not Stage.WAITING and fight.battle.view(now_ms).outcome is Outcome.OPEN


def received_at_ms(each: Logged) -> int:
    """Our clock."""
    return each.event.received_at_ms or each.envelope.received_at_ms


def _followers(logged: Iterable[Logged]) -> tuple[User, ...]:
    """Each once."""
    found = {each.event.user.id: each.event.user for each in logged if isinstance(each.event, FollowEvent) and each.event.user}
    return tuple(found.values())


def _quotes(logged: Iterable[Logged]) -> tuple[Quote, ...]:
    """The newest of what is worth reading, oldest first; what says the same stands there once, as it was said first."""
    found: dict[str, Quote] = {}
    for each in logged:
        event = each.event
        if isinstance(event, CommentEvent | QuestionEvent) and event.text and _is_worth_reading(event):
            quote = Quote(event.user or User(), event.text, is_question=isinstance(event, QuestionEvent))
            found.setdefault(folded(event.text) or event.text, quote)
    return tuple(found.values())[-MOST_HIGHLIGHTS:]


def _is_worth_reading(event: Event) -> bool:
    if isinstance(event, QuestionEvent):
        return True
    if not isinstance(event, CommentEvent) or not is_news(event):
        return False
    user = event.user
    return event.starred or (user is not None and (user.is_moderator or user.handle.lower() == event.creator.lower() != ""))
