"""The forms of `/tune`'s panel: what they ask, what they come filled with, and which change a sent one means. Pure.

Each form is one field of the settings, so that nobody overwrites what they did not touch. A long list stands in several boxes:
Discord's hold 4,000 characters each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import discord

from bot.errors import BadInput
from bot.language import N_, Language
from bot.model.watch import EventKind, WatchSettings
from bot.relay import filters, templates
from bot.services import tuning
from bot.services.tuning import Edit
from bot.text import cut
from bot.words import WordFilter
from cogs.ui.panel import KINDS, Press, minutes_of

MOST_DIAMONDS = 1_000_000
MOST_MINUTES = 1440
MOST_BOX_CHARS = 4000
"""Discord's, of one text input (components/reference)."""

MOST_TITLE_CHARS = MOST_CAPTION_CHARS = 45
MOST_HINT_CHARS = 100
"""Discord's, of a form's title, of a label, of what stands below it and in an empty box. Translations may be longer."""

_NUMBER_CHARS = 7


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `boxes` are what its text inputs are filled with; `hint` stands below the label, `example` in an empty box."""

    title: str
    label: str
    hint: str
    boxes: tuple[str, ...]
    example: str = ""
    most_chars: int = MOST_BOX_CHARS


@dataclass(frozen=True, slots=True)
class _List:
    """A list of entries, one in each line."""

    title: str
    hint: str
    example: str
    entries: Callable[[WatchSettings], Sequence[str]]
    edit: Callable[[str], Edit]

    def form(self, t: Language, settings: WatchSettings) -> Form:
        boxes = tuple(_boxes(self.entries(settings)))
        return Form(t(self.title), t("One in each line"), t(self.hint), boxes, t(self.example))


@dataclass(frozen=True, slots=True)
class _Number:
    """A whole number; an empty box is 0."""

    title: str
    hint: str
    most: int
    value: Callable[[WatchSettings], int]
    edit: Callable[[int], Edit]

    def form(self, t: Language, settings: WatchSettings) -> Form:
        label = t("A number from 0 to {most}", most=t.number(self.most))
        return Form(t(self.title), label, t(self.hint), (str(self.value(settings)),), most_chars=_NUMBER_CHARS)


_USERS = N_("Handles or ids. Empty: everybody.")
_NO_USERS = N_("Handles or ids. Empty: nobody is left out.")
_WORDS = N_("Only chat with one of these; /between slashes/ a regular expression. Empty: all.")
_NO_WORDS = N_("Chat with one of these is left out; /between slashes/ a regular expression.")
_HIDDEN = N_("Shown as ••• in lines. * stands for any letters, as in *bad*.")
_NAMES = N_("alice")
_EXAMPLES = N_("giveaway")

_LISTS: Mapping[str, _List] = {
    "only_users": _List(
        N_("Only these users"), _USERS, _NAMES, lambda s: s.filters.only_users,
        lambda text: tuning.filters(only_users=filters.parse_users(text)),
    ),
    "not_users": _List(
        N_("Never these users"), _NO_USERS, _NAMES, lambda s: s.filters.not_users,
        lambda text: tuning.filters(not_users=filters.parse_users(text)),
    ),
    "only_words": _List(
        N_("Only with these words"), _WORDS, _EXAMPLES, lambda s: s.filters.only_words,
        lambda text: tuning.filters(only_words=filters.parse_words(text)),
    ),
    "not_words": _List(
        N_("Never with these words"), _NO_WORDS, _EXAMPLES, lambda s: s.filters.not_words,
        lambda text: tuning.filters(not_words=filters.parse_words(text)),
    ),
    "hidden_words": _List(
        N_("Hidden words"), _HIDDEN, _EXAMPLES, lambda s: s.look.hidden_words,
        lambda text: tuning.look(hidden_words=parse_hidden(text)),
    ),
}  # fmt: skip

_NUMBERS: Mapping[str, _Number] = {
    "min_diamonds": _Number(
        N_("Smallest gift"), N_("Gifts, or combos, worth fewer diamonds are left out."), MOST_DIAMONDS,
        lambda s: s.min_diamonds, lambda number: tuning.own(min_diamonds=number),
    ),
    "cooldown": _Number(
        N_("Pause between pings"), N_("Minutes after a ping in which a new LIVE is posted without one."), MOST_MINUTES,
        lambda s: minutes_of(s.ping_cooldown_s), lambda number: tuning.own(ping_cooldown_s=60 * number),
    ),
}  # fmt: skip


def is_form(control: str) -> bool:
    """Whether this control opens a form."""
    return control == "template" or control in _LISTS or control in _NUMBERS


def form(t: Language, press: Press, settings: WatchSettings) -> Form:
    """What this control asks for. Raises `BadInput` for a kind of event that has no template."""
    if press.control in _LISTS:
        return _LISTS[press.control].form(t, settings)
    if press.control in _NUMBERS:
        return _NUMBERS[press.control].form(t, settings)
    kind = _kind(press.about)
    names = " ".join(f"{{{name}}}" for name in templates.PLACEHOLDERS[kind])
    title = t("Template: {kind}", kind=t(KINDS[kind][0]))
    hint = t("Empty: as the style has it.")
    return Form(title, t("Your line"), hint, (templates.of(settings.look, kind),), names, templates.MOST_TEMPLATE_CHARS)


def edit(press: Press, text: str) -> Edit:
    """The change that a sent form means. Raises `BadInput` with what is wrong."""
    if press.control in _LISTS:
        return _LISTS[press.control].edit(text)
    if press.control in _NUMBERS:
        number = _NUMBERS[press.control]
        return number.edit(parse_number(text, number.most))
    kind = _kind(press.about)
    return tuning.template(kind, templates.parse(kind, text))


def modal(press: Press, asked: Form) -> discord.ui.Modal:
    """The form as Discord's. It is told to stop, so that nobody waits for it: what is sent is found by its custom id."""
    made = discord.ui.Modal(title=cut(asked.title, MOST_TITLE_CHARS), custom_id=replace(press, filled=_mark(asked)).custom_id)
    style = discord.TextStyle.short if asked.most_chars == _NUMBER_CHARS else discord.TextStyle.paragraph
    for number, filled in enumerate(asked.boxes):
        box: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=f"box{number}",
            style=style,
            required=False,
            default=filled or None,
            placeholder=cut(asked.example, MOST_HINT_CHARS) or None,
            max_length=asked.most_chars,
        )
        label, hint = cut(asked.label, MOST_CAPTION_CHARS), cut(asked.hint, MOST_HINT_CHARS)
        made.add_item(discord.ui.Label(text=label, description=hint, component=box))
    made.stop()
    return made


