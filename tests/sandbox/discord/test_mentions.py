"""Which texts ping whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import mentions
from sandbox.discord.mentions import INTERACTION_DEFAULT, MESSAGE_DEFAULT, Allowed

USER, ROLE = 123456789012345678, 223456789012345678
TEXT = f"@everyone @here <@{USER}> <@!{USER}> <@&{ROLE}> <@999999999999999999>"


def _pinged(rule: Allowed, *, may_ping_everyone: bool = True, mentionable: bool = False) -> tuple[str, ...]:
    roles = {ROLE} if mentionable else set()
    found = mentions.pinged(TEXT, rule, members={USER}, mentionable_roles=roles, may_ping_everyone=may_ping_everyone)
    return found.as_text


def test_a_bots_message_that_says_nothing_lets_everything_ping() -> None:
    assert _pinged(MESSAGE_DEFAULT) == ("@everyone", "@here", f"<@{USER}>", f"<@&{ROLE}>")


def test_an_answer_to_an_interaction_lets_only_users_ping() -> None:
    assert _pinged(INTERACTION_DEFAULT) == (f"<@{USER}>",)


def test_without_the_permission_only_mentionable_roles_and_users_ping() -> None:
    assert _pinged(MESSAGE_DEFAULT, may_ping_everyone=False) == (f"<@{USER}>",)
    assert _pinged(MESSAGE_DEFAULT, may_ping_everyone=False, mentionable=True) == (f"<@{USER}>", f"<@&{ROLE}>")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"parse": []}, ()),
        ({}, ()),
        ({"parse": ["users"]}, (f"<@{USER}>",)),
        ({"parse": [], "users": [str(USER)]}, (f"<@{USER}>",)),
        ({"parse": [], "users": ["1"]}, ()),
        ({"parse": ["everyone"]}, ("@everyone", "@here")),
        ({"roles": [str(ROLE)]}, (f"<@&{ROLE}>",)),
    ],
)
def test_allowed_mentions_let_through_exactly_what_they_name(raw: dict[str, object], expected: tuple[str, ...]) -> None:
    assert _pinged(mentions.allowed(raw, MESSAGE_DEFAULT)) == expected


def test_allowed_mentions_that_are_null_count_as_left_out() -> None:
    assert mentions.allowed(None, INTERACTION_DEFAULT) == INTERACTION_DEFAULT


def test_code_and_backslashes_do_not_hide_a_mention_from_us() -> None:
    assert mentions.written(f"`@everyone` \\<@{USER}>").as_text == ("@everyone", f"<@{USER}>")


@given(st.text())
def test_nothing_ever_pings_when_nothing_is_allowed(text: str) -> None:
    rule = mentions.allowed({"parse": []}, MESSAGE_DEFAULT)
    everybody = range(10**20)
    assert not mentions.pinged(text, rule, members=everybody, mentionable_roles=everybody, may_ping_everyone=True)
