"""In whose language somebody is answered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from cogs.ui.locale import t_of


@pytest.mark.parametrize(
    ("locale", "speaks"),
    [
        (discord.Locale.latin_american_spanish, "es"),
        (discord.Locale.spain_spanish, "es"),
        (discord.Locale.british_english, "en"),
        (discord.Locale.japanese, "en"),
    ],
)
def test_a_person_is_answered_in_the_language_of_their_client(locale: discord.Locale, speaks: str) -> None:
    interaction = SimpleNamespace(locale=locale, guild_locale=discord.Locale.german)
    assert t_of(cast("discord.Interaction[Any]", interaction)).locale == speaks
