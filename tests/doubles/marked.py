"""A language in which every translation is marked, so that whatever goes around the catalogue can be seen.

Names, numbers, Discord's markup and what stands in backticks are nobody's language and need no mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

import bot.language as module
from bot.errors import BadInput
from bot.language import LOCALES, Language, language
from bot.model.message import Embed, Message
from bot.relay.voice import voice

MARKED = "eo"

NAMES = {"alice", "ann", "bob", "eve", "rose", "lou", "mod", "tiktok", "english", MARKED, "json", "utf"}

_NO_WORDS = re.compile(r"⟦[^⟧]*⟧|`[^`]*`|\{\w*\}|<[^<>\n]*>|h\w{2}ps\\?://[^\s⟦]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


@contextmanager
def marked(folder: Path) -> Iterator[Language]:
    """Every sentence of the Spanish catalogue as it stands in the code, all but its placeholders and code in brackets."""
    with (LOCALES / "es.po").open("rb") as file:
        spoken = read_po(file, locale="es")
    catalogue = Catalog(locale=MARKED)
    for message in filter(lambda each: each.id, spoken):
        said = _marked(message.id) if isinstance(message.id, str) else tuple(map(_marked, message.id))
        catalogue.add(message.id, string=said)
    with (folder / f"{MARKED}.po").open("wb") as file:
        write_po(file, catalogue)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "LOCALES", folder)
        yield language(MARKED)
    language.cache_clear()
    voice.cache_clear()


def _marked(text: str) -> str:
    parts = re.split(r"(`[^`]*`|\{\w*\})", text)
    return "".join(part if number % 2 or not part else f"⟦{part}⟧" for number, part in enumerate(parts))


def unmarked(said: str) -> list[str]:
    """The words in it that no catalogue has."""
    return [word for word in _WORD.findall(_NO_WORDS.sub(" ", said)) if word.lower() not in NAMES]


def nothing_unmarked(all_said: Iterable[str], *, typed: Iterable[str] = ()) -> None:
    """All of it came out of the catalogue, but for what was `typed`."""
    said, own = list(all_said), set(typed)
    assert any("⟦" in each for each in said), "nothing of it was translated"
    around = {each: found for each in said if (found := [word for word in unmarked(each) if word not in own])}
    assert not around, around


# --- All that something says ---------------------------------------------------------------------------------------------


def of_embed(embed: Embed) -> Iterator[str]:
    yield from (embed.title, embed.description, embed.footer)
    for field in embed.fields:
        yield from (field.name, field.value)


def of_message(message: Message) -> Iterator[str]:
    yield message.content
    for embed in message.embeds:
        yield from of_embed(embed)
    yield from (button.label for row in message.buttons for button in row)


def of_answer(embed: discord.Embed) -> Iterator[str]:
    """An embed of a private answer."""
    yield from (embed.title or "", embed.description or "", embed.footer.text or "")
    for field in embed.fields:
        yield from (str(field.name), str(field.value))


def of_item(item: discord.ui.Item[Any]) -> Iterator[str]:
    shown = item.to_component_dict()
    yield from (str(shown.get(name) or "") for name in ("label", "placeholder"))
    for option in shown.get("options", ()):
        yield from (option["label"], option.get("description") or "")


def refused(read: Callable[[], object], t: Language) -> str:
    """What somebody is told whose input cannot be read."""
    with pytest.raises(BadInput) as refusal:
        read()
    return t(refusal.value.text, **refusal.value.values)