class ChangedMeanwhile(Exception):
    """Somebody changed the very field that a form is about while it was open."""


def unless_changed(t: Language, press: Press, edit: Edit) -> Edit:
    """The change of a sent form, if the field is still as the form came filled. Raises `ChangedMeanwhile`."""

    def guarded(settings: WatchSettings) -> WatchSettings:
        if _mark(form(t, press, settings)) != press.filled:
            raise ChangedMeanwhile
        return edit(settings)

    return guarded


def _mark(asked: Form) -> str:
    """A checksum of what a form is filled with. A custom id has no room for a list of words."""
    return f"{crc32(chr(0).join(asked.boxes).encode()):08x}"


def typed(submitted: Mapping[str, Any]) -> str:
    """What stands in a sent form's boxes, joined by line breaks."""
    return "\n".join(str(value) for value in _values(submitted.get("components") or ()))


def _values(components: Iterable[Mapping[str, Any]]) -> Iterator[object]:
    for each in components:
        inside = each.get("component")
        yield from _values((inside,) if inside else each.get("components") or ())
        if "value" in each:
            yield each["value"]


def parse_number(text: str, most: int) -> int:
    """A whole number without signs in it. Raises `BadInput`."""
    digits = text.strip() or "0"
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _NUMBER_CHARS and int(digits) <= most):
        raise BadInput("Type a whole number from 0 to {most}, in digits only.", most=most)
    return int(digits)


def parse_hidden(text: str) -> tuple[str, ...]:
    """Words to hide, out of a list with commas or line breaks. Raises `BadInput` for what cannot be hidden."""
    words = tuple(dict.fromkeys(word.strip() for line in text.splitlines() for word in line.split(",") if word.strip()))
    WordFilter(words)
    return words


def _boxes(entries: Sequence[str]) -> Iterator[str]:
    """The entries, one in each line, in as few boxes as hold them; there is always room for some more."""
    box = ""
    for entry in entries:
        if box and len(box) + 1 + len(entry) > MOST_BOX_CHARS:
            yield box
            box = ""
        box = f"{box}\n{entry}" if box else entry
    yield box
    if len(box) > MOST_BOX_CHARS // 2:
        yield ""


def _kind(name: str) -> EventKind:
    kinds = {str(kind): kind for kind in templates.PLACEHOLDERS}
    if name not in kinds:
        raise BadInput("{kind} has no template.", kind=name)
    return kinds[name]


def pressed(press: Press, values: Sequence[str]) -> Press:
    """A menu that opens a form: what was chosen in it is what the form is about."""
    return replace(press, about=values[0]) if press.control == "template" and values else press
