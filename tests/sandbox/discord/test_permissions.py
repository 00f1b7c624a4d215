"""Who may do what, by the rules that discord.py computes too."""

from __future__ import annotations

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import permissions
from sandbox.discord.permissions import BITS, Overwrite

SEE, SEND, PING = BITS["view_channel"], BITS["send_messages"], BITS["mention_everyone"]
GUILD, ROLE, ME = 1, 2, 3


def _in_channel(base: int, *overwrites: Overwrite) -> int:
    return permissions.in_channel(base, overwrites, guild_id=GUILD, role_ids=[ROLE], member_id=ME)


def test_the_names_and_bits_are_discords() -> None:
    theirs = discord.Permissions.VALID_FLAGS
    assert set(theirs.values()) == set(BITS.values())
    # Three names are newer in Discord's documentation than in discord.py.
    newer = {"use_vad", "manage_guild_expressions", "create_guild_expressions"}
    assert {name: theirs[name] for name in BITS if name not in newer} == {n: b for n, b in BITS.items() if n not in newer}


def test_a_misspelt_permission_is_an_error() -> None:
    with pytest.raises(ValueError, match="send_message'"):
        permissions.bits(["send_message"])


@given(st.integers(0, permissions.ALL))
def test_names_and_bits_are_each_others_inverse(value: int) -> None:
    known = value & permissions.ALL
    assert permissions.bits(permissions.names(known)) == known


def test_what_a_member_is_denied_beats_what_the_role_allows() -> None:
    role, member = Overwrite(ROLE, is_member=False, allow=SEND), Overwrite(ME, is_member=True, deny=SEND)
    assert not _in_channel(SEE | SEND, member, role) & SEND
    assert _in_channel(SEE, role) & SEND


def test_a_role_gives_back_what_everyone_is_denied() -> None:
    everyone, role = Overwrite(GUILD, is_member=False, deny=SEE), Overwrite(ROLE, is_member=False, allow=SEE)
    assert _in_channel(SEE, role, everyone) == SEE
    assert _in_channel(SEE, everyone) == 0


def test_an_overwrite_for_somebody_else_changes_nothing() -> None:
    assert _in_channel(SEE, Overwrite(99, is_member=True, deny=SEE), Overwrite(98, is_member=False, deny=SEE)) == SEE


def test_an_administrator_cannot_be_locked_out() -> None:
    assert _in_channel(BITS["administrator"], Overwrite(ME, is_member=True, deny=SEE)) == permissions.ALL


def test_who_cannot_see_can_do_nothing_and_who_cannot_send_cannot_ping() -> None:
    assert permissions.implied(SEND | PING) == 0
    assert permissions.implied(SEE | PING) == SEE


def test_the_owner_may_do_everything() -> None:
    assert permissions.in_guild(0, [], is_owner=True) == permissions.ALL
    assert permissions.in_guild(SEE, [SEND], is_owner=False) == SEE | SEND
