"""Whatever Discord limits is short enough in every language, and where a translation may grow, it is cut."""

from __future__ import annotations

import ast
import gettext
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.language import Language, known, language
from bot.relay import templates
from cogs.tune import view
from cogs.ui import panel_controls, panel_forms
from cogs.ui.panel import Press, Tab
from sandbox.discord import validate_components
from tests.doubles.tuned import tuned

COGS = Path(__file__).parents[3] / "cogs"
WATCH = tuned()
LIMITS = {
    ("Button", "label"): 80,
    ("Select", "placeholder"): 150,
    ("Modal", "title"): 45,
    ("Label", "text"): 45,
    ("Label", "description"): 100,
    ("TextInput", "placeholder"): 100,
    ("SelectOption", "label"): 100,
    ("SelectOption", "description"): 100,
    ("Embed", "title"): 256,
}
"""Discord's (components/reference, and an embed's), by what is made and what is said in it."""


class Wordy(gettext.NullTranslations):
    """Says everything at twice the length."""

    def gettext(self, message: str) -> str:
        return message + "~" * len(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


WORDY = Language("en", Wordy())


def said() -> Iterator[tuple[str, str, str]]:
    """What is made, what is said in it, and the English sentences of it, wherever they stand in a call as they are."""
    for file in sorted(COGS.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                made = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                for given in call.keywords:
                    for text in sentences(given.value):
                        yield made, given.arg or "", text


def sentences(value: ast.expr) -> Iterator[str]:
    for each in ast.walk(value):
        if isinstance(each, ast.Call) and (each.func.attr if isinstance(each.func, ast.Attribute) else "t") in ("t", "n"):
            yield from (part.value for part in each.args if isinstance(part, ast.Constant) and isinstance(part.value, str))


def test_what_buttons_menus_and_forms_say_is_short_enough_in_every_language() -> None:
    found = [(LIMITS[made, part], text) for made, part, text in said() if (made, part) in LIMITS]
    assert len(found) > 20
    too_long = [(locale, text) for locale in known() for most, text in found if len(language(locale)(text)) > most]
    assert too_long == []


def presses() -> Iterator[Press]:
    for control in (*panel_forms._LISTS, *panel_forms._NUMBERS):
        yield Press(WATCH.id, Tab.WHO, control)
    for kind in templates.PLACEHOLDERS:
        yield Press(WATCH.id, Tab.LOOK, "template", str(kind))


async def test_a_form_fits_in_a_language_of_many_words() -> None:
    for press in presses():
        modal = panel_forms.modal(press, panel_forms.form(WORDY, press, WATCH.settings))
        assert list(validate_components.modal(modal.to_dict())) == []


@pytest.mark.parametrize("tab", Tab)
async def test_a_section_fits_in_a_language_of_many_words(tab: Tab) -> None:
    for asks in ("", "reset", "77"):
        rows = view(panel_controls.rows(WORDY, WATCH, tab, asks=asks)).to_components()
        assert list(validate_components.message({"components": rows}, 0)) == []
