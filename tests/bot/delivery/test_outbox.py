"""Cards reach Discord once, say what they should in the end, and one that cannot delays no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.delivery.outbox import LATE_S, nonce
from bot.model.card import CardKind, Posting
from bot.model.ids import DiscordRoleId
from bot.model.message import Embed, Message
from bot.storage import cards
from bot.storage.tables import card as card_table
from tests.doubles.office import LIVE, OTHER, Office, opened, wished


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        yield office


def says(text: str) -> Message:
    return Message(embeds=(Embed(description=text),))


async def test_a_card_is_posted_once_and_then_edited(office: Office) -> None:
    card = wished(office, text="one")
    await office.outbox.wish([card])
    await office.outbox.wish([card])
    await office.until_shown()
    await office.outbox.wish([replace(card, message=says("two"))])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["two"]
    assert (office.outbox.counters.posted, office.outbox.counters.edited) == (1, 1)


async def test_an_open_card_is_edited_every_ten_seconds_at_most_and_shows_the_newest(office: Office) -> None:
    card = wished(office, text="0")
    await office.outbox.wish([card])
    await office.until(lambda: bool(office.messages()))
    for second in range(1, 31):
        await office.outbox.wish([replace(card, message=says(str(second)))])
        await office.wait(1)
    await office.until_shown()

    [message] = office.messages()
    assert message.content == "30"
    assert 2 <= len(message.edits) <= 4


async def test_the_last_word_waits_for_nothing(office: Office) -> None:
    card = wished(office, text="open")
    await office.outbox.wish([card])
    await office.until(lambda: bool(office.messages()))
    began = office.clock.monotonic()
    await office.outbox.wish([replace(card, message=says("over"), is_over=True)])
    await office.until_shown(most_s=5)

    assert office.discord.contents(LIVE) == ["over"]
    assert office.clock.monotonic() - began < 3


async def test_a_crash_between_the_store_and_the_answer_posts_nothing_twice(office: Office) -> None:
    office.discord.answering.clear()
    card = wished(office, text="first words")
    await office.outbox.wish([card])
    await office.until(lambda: len(office.discord.sends) == 1)
    await office.kill()
    office.discord.answering.set()
    office.start()
    await office.outbox.wish([replace(card, message=says("later words"))])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["later words"]
    first, second = office.discord.sends
    assert first == second, "what goes out again under a nonce is the same text"
    assert office.outbox.counters.recovered == 1


async def test_a_post_of_unknown_fate_is_found_in_the_channel_once_its_nonce_is_forgotten(office: Office) -> None:
    office.discord.answering.clear()
    await office.outbox.wish([wished(office, text="first words")])
    await office.until(lambda: len(office.discord.sends) == 1)
    await office.kill()
    office.discord.answering.set()
    await office.clock.advance(3600)
    office.start()
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["first words"]
    assert len(office.discord.sends) == 1


async def test_a_message_that_another_card_shows_is_not_taken_for_a_lost_post(office: Office) -> None:
    office.discord.lose_answers(False)
    same = wished(office, "other", text="same words")
    await office.outbox.wish([wished(office, text="same words")])
    await office.until(lambda: len(office.discord.sends) == 1)
    await office.kill()
    await office.db.write(cards.wish, [same])
    [held] = await office.db.read(cards.of_keys, ["other"])
    stored = await office.discord.send(LIVE, same.message, nonce="N" * 24, urgency=same.urgency)
    await office.db.write(cards.posted, held.id, Posting(1, 0, same.message), message_id=stored)
    await office.clock.advance(200)
    office.start()
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["same words", "same words"]


async def test_a_lost_answer_is_asked_for_again_with_the_same_words(office: Office) -> None:
    office.discord.lose_answers(True, False)
    await office.outbox.wish([wished(office)])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["hello"]
    assert len(set(office.discord.sends)) == 1
    assert office.outbox.counters.unknown == 2


async def test_a_lost_edit_is_repeated(office: Office) -> None:
    card = wished(office)
    await office.outbox.wish([card])
    await office.until_shown()
    office.discord.lost_edits = 2
    await office.outbox.wish([replace(card, message=says("edited"))])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["edited"]


async def test_a_withdrawn_card_is_deleted_and_no_wish_brings_it_back(office: Office) -> None:
    card = wished(office)
    await office.outbox.wish([card])
    await office.until_shown()
    await office.outbox.wish([replace(card, is_withdrawn=True)])
    await office.until_shown()
    await office.outbox.wish([replace(card, message=says("again"))])
    await office.until_shown()

    assert office.discord.contents(LIVE) == []
    assert len(office.discord.sends) == 1
    assert office.outbox.counters.deleted == 1


async def test_a_card_that_is_withdrawn_while_it_is_posted_does_not_stay(office: Office) -> None:
    office.discord.answering.clear()
    card = wished(office)
    await office.outbox.wish([card])
    await office.until(lambda: len(office.discord.sends) == 1)
    await office.kill()
    office.discord.answering.set()
    await office.db.write(cards.wish, [replace(card, is_withdrawn=True)])
    office.start()
    await office.until_shown()

    assert office.discord.contents(LIVE) == []
    assert len(office.discord.sends) == 1


async def test_what_a_moderator_deleted_is_not_posted_again(office: Office) -> None:
    card = wished(office)
    await office.outbox.wish([card])
    await office.until_shown()
    office.discord.take_away(LIVE)
    for text in ("two", "three"):
        await office.outbox.wish([replace(card, message=says(text))])
        await office.until_shown()

    assert office.discord.contents(LIVE) == []
    assert len(office.discord.sends) == 1


async def test_a_repeat_that_finds_its_message_deleted_forgets_it(office: Office) -> None:
    office.discord.answering.clear()
    await office.outbox.wish([wished(office)])
    await office.until(lambda: len(office.discord.sends) == 1)
    await office.kill()
    office.discord.answering.set()
    office.discord.take_away(LIVE)
    office.start()
    await office.until_shown()

    assert office.discord.contents(LIVE) == []
    assert (await office.card("k")).is_withdrawn


async def test_a_channel_without_permission_is_told_and_delays_no_other(office: Office) -> None:
    office.discord.refused_channels[LIVE] = 50013
    await office.outbox.wish([wished(office, "a", "here"), wished(office, "b", "there", channel=OTHER)])
    await office.until(lambda: bool(office.messages(OTHER)))
    await office.until(lambda: bool(office.outbox.troubles()))
    assert "Send Messages" in office.outbox.troubles()[LIVE].reason
    await office.until_shown()
    assert await office.drained(), "nobody waits for a channel in trouble"

    del office.discord.refused_channels[LIVE]
    await office.until(lambda: bool(office.messages()))
    await office.until(lambda: not office.outbox.troubles())
    assert office.discord.contents(LIVE) == ["here"]


async def test_who_put_something_right_need_not_wait(office: Office) -> None:
    office.discord.refused_channels[LIVE] = 50013
    await office.outbox.wish([wished(office)])
    await office.until(lambda: bool(office.outbox.troubles()) and office.outbox.troubles()[LIVE].refusals == 6)
    trouble = office.outbox.troubles()[LIVE]
    assert (trouble.code, trouble.since_s < office.clock.monotonic() - 60) == (50013, True)
    del office.discord.refused_channels[LIVE]
    office.outbox.retry(LIVE)
    office.outbox.retry(OTHER)
    await office.until_shown(most_s=2)

    assert office.discord.contents(LIVE) == ["hello"]


async def test_what_goes_out_after_a_refusal_is_what_the_card_says_then(office: Office) -> None:
    office.discord.refused_channels[LIVE] = 50013
    card = wished(office, text="old")
    await office.outbox.wish([card])
    await office.until(lambda: bool(office.outbox.troubles()))
    await office.outbox.wish([replace(card, message=says("new"))])
    del office.discord.refused_channels[LIVE]
    await office.until(lambda: bool(office.messages()))

    assert [each.content for each in office.messages()] == ["new"]


@pytest.mark.parametrize("code", [50035, 200000, 99999])
async def test_a_card_that_discord_does_not_take_is_given_up_and_the_next_one_goes(office: Office, code: int) -> None:
    office.discord.forbidden_words["bad"] = code
    await office.outbox.wish([wished(office, "a", "bad words"), wished(office, "b", "good words")])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["good words"]
    assert office.outbox.counters.refused == 1


async def test_an_edit_that_discord_does_not_take_leaves_the_message(office: Office) -> None:
    card = wished(office, text="good")
    await office.outbox.wish([card])
    await office.until_shown()
    office.discord.forbidden_words["bad"] = 50035
    await office.outbox.wish([replace(card, message=says("bad"))])
    await office.until_shown()
    await office.outbox.wish([replace(card, message=says("better"))])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["better"]
    assert office.outbox.counters.refused == 1


async def test_too_many_edits_of_old_messages_wait(office: Office) -> None:
    card = wished(office)
    await office.outbox.wish([card])
    await office.until_shown()
    office.discord.edit_codes.extend([30046, 30046])
    began = office.clock.monotonic()
    await office.outbox.wish([replace(card, message=says("edited"), is_over=True)])
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["edited"]
    assert office.clock.monotonic() - began >= 12


async def test_a_late_ping_pings_nobody(office: Office) -> None:
    message = Message("<@&7> live", ping_role_id=DiscordRoleId(7), silent=False)
    card = wished(office, message=message)
    await office.outbox.wish([replace(card, created_at_ms=card.created_at_ms - 400_000)])
    await office.until(lambda: bool(office.messages()))

    [posted] = office.messages()
    assert posted.message.ping_role_id is None
    assert posted.message.silent


@pytest.mark.parametrize(
    ("kind", "is_over", "age_s", "is_posted"),
    [
        (CardKind.BATTLE, True, 200, True),
        (CardKind.BATTLE, True, 400, False),
        (CardKind.GO_LIVE, False, 400, True),
        (CardKind.GO_LIVE, False, LATE_S + 1, False),
        (CardKind.NOTICE, True, 10 * LATE_S, True),
    ],
)
async def test_old_news_is_left_out(office: Office, kind: CardKind, is_over: bool, age_s: float, is_posted: bool) -> None:
    made_at = office.clock.now_ms() - round(age_s * 1000)
    await office.outbox.wish([wished(office, kind=kind, is_over=is_over, created_at_ms=made_at)])
    await office.until_shown()

    assert bool(office.messages()) is is_posted
    assert office.outbox.counters.late == (0 if is_posted else 1)


async def test_an_error_that_nobody_expects_costs_a_pause_and_in_the_end_the_card(office: Office) -> None:
    office.discord.surprises = 1
    await office.outbox.wish([wished(office)])
    await office.until_shown()
    assert office.discord.contents(LIVE) == ["hello"]

    office.discord.surprises = 99
    await office.outbox.wish([wished(office, "other", channel=OTHER)])
    await office.until_shown()
    assert office.discord.contents(OTHER) == []
    assert office.outbox.counters.failures == 5


async def test_a_database_that_refuses_for_a_while_is_waited_out(office: Office) -> None:
    """A trigger stands for a full disk: what refuses is the database itself."""

    def shut(connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE TRIGGER shut BEFORE UPDATE OF posting ON card BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )

    await office.db.write(shut)
    await office.outbox.wish([wished(office)])
    await office.until(lambda: office.outbox.database_refusals >= 2)
    assert not office.discord.sends, "nothing goes out that is not stored"
    await office.db.write(lambda connection: connection.exec_driver_sql("DROP TRIGGER shut"))
    await office.until_shown()

    assert office.discord.contents(LIVE) == ["hello"]


async def test_at_the_end_the_newest_state_is_shown_without_waiting(office: Office) -> None:
    card = wished(office, text="one")
    await office.outbox.wish([card])
    await office.until(lambda: bool(office.messages()))
    await office.outbox.wish([replace(card, message=says("two"))])

    assert await office.drained()
    assert office.discord.contents(LIVE) == ["two"]


async def test_cards_of_an_erased_guild_are_gone_without_an_error(office: Office) -> None:
    office.discord.answering.clear()
    await office.outbox.wish([wished(office)])
    await office.until(lambda: len(office.discord.sends) == 1)
    await office.db.write(lambda connection: connection.execute(card_table.delete()))
    office.discord.answering.set()
    await office.until_shown()

    assert office.outbox.counters.failures == 0


async def test_a_nonce_names_one_text_of_one_card(office: Office) -> None:
    one, two = wished(office, "a"), wished(office, "b")
    first, second = Posting(1, 0, one.message), Posting(2, 0, one.message)
    assert nonce(one, first) == nonce(one, replace(first, at_ms=5))
    assert len({nonce(one, first), nonce(one, second), nonce(two, first)}) == 3
    assert len(nonce(one, first)) == 24


async def test_an_alert_is_edited_sooner_than_other_cards_but_not_at_once(office: Office) -> None:
    places = ((CardKind.ALERT, LIVE), (CardKind.BATTLE, OTHER))
    both = [wished(office, str(kind), "one", channel=channel, kind=kind, message=says("one")) for kind, channel in places]
    await office.outbox.wish(both)
    await office.until_shown()
    await office.outbox.wish([replace(each, message=says("two")) for each in both])
    await office.wait(1.5)
    assert office.discord.contents(LIVE) == ["one"]
    await office.wait(2.0)
    assert (office.discord.contents(LIVE), office.discord.contents(OTHER)) == (["two"], ["one"])


async def test_an_alert_is_posted_however_late_but_pings_nobody_then(office: Office) -> None:
    role = DiscordRoleId(7)
    message = replace(says("somebody was removed"), ping_role_id=role, silent=False)
    old = wished(office, kind=CardKind.ALERT, message=message, created_at_ms=office.clock.now_ms() - 7_200_000, is_over=True)
    await office.outbox.wish([old])
    await office.until_shown()
    (posted,) = office.messages()
    assert (posted.message.ping_role_id, posted.message.silent) == (None, True)


async def test_a_card_that_was_wished_in_a_transaction_of_somebody_elses_is_found_when_told(office: Office) -> None:
    await office.until_shown()
    await office.db.write(cards.wish, [wished(office)])
    office.outbox.look()
    await office.until(lambda: bool(office.messages()), most_s=5)
