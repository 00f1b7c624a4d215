"""What Discord shows of the commands before anybody uses one, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import discord
import pytest
from discord import app_commands
from discord.app_commands import TranslationContext, TranslationContextLocation, locale_str

from bot.client import MOST_DESCRIPTION_CHARS, MOST_MENU_CHARS, Catalogues
from bot.language import ENGLISH, known, language
from cogs.ui.panel import LANGUAGES
from sandbox.discord.commands import CHAT, walk
from tests.doubles.community import Community

TRANSLATED = "Saved."
"""Any sentence that stands in the Spanish catalogue would do."""


def described(community: Community) -> Iterator[dict[str, object]]:
    """All slash commands and all of their options, as Discord has them."""
    for command in community.discord.commands:
        if command.type == CHAT:
            yield command.body
            yield from (option for _, option in walk(command.options))


async def test_every_description_is_there_in_every_language_that_has_it(community: Community) -> None:
    for each in described(community):
        text = str(each["description"])
        said = {locale.value: language(locale.value)(text) for locale in discord.Locale}
        translated = {locale: words for locale, words in said.items() if words != text}
        assert (each.get("description_localizations") or {}) == translated


@pytest.mark.parametrize("locale", [locale for locale in known() if locale != ENGLISH])
async def test_no_description_is_left_in_english(community: Community, locale: str) -> None:
    said = [str(each["description"]) for each in described(community)]
    choices = [choice["name"] for each in described(community) for choice in cast("Any", each.get("choices") or ())]
    spoken = set(LANGUAGES.values())
    assert {text for text in (*said, *choices) if text not in spoken and language(locale)(text) == text} == set()


async def test_no_translation_is_longer_than_discord_takes(community: Community) -> None:
    for locale in known():
        for each in described(community):
            assert len(language(locale)(str(each["description"]))) <= MOST_DESCRIPTION_CHARS


async def test_a_menu_is_called_what_it_is_in_every_language(community: Community) -> None:
    menus = [command.body for command in community.discord.commands if command.type != CHAT]
    assert menus
    for body in menus:
        said = {locale.value: language(locale.value)(str(body["name"])) for locale in discord.Locale}
        assert body["name_localizations"] == {locale: words for locale, words in said.items() if words != body["name"]}
        assert all(language(locale)(str(body["name"])) != body["name"] for locale in known() if locale != ENGLISH)
        assert max(map(len, said.values())) <= MOST_MENU_CHARS


@pytest.mark.parametrize(
    ("location", "is_said"),
    [
        (TranslationContextLocation.command_description, True),
        (TranslationContextLocation.group_description, True),
        (TranslationContextLocation.parameter_description, True),
        (TranslationContextLocation.choice_name, True),
        (TranslationContextLocation.command_name, False),
        (TranslationContextLocation.group_name, False),
        (TranslationContextLocation.parameter_name, False),
    ],
)
async def test_what_is_typed_is_the_same_everywhere(location: TranslationContextLocation, *, is_said: bool) -> None:
    context = cast("app_commands.TranslationContextTypes", TranslationContext(cast("Any", location), cast("Any", None)))
    said = await Catalogues().translate(locale_str(TRANSLATED), discord.Locale.latin_american_spanish, context)
    assert said == (language("es")(TRANSLATED) if is_said else None)
    assert await Catalogues().translate(locale_str(TRANSLATED), discord.Locale.british_english, context) is None
