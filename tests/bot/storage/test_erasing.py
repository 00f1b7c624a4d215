"""Finding somebody in the tables in stretches. That nothing is left of them: tests/bot/services/test_forgetting.py."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Connection, select

from bot.events.ids import MessageId, ViewerId
from bot.model.card import Card, CardKind
from bot.model.comment import CommentRow
from bot.model.forgetting import Traces
from bot.model.ids import CardId, ChannelId, CreatorId, DiscordMessageId, PostId
from bot.model.message import Embed, Message
from bot.storage import cards, comments, erasing, posts
from bot.storage.tables import card, comment, post
from bot.text import safe_name
from tests.bot.storage.builders import ROOM, about_to_say, known, line, watching

EVE = Traces("7001", ("eve",), ("Eve",))


def said(creator: int, seq: int, viewer: str) -> CommentRow:
    return CommentRow(CreatorId(creator), seq, ROOM, MessageId(str(seq)), ViewerId(viewer), "hi", 0, 1)


def test_comments_go_some_at_a_time_from_every_creator(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "MOST_ROWS", 2)
    comments.add(connection, [said(creator, seq, "7001" if seq % 2 else "7002") for creator in (1, 2) for seq in range(1, 7)])
    steps = []
    while gone := erasing.comments(connection, "7001"):
        steps.append(gone)
    assert steps == [2, 1, 2, 1]
    assert set(connection.execute(select(comment.c.viewer_id)).scalars()) == {"7002"}


def test_lines_are_found_in_stretches_and_struck_once(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "MOST_POSTS", 2)
    watch = watching(connection, known(connection, "alice").id)
    for number in range(5):
        lines = line(2 * number + 1, "x", viewer="7001" if number % 2 else "7003"), line(2 * number + 2, "y", viewer="7002")
        intent = posts.open_intent(connection, about_to_say(watch, *lines, nonce=str(number)))
        assert erasing.on_their_way(connection, EVE) == number % 2
        posts.fulfil(connection, intent, message_id=DiscordMessageId(number + 1), now_ms=1)
    found, last = [], PostId(0)
    while (stretch := erasing.posts_after(connection, last, EVE))[0] is not None:
        last = stretch[0]
        found.append(stretch[1])
    ids = list(connection.execute(select(post.c.id).order_by(post.c.id)).scalars())
    assert found == [[(ids[1], 0, 0)], [(ids[3], 0, 0)], []]

    assert erasing.strike(connection, [each for some in found for each in some]) == 2
    assert erasing.strike(connection, [each for some in found for each in some]) == 0
    assert [(each.id, [one.struck for one in each.lines]) for each in posts.unedited(connection)] == [
        (ids[1], [True, False]),
        (ids[3], [True, False]),
    ]


def a_card(key: str, words: str, state: str = '{"b": [["7002", "eve", "Eve"], 7001]}') -> Card:
    message = Message(embeds=(Embed(description=words),))
    return Card(CardId(0), key, CardKind.BATTLE, None, ChannelId(1), message, 1, state=state)


def messages(connection: Connection) -> dict[str, str]:
    return {row.key: row.message for row in connection.execute(select(card.c.key, card.c.message))}


def test_a_card_is_theirs_by_the_id_in_its_state_and_any_other_is_left_byte_for_byte(connection: Connection) -> None:
    """A name is anybody's: who is called Eve, too, or calls herself as somebody else does, stays or takes nobody along."""
    hers = '{"b": [["7001", "eve.old", "Evita"]]}'
    cards.wish(connection, [a_card("a", f"MVP {safe_name('Eve')} ♥"), a_card("b", f"MVP {safe_name('Evita')}", hers)])
    before = messages(connection)
    last, found = erasing.cards_after(connection, CardId(0), EVE)
    assert last is not None
    which = [each.card_id for each in found]
    assert erasing.reword(connection, which, EVE) == 1
    assert erasing.reword(connection, which, EVE) == 0
    after = messages(connection)
    assert after["a"] == before["a"]
    assert json.loads(after["b"])["embeds"][0]["description"] == "MVP \\(opted out\\)"
    assert erasing.still_open(connection, [each.card_id for each in found]) == [each.card_id for each in found]
    assert erasing.cards_after(connection, last, EVE) == (None, [])
    assert erasing.cards_after(connection, CardId(0), EVE)[1] == []


def test_the_log_is_read_batch_by_batch_and_creator_by_creator(connection: Connection) -> None:
    for creator, seq in ((1, 1), (1, 4), (3, 1)):
        values = (creator, seq, seq + 2, 1, "w", 1, 3, 1, 1, 1, b"x")
        connection.exec_driver_sql("INSERT INTO log_batch VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
    assert [each.first_seq for each in erasing.log_after(connection, CreatorId(1), 0)] == [1, 4]
    assert [each.first_seq for each in erasing.log_after(connection, CreatorId(1), 1)] == [4]
    assert erasing.next_in_log(connection, CreatorId(0)) == 1
    assert erasing.next_in_log(connection, CreatorId(1)) == 3
    assert erasing.next_in_log(connection, CreatorId(3)) is None
    assert erasing.rewrite(connection, CreatorId(1), bodies={1: b"long", 7: b"gone"}, said={}, events=2) == 2
    assert [(each.first_seq, each.body) for each in erasing.log_after(connection, CreatorId(1), 0)] == [(1, b"long"), (4, b"x")]
    assert connection.exec_driver_sql("SELECT bytes FROM log_batch WHERE first_seq = 1 AND creator_id = 1").scalar() == 4
