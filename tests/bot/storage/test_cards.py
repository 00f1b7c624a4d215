"""The outbox's table: one row for each key, whatever is wished how often."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.model.card import Card, CardKind, Posting
from bot.model.draft import Urgency
from bot.model.ids import CardId, ChannelId, DiscordMessageId, DiscordRoleId, WatchId
from bot.model.message import Button, ButtonStyle, Embed, Field, Message
from bot.storage import cards
from tests.bot.storage.builders import known, watching

HERE, THERE = ChannelId(1), ChannelId(2)
DAY_MS = 86_400_000

FULL = Message(
    "<@&7> hi",
    embeds=(Embed(title="t", description="d", colour=0xFF0000, fields=(Field("n", "v"),), timestamp_ms=5),),
    buttons=((Button("b", "id:1", ButtonStyle.DANGER),),),
    ping_role_id=DiscordRoleId(2**63 - 1),
    silent=False,
)


def card(key: str = "k", text: str = "hello", **more: object) -> Card:
    made = Card(CardId(0), key, CardKind.BATTLE, None, HERE, Message(text), created_at_ms=1000)
    return replace(made, **more)  # type: ignore[arg-type]


def stored(connection: Connection, *wished: Card) -> list[Card]:
    cards.wish(connection, wished)
    return cards.of_keys(connection, [each.key for each in wished])


def test_what_is_wished_is_kept_whole(connection: Connection) -> None:
    watch = watching(connection, known(connection, "alice").id)
    wish = card(kind=CardKind.GO_LIVE, watch_id=watch.id, message=FULL, urgency=Urgency.ALERT, state='{"a":1}')
    [kept] = stored(connection, wish)
    assert replace(kept, id=CardId(0)) == wish


def test_the_same_wish_twice_changes_nothing(connection: Connection) -> None:
    [first] = stored(connection, card())
    assert stored(connection, card()) == [first]


def test_only_what_discord_shows_differently_counts_as_a_revision(connection: Connection) -> None:
    stored(connection, card())
    [quiet] = stored(connection, card(state="new", is_over=True))
    assert (quiet.revision, quiet.state, quiet.is_over) == (1, "new", True)
    [loud] = stored(connection, card(text="else"))
    assert (loud.revision, loud.is_over) == (2, False)
    [withdrawn] = stored(connection, card(text="else", is_withdrawn=True))
    assert (withdrawn.revision, withdrawn.is_withdrawn) == (3, True)


def test_a_withdrawn_card_stays_withdrawn(connection: Connection) -> None:
    stored(connection, card(is_withdrawn=True))
    [kept] = stored(connection, card(text="else"))
    assert (kept.is_withdrawn, kept.message) == (True, Message("hello"))


def test_a_card_keeps_its_channel_and_its_watch(connection: Connection) -> None:
    watch = watching(connection, known(connection, "alice").id)
    stored(connection, card(watch_id=watch.id))
    [kept] = stored(connection, card(channel_id=THERE))
    assert (kept.channel_id, kept.watch_id) == (HERE, watch.id)


def test_a_card_of_a_watch_that_is_erased_is_not_kept_and_no_error(connection: Connection) -> None:
    assert stored(connection, card(watch_id=WatchId(99)), card("other"))[0].key == "other"


def test_due_is_what_discord_shows_differently_the_most_urgent_first(connection: Connection) -> None:
    a, b, c = stored(connection, card("a"), card("b", urgency=Urgency.ALERT), card("c", channel_id=THERE))
    assert [each.id for each in cards.due(connection, without=(), most=10)] == [b.id, a.id, c.id]
    assert [each.id for each in cards.due(connection, without=[THERE], most=1)] == [b.id]
    for each in (a, b):
        cards.posted(connection, each.id, Posting(1, 5, each.message), message_id=DiscordMessageId(each.id))
    assert [each.id for each in cards.due(connection, without=(), most=10)] == [c.id]
    cards.wish(connection, [card("a", text="else")])
    [due] = cards.due(connection, without=[THERE], most=10)
    assert (due.id, due.is_posted, due.is_over, due.is_on_its_way) == (a.id, True, False, False)


def test_what_was_never_posted_goes_before_what_only_changes_and_a_result_before_scores(connection: Connection) -> None:
    shown = stored(connection, card("behind"), card("changed"), card("result"))
    for each in shown:
        cards.posted(connection, each.id, Posting(1, 5, each.message), message_id=DiscordMessageId(each.id))
    cards.wish(connection, [card("changed", text="2"), card("behind", text="2")])
    cards.shown(connection, shown[1].id, revision=2)
    cards.wish(connection, [card("changed", text="3"), card("result", text="2", is_over=True), card("new")])
    due = [each.id for each in cards.due(connection, without=(), most=10)]
    keys = {each.id: each.key for each in cards.of_keys(connection, ["behind", "changed", "result", "new"])}
    assert [keys[each] for each in due] == ["new", "result", "behind", "changed"]
    assert [keys[each.id] for each in cards.due(connection, without=(), most=1)] == ["new"]


def test_a_post_on_its_way_is_remembered_until_it_is_there(connection: Connection) -> None:
    [made] = stored(connection, card())
    posting = Posting(1, 5, FULL)
    cards.open_posting(connection, made.id, posting)
    cards.wish(connection, [card(text="later")])
    [on_its_way] = cards.of_keys(connection, ["k"])
    assert (on_its_way.posting, on_its_way.revision) == (posting, 2)
    cards.posted(connection, made.id, posting, message_id=DiscordMessageId(77))
    [there] = cards.of_keys(connection, ["k"])
    assert (there.posting, there.message_id, there.shown_revision, there.revision) == (None, 77, 1, 2)
    assert cards.of_message(connection, DiscordMessageId(77)) == made.id
    assert cards.of_message(connection, DiscordMessageId(78)) is None


def test_a_post_that_is_not_there_is_closed(connection: Connection) -> None:
    [made] = stored(connection, card())
    cards.open_posting(connection, made.id, Posting(1, 5, FULL))
    cards.close_posting(connection, made.id)
    assert cards.of_id(connection, made.id) == made


def test_what_was_shown_never_goes_back(connection: Connection) -> None:
    [made] = stored(connection, card())
    cards.shown(connection, made.id, revision=3)
    cards.shown(connection, made.id, revision=2)
    found = cards.of_id(connection, made.id)
    assert found is not None
    assert found.shown_revision == 3


def test_a_card_whose_message_is_gone_is_done_for_ever(connection: Connection) -> None:
    [made] = stored(connection, card())
    cards.posted(connection, made.id, Posting(1, 5, made.message), message_id=DiscordMessageId(77))
    cards.gone(connection, made.id)
    cards.wish(connection, [card(text="else")])
    assert cards.due(connection, without=(), most=10) == []
    found = cards.of_id(connection, made.id)
    assert found is not None
    assert (found.message_id, found.is_over, found.is_withdrawn) == (None, True, True)


def test_open_cards_and_recent_ones_are_found_by_watch(connection: Connection) -> None:
    creator = known(connection, "alice")
    watch = watching(connection, creator.id)
    other = watching(connection, creator.id, channel=21)
    rows = [
        card("old open", watch_id=watch.id),
        card("old over", watch_id=watch.id, is_over=True),
        card("new over", watch_id=watch.id, is_over=True, created_at_ms=5000),
        card("another's", watch_id=other.id),
        card("another kind", watch_id=watch.id, kind=CardKind.GO_LIVE),
    ]
    cards.wish(connection, rows)
    found = cards.of_watches(connection, [watch.id], CardKind.BATTLE, since_ms=5000)
    assert [each.key for each in found] == ["old open", "new over"]
    assert [each.key for each in cards.open_of(connection, CardKind.BATTLE)] == ["old open", "another's"]


def test_old_cards_go_once_they_are_over(connection: Connection) -> None:
    now_ms = 100 * DAY_MS
    rows = [
        card("over", is_over=True, created_at_ms=now_ms - 8 * DAY_MS),
        card("over too", is_over=True, created_at_ms=now_ms - 9 * DAY_MS),
        card("young", is_over=True, created_at_ms=now_ms - 6 * DAY_MS),
        card("open", created_at_ms=now_ms - 8 * DAY_MS),
        card("forgotten", created_at_ms=now_ms - 50 * DAY_MS),
    ]
    cards.wish(connection, rows)
    before_ms = now_ms - 7 * DAY_MS
    assert [cards.prune(connection, before_ms=before_ms, most=2) for _ in range(3)] == [2, 1, 0]
    assert {each.key for each in cards.of_keys(connection, [each.key for each in rows])} == {"young", "open"}
