"""What passes into the log, and what does not."""

from __future__ import annotations

from msgspec.structs import replace

from bot.events import CommentEvent, Event, GiftEvent
from bot.events.opted_out import OPTED_OUT
from bot.ingest.opted_out import OptOuts
from bot.model.forgetting import digest
from tests.doubles.clock import START_MS
from tests.doubles.events import comment, gift, join, viewer

KEY = b"k" * 32
LATER_MS = START_MS + 600_000


def filled(*gone: str, codes: dict[str, int] | None = None) -> OptOuts:
    opt_outs = OptOuts()
    opt_outs.fill(key=KEY, digests=[digest(viewer(name).id, KEY) for name in gone], codes=codes or {})
    return opt_outs


def test_while_nobody_opted_out_everything_passes_as_it_is() -> None:
    events: list[Event] = [comment("hi"), gift(1)]
    passed = filled().screen(events)
    assert all(new is old for new, old in zip(passed, events, strict=True))


def test_who_opted_out_passes_without_name_and_text() -> None:
    said, given, other = filled("eve").screen(
        [comment("my words", by="eve"), gift(5, by="eve", end=True), comment("mine", by="bob")]
    )
    assert isinstance(said, CommentEvent)
    assert (said.user, said.text) == (OPTED_OUT, "")
    assert isinstance(given, GiftEvent)
    assert (given.user, given.repeat_count, given.gift.name) == (OPTED_OUT, 5, "Rose")
    assert other.user == viewer("bob")


def test_the_sentence_is_kept_back_and_its_author_from_then_on() -> None:
    opt_outs = filled(codes={"7F3K": LATER_MS})
    passed = opt_outs.screen(
        [comment("before", by="eve"), comment("Forget me 7f3k!", by="eve"), comment("behind", by="eve"), join("eve")]
    )
    assert [event.user for event in passed] == [viewer("eve"), OPTED_OUT, OPTED_OUT]
    [proof] = opt_outs.take_proofs()
    assert (proof.code, proof.user) == ("7F3K", viewer("eve"))
    assert not opt_outs.take_proofs()
    assert opt_outs.is_gone(viewer("eve").id)


def test_a_sentence_serves_one_account_once_even_if_the_tables_are_late() -> None:
    opt_outs = filled(codes={"7F3K": LATER_MS})
    opt_outs.screen([comment("forget me 7F3K", by="eve")])
    opt_outs.fill(key=KEY, digests=[], codes={"7F3K": LATER_MS})
    [repeated, others] = [opt_outs.screen([comment("forget me 7F3K", by=name)]) for name in ("eve", "bob")]
    assert repeated == [], "TikTok repeats comments at a reconnect"
    assert [event.user for event in others] == [viewer("bob")]
    assert len(opt_outs.take_proofs()) == 1
    assert opt_outs.is_gone(viewer("eve").id), "a table that does not know of it yet takes nothing back"


def test_a_code_that_is_too_late_unknown_or_ended_is_an_ordinary_comment() -> None:
    opt_outs = filled(codes={"7F3K": START_MS - 1, "HHHH": LATER_MS})
    opt_outs.expect("CCCC", LATER_MS, instead_of=["HHHH"])
    said = [comment(f"forget me {code}", by="eve") for code in ("7F3K", "AAAA", "HHHH")]
    assert opt_outs.screen(said) == said
    assert opt_outs.screen([comment("forget me CCCC", by="eve")]) == []


def test_a_code_of_this_moment_outlives_a_look_at_tables_that_do_not_have_it_yet() -> None:
    opt_outs = filled()
    opt_outs.expect("7F3K", LATER_MS)
    opt_outs.fill(key=KEY, digests=[], codes={})
    assert opt_outs.screen([comment("forget me 7F3K", by="eve")]) == []


def test_who_was_rejected_is_kept_again() -> None:
    opt_outs = filled(codes={"7F3K": LATER_MS})
    opt_outs.screen([comment("forget me 7F3K", by="eve")])
    [proof] = opt_outs.take_proofs()
    opt_outs.give_back([proof])
    assert opt_outs.take_proofs() == [proof]
    opt_outs.reject(proof)
    assert not opt_outs.is_gone(viewer("eve").id)


def test_who_opted_out_before_stays_so_when_another_code_is_rejected() -> None:
    opt_outs = filled("eve", codes={"7F3K": LATER_MS})
    assert opt_outs.screen([comment("forget me 7F3K", by="eve")]) == []
    [proof] = opt_outs.take_proofs()
    opt_outs.reject(proof)
    assert opt_outs.is_gone(viewer("eve").id)


def test_a_sentence_that_tiktok_repeats_at_a_connect_proves_nothing() -> None:
    opt_outs = filled(codes={"7F3K": LATER_MS})
    old = replace(comment("forget me 7F3K", by="eve"), is_history=True)
    assert opt_outs.screen([old]) == [old]
    assert opt_outs.take_proofs() == []
    assert not opt_outs.is_gone(viewer("eve").id)
