"""Every sentence that a user of Discord sees, in their language: one gettext catalogue for each (`bot/locales/<code>.po`).

A language is called as Discord calls it, `es` or `pt-BR`; gettext's files have `_` for the hyphen (`pt_BR.po`).

English stands in the code: `t("Watching {where}.", where=…)`, `t.n("{count} line", "{count} lines", count)`, and `N_("…")` for
what is translated later. `make strings` brings the catalogues up to date; a test finds whatever is missing there.
"""

from __future__ import annotations

import gettext
import io
from functools import lru_cache
from pathlib import Path

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = Path(__file__).parent / "locales"

ENGLISH = "en"


class Language:
    """One language. `locale` is its code, like "es" or "pt-BR"."""

    def __init__(self, locale: str, translations: gettext.NullTranslations) -> None:
        self.locale = locale
        self._translations = translations
        self._babel = Locale.parse(locale, sep="-")

    def __call__(self, text: str, /, **values: object) -> str:
        """The sentence, with the values put where it names them."""
        said = self._translations.gettext(text)
        return said.format(**values) if values else said

    def n(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The form for this count; `{count}` is the number as this language writes it."""
        return self._translations.ngettext(one, many, count).format(count=self.number(count), **values)

    def number(self, number: int) -> str:
        """`1,234`, `1.234`, as this language groups digits."""
        return f"{number:,}" if self.locale == ENGLISH else format_decimal(number, locale=self._babel)


def N_(text: str) -> str:  # noqa: N802  # gettext's own name
    """Marks a sentence for the catalogue; whoever shows it translates it."""
    return text


def known(folder: Path | None = None) -> tuple[str, ...]:
    """The codes of all languages that the folder has (ours without one), English first."""
    return (ENGLISH, *sorted(path.stem.replace("_", "-") for path in (folder or LOCALES).glob("*.po")))


def code(locale: str, folder: Path | None = None) -> str:
    """The language that comes nearest to one of Discord's locales: that of the region (`pt-BR`), else the language itself (`es`
    for `es-419`), else English.
    """
    among = known(folder)
    return next((each for each in (locale, locale.partition("-")[0]) if each in among), ENGLISH)


@lru_cache(maxsize=64)
def language(locale: str, folder: Path | None = None) -> Language:
    """The language for one of Discord's locales."""
    found = code(locale, folder)
    if found == ENGLISH:
        return Language(ENGLISH, gettext.NullTranslations())
    name = found.replace("-", "_")
    with ((folder or LOCALES) / f"{name}.po").open("rb") as file:
        compiled = io.BytesIO()
        # Compiled in memory: what stands in the repository is what a translator edits, and nothing else.
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return Language(found, gettext.GNUTranslations(compiled))
