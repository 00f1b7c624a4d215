"""Every sentence in every language: none missing, none left over, the same placeholders in each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from bot.language import ENGLISH, LOCALES, code, known, language

ROOT = Path(__file__).parents[2]
KEYWORDS = {"t": None, "N_": None, "n": (1, 2), "BadInput": (1,)}
"""The same that `make strings` looks for."""

SPOKEN = ("bot/relay", "bot/services", "bot/model", "bot/delivery", "bot/moderation", "cogs")
"""Where Discord's users are spoken to; the terminal speaks English. Beside these the modules of `bot/` itself."""

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
OTHERS = [locale for locale in known() if locale != ENGLISH]


def sentences() -> set[str | tuple[str, ...]]:
    """What stands in the code."""
    found: set[str | tuple[str, ...]] = set()
    for path in modules():
        for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            found.add(tuple(message) if isinstance(message, list | tuple) else message)
    # What is said both alone and as the first form of a plural has one entry, and gettext finds it there.
    return found - {forms[0] for forms in found if isinstance(forms, tuple)}


def modules() -> list[Path]:
    return [*sorted((ROOT / "bot").glob("*.py")), *(path for folder in SPOKEN for path in sorted((ROOT / folder).rglob("*.py")))]


def catalogue(locale: str) -> Catalog:
    name = locale.replace("-", "_")
    with (LOCALES / f"{name}.po").open("rb") as file:
        return read_po(file, locale=name)


def entries(locale: str) -> Iterator[tuple[str | tuple[str, ...], Message]]:
    for message in catalogue(locale):
        if message.id:
            yield (tuple(message.id) if isinstance(message.id, list | tuple) else message.id), message


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


@pytest.mark.parametrize("locale", OTHERS)
def test_every_sentence_is_translated_and_no_other(locale: str) -> None:
    written = {text for text, _ in entries(locale)}
    said = sentences()
    assert said, "nothing was extracted: has the shape of the calls changed?"
    assert said - written == set(), "`make strings`, then translate these"
    assert written - said == set(), "nobody says these any more: `make strings`"
    empty = [text for text, message in entries(locale) if not all(forms(message.string)) or message.fuzzy]
    assert empty == []


@pytest.mark.parametrize("locale", OTHERS)
def test_a_translation_names_what_the_sentence_names(locale: str) -> None:
    wrong = []
    for text, message in entries(locale):
        wanted = {name for form in forms(text) for name in _PLACEHOLDER.findall(form)}
        for form in forms(message.string):
            names = set(_PLACEHOLDER.findall(form))
            # One of something may be said in words: "A comment was removed".
            if names != wanted and not (isinstance(text, tuple) and names == wanted - {"count"}):
                wrong.append((text, form))
    assert wrong == []


@pytest.mark.parametrize("locale", OTHERS)
def test_a_translation_keeps_commands_and_emphasis(locale: str) -> None:
    marks = re.compile(r"`[^`]*`|\*\*")
    wrong = [
        (text, form)
        for text, message in entries(locale)
        for form in forms(message.string)
        if sorted(marks.findall(forms(text)[-1])) != sorted(marks.findall(form))
    ]
    assert wrong == []


def test_no_sentence_is_put_together_before_it_is_translated() -> None:
    """An f-string is never found in a catalogue."""
    call = re.compile(r"\b(?:t|N_|BadInput|t\.n)\(\s*f[\"']")
    assert [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in modules()
        for match in call.finditer(path.read_text(encoding="utf-8"))
    ] == []


def test_no_sentence_hides_inside_an_f_string() -> None:
    """There the extractor does not look: name the translated part first."""
    hidden = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                hidden += [f"{path.relative_to(ROOT)}:{node.lineno}" for inner in ast.walk(node) if _speaks(inner)]
    assert not hidden, "\n".join(hidden)


SHOWN = {"content", "label", "placeholder", "title", "footer"}
"""What Discord's messages and controls call their words. A command's description may be any sentence that `N_` marks."""


def test_nothing_is_shown_that_goes_around_the_catalogue() -> None:
    """`label="Stop"`, and `t_of(interaction)("Stop")`, which the extractor does not see."""
    hidden = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            given = [word.value for word in node.keywords if word.arg in SHOWN]
            if isinstance(node.func, ast.Call):
                given += node.args
            hidden += [f"{path.relative_to(ROOT)}:{node.lineno}" for each in given if _has_words(each)]
    assert not hidden, "\n".join(hidden)


MOST_BUTTON_CHARS = 80
"""Discord's limit (docs components/reference)."""


@pytest.mark.parametrize("locale", known())
def test_no_button_says_more_than_discord_takes(locale: str) -> None:
    """Whoever makes one is called like that: `Button`, `Act.button`, `_button`."""
    labels = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).lower().endswith("button"):
                given = [*node.args, *(word.value for word in node.keywords)]
                labels += [each.args[0].value for each in given if isinstance(each, ast.Call) and _speaks(each)]  # type: ignore[attr-defined]
    assert len(labels) > 30, "buttons are made otherwise by now"
    assert [label for label in map(language(locale), labels) if len(label) > MOST_BUTTON_CHARS] == []


def _has_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[a-z]{2}", node.value) is not None


def _speaks(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return False
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name in KEYWORDS and isinstance(node.args[0].value, str)


@pytest.mark.parametrize(
    ("locale", "found"), [("es-ES", "es"), ("es-419", "es"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("../x", "en")]
)
def test_discords_locales_find_the_nearest_language(locale: str, found: str) -> None:
    assert code(locale) == found


CATALOGUE = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=n > 1;\\n"

msgid "Keep"
msgstr "{said}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogues as a translator names them, by gettext's custom."""
    for name in ("es", "pt", "pt_BR", "zh_CN", "sv_SE"):
        (tmp_path / f"{name}.po").write_text(CATALOGUE.format(said=name), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("pt-BR", "pt_BR"),
        ("pt-PT", "pt"),
        ("es-419", "es"),
        ("es-ES", "es"),
        ("zh-CN", "zh_CN"),
        ("zh-TW", "Keep"),
        ("sv-SE", "sv_SE"),
        ("en-US", "Keep"),
        ("ja", "Keep"),
    ],
)
def test_a_region_has_its_own_catalogue_else_its_languages_else_english(folder: Path, locale: str, said: str) -> None:
    assert language(locale, folder)("Keep") == said


def test_every_locale_of_discords_may_have_a_catalogue_that_counts(folder: Path) -> None:
    for locale in (each.value for each in discord.Locale):
        (folder / f"{locale.replace('-', '_')}.po").write_text(CATALOGUE.format(said="x"), encoding="utf-8")
    for locale in (each.value for each in discord.Locale):
        spoken = language(locale, folder)
        assert (spoken.locale, spoken("Keep")) == (locale, "x")
        assert spoken.number(12_345).replace("\xa0", "").replace("\u202f", "").strip(".,")[:2] == "12"


def test_counts_have_their_form_and_figures_their_grouping() -> None:
    english, spanish = language("en"), language("es-ES")
    assert english.n("{count} line left out", "{count} lines left out", 12_345) == "12,345 lines left out"
    assert spanish.n("{count} line left out", "{count} lines left out", 1) != "1 line left out"
    assert spanish.number(12_345) == "12.345"
