"""Whose events, and what chat, a watch hears."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.errors import BadInput
from bot.events import Event, FollowEvent, GapEvent, Handle, QuestionEvent, User, ViewerId
from bot.model.watch import Filters, Role, Watch
from bot.relay.filters import MOST_ENTRIES, MOST_WORD_CHARS, parse_users, parse_words
from bot.relay.match import wants
from tests.bot.relay.conftest import BOB, EVE, comment, common, gift, watch_for

MOD = User(id=ViewerId("5"), handle=Handle("mona"), nickname="Mona", is_moderator=True)


def watching(filters: Filters) -> Watch:
    watch = watch_for()
    return replace(watch, settings=replace(watch.settings, filters=filters))


@pytest.mark.parametrize(
    ("filters", "event", "heard"),
    [
        (Filters(), comment("hi"), True),
        (Filters(not_users=("bob1",)), comment("hi"), False),
        (Filters(not_users=("91",)), comment("hi"), False),
        (Filters(not_users=("bob1",)), gift(1), False),
        (Filters(only_users=("eve1",)), comment("hi"), False),
        (Filters(only_users=("eve1",)), comment("hi", user=EVE), True),
        (Filters(only_users=("eve1",), not_users=("eve1",)), comment("hi", user=EVE), False),
        (Filters(only_roles=frozenset({Role.MODERATOR})), comment("hi"), False),
        (Filters(only_roles=frozenset({Role.MODERATOR})), comment("hi", user=MOD), True),
        (Filters(only_roles=frozenset({Role.MODERATOR}), only_users=("bob1",)), comment("hi"), True),
        (Filters(not_roles=frozenset({Role.MODERATOR})), comment("hi", user=MOD), False),
        (Filters(only_roles=frozenset({Role.MODERATOR})), FollowEvent(common(user=BOB)), False),
        (Filters(not_words=("spoiler",)), comment("no SPOILERS please"), False),
        (Filters(not_words=("spoiler",)), comment("ｓｐｏｉｌｅｒ"), False),
        (Filters(not_words=("spoiler",)), gift(1), True),
        (Filters(only_words=("quest",)), comment("hi"), False),
        (Filters(only_words=("quest",)), QuestionEvent(common(), text="a Quest"), True),
        (Filters(only_words=("/^\\d+$/",)), comment("1234"), True),
        (Filters(only_words=("/^\\d+$/",)), comment("1234!"), False),
        (Filters(only_words=("/Straße/",)), comment("die STRAßE"), True),
        (Filters(only_words=("/straße/",)), comment("die Strasse"), False),
        (Filters(only_words=("/^\\S+$/",)), comment("Straße"), True),
        (Filters(only_words=("/^.{6}$/",)), comment("Straße"), True),
        (Filters(only_words=("straße",)), comment("die STRASSE"), True),
        (Filters(only_words=("strasse",)), comment("die Straße"), True),
        (Filters(only_words=("a.c",)), comment("abc"), False),
        (Filters(only_words=("/a.c/",)), comment("ABC"), True),
        (Filters(not_words=("/ｓｐｏｉｌｅｒ/",)), comment("spoiler"), False),
        (Filters(only_users=("nobody",)), GapEvent(common(user=None), to_ms=1 << 60), True),
    ],
)
def test_a_filter_decides_by_viewer_role_and_word(filters: Filters, event: Event, heard: bool) -> None:
    assert wants(watching(filters), event) is heard


def test_lists_are_read_as_people_write_them() -> None:
    assert parse_words("foo, bar\n/a{1,2}b/\n foo ") == ("foo", "bar", "/a{1,2}b/")
    assert parse_users("@Bob1, eve1\n@bob1") == ("bob1", "eve1")


def test_an_expression_that_does_not_compile_is_refused_with_its_reason() -> None:
    with pytest.raises(BadInput, match=r"cannot be used: missing \)"):
        parse_words("/(a/")


@pytest.mark.parametrize("text", [",".join(f"w{n}" for n in range(MOST_ENTRIES + 1)), "x" * (MOST_WORD_CHARS + 1)])
def test_lists_are_bounded(text: str) -> None:
    with pytest.raises(BadInput, match=r"[Aa]t most"):
        parse_words(text)


def test_an_expression_made_to_hang_does_not() -> None:
    """Backtracking engines take years for this one; the bound is generous for a slow machine."""
    watch = watching(Filters(only_words=("/^(a+)+$/",)))
    began = time.process_time()
    assert not wants(watch, comment("a" * 400 + "!"))
    assert time.process_time() - began < 5
