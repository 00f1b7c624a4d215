"""Whether Discord would take the components of a message, or a form. Pure.

Figures from Discord's OpenAPI description; the reason codes are those that Discord was seen to answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.discord.components import (
    BUTTON,
    CHECKBOX,
    CHECKBOXES,
    FILE_UPLOAD,
    LABEL,
    LINK,
    PREMIUM,
    RADIO,
    ROW,
    SELECTS,
    TEXT,
    TEXT_INPUT,
    TEXT_SELECT,
    walk,
)  # fmt: skip
from sandbox.discord.errors import Fault
from sandbox.discord.validate import Path, listed, mapping, shape, text, url
from sandbox.discord.values import COMPONENTS_V2

ROWS, BUTTONS, OPTIONS, COMPONENTS, V2_TEXT = 5, 5, 25, 40, 4000
V2_ONLY = frozenset({9, 10, 11, 12, 13, 14, 17})
"""Component types that need the components-v2 flag: section, text, thumbnail, gallery, file, separator, container."""
_IN_LABEL = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX}


def message(body: Mapping[str, Any], flags: int) -> Iterator[Fault]:
    """Faults of a message's components; `flags` are all that it has or will have."""
    yield from shape(("components",), body.get("components"), list)
    top, is_v2 = listed(body.get("components")), bool(flags & COMPONENTS_V2)
    every = list(walk(top))
    if is_v2:
        yield from _legacy_fields(body)
        if sum(len(str(one.get("content") or "")) for _, one in every if one.get("type") == TEXT) > V2_TEXT:
            yield ("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"Must be {V2_TEXT} or fewer in length."
    elif len(top) > ROWS:
        yield ("components",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length."
    if len(every) > COMPONENTS:
        yield ("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Must be {COMPONENTS} or fewer in length."
    for path, component in every:
        if not is_v2 and (len(path) == 2) != (component.get("type") == ROW) and isinstance(component.get("type"), int):
            allowed = "(1,)" if len(path) == 2 else "(2, 3, 5, 6, 7, 8)"
            yield (*path, "type"), "BASE_TYPE_CHOICES", f'Value of field "type" must be one of {allowed}.'
        else:
            yield from _component(path, component)
    yield from _unique(every)


def _legacy_fields(body: Mapping[str, Any]) -> Iterator[Fault]:
    for key in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(key):
            sentence = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            yield (key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", sentence


def _unique(every: list[tuple[Path, Mapping[str, Any]]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, component in every:
        custom_id = component.get("custom_id")
        if isinstance(custom_id, str):
            if custom_id in seen:
                yield (*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            seen.add(custom_id)


def _component(path: Path, component: Mapping[str, Any]) -> Iterator[Fault]:
    kind = component.get("type")
    if not isinstance(kind, int):
        yield (*path, "type"), "BASE_TYPE_REQUIRED", "This field is required"
    elif kind == ROW:
        yield from _row(path, component)
    elif kind == BUTTON:
        yield from _button(path, component)
    elif kind in SELECTS:
        yield from _select(path, component)
    elif kind == TEXT:
        yield from text(path, component, "content", V2_TEXT, required=True)
    elif kind not in V2_ONLY:
        yield (*path, "type"), "BASE_TYPE_CHOICES", 'Value of field "type" is not a component of a message.'


def _row(path: Path, row: Mapping[str, Any]) -> Iterator[Fault]:
    yield from shape((*path, "components"), row.get("components"), list)
    inside = [mapping(one).get("type") for one in listed(row.get("components"))]
    if not 1 <= len(inside) <= BUTTONS:
        yield (*path, "components"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {BUTTONS} in length."
    elif len(inside) > 1 and any(kind in SELECTS for kind in inside if isinstance(kind, int)):
        yield (*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"


def _button(path: Path, button: Mapping[str, Any]) -> Iterator[Fault]:
    style = button.get("style")
    yield from text(path, button, "label", 80)
    yield from _emoji(path, button.get("emoji"))
    if not isinstance(style, int) or style not in range(1, 7):
        yield (*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}."
        return
    needs = {LINK: "url", PREMIUM: "sku_id"}.get(style, "custom_id")
    yield from text(path, button, needs, {"url": 512, "sku_id": 20}.get(needs, 100), required=True)
    for key in {"url", "sku_id", "custom_id"} - {needs}:
        if button.get(key) is not None:
            code = "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"
            yield (*path, key), code, f"A button of style {style} has {needs}, not {key}"
    if style == LINK:
        yield from url((*path, "url"), button.get("url"))
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        yield path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji"


def _emoji(path: Path, raw: object) -> Iterator[Fault]:
    """An emoji is an object: a custom one has an id, any other is the sign itself."""
    if raw is None:
        return
    yield from shape((*path, "emoji"), raw, dict)
    emoji = mapping(raw)
    name, identifier = emoji.get("name"), emoji.get("id")
    is_sign = isinstance(name, str) and 0 < len(name) <= 32 and any(ord(letter) > 0x7F for letter in name)
    is_custom = identifier is not None and str(identifier).isdecimal()
    if isinstance(raw, Mapping) and not (is_custom or (identifier is None and is_sign)):
        yield (*path, "emoji", "name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji"


def _select(path: Path, menu: Mapping[str, Any], *, most: int = OPTIONS) -> Iterator[Fault]:
    yield from text(path, menu, "custom_id", 100, required=True)
    yield from text(path, menu, "placeholder", 150)
    least, limit = menu.get("min_values"), menu.get("max_values")
    yield from _number((*path, "min_values"), least, 0, most)
    yield from _number((*path, "max_values"), limit, 1, most)
    if isinstance(least, int) and isinstance(limit, int) and least > limit:
        yield (*path, "min_values"), "SELECT_COMPONENT_MIN_VALUES_EXCEEDED", "min_values is more than max_values"
    if menu.get("type") == TEXT_SELECT:
        yield from _options(path, menu, limit if isinstance(limit, int) else 1)


def _options(path: Path, menu: Mapping[str, Any], limit: int) -> Iterator[Fault]:
    options = listed(menu.get("options"))
    if not 1 <= len(options) <= OPTIONS:
        yield (*path, "options"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {OPTIONS} in length."
    elif limit > len(options):
        yield (*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_EXCEEDED", "max_values is more than there are options"
    values: list[object] = []
    for index, raw in enumerate(options):
        here, option = (*path, "options", index), mapping(raw)
        for key in ("label", "value"):
            yield from text(here, option, key, 100, required=True)
        yield from text(here, option, "description", 100)
        yield from _emoji(here, option.get("emoji"))
        if option.get("value") in values:
            yield (*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
        values.append(option.get("value"))
    if sum(bool(mapping(option).get("default")) for option in options) > limit:
        yield (*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More options are chosen than max_values"


def _number(path: Path, value: object, low: int, high: int) -> Iterator[Fault]:
    if value is not None and (not isinstance(value, int) or not low <= value <= high):
        yield path, "NUMBER_TYPE_MAX", f"int value should be between {low} and {high}."


# ---- forms


def modal(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a form: title, custom id, one to five rows, each with one field."""
    yield from text(("data",), body, "title", 45, required=True)
    yield from text(("data",), body, "custom_id", 100, required=True)
    path = ("data", "components")
    rows = listed(body.get("components"))
    if not 1 <= len(rows) <= ROWS:
        yield path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length."
    for index, row in enumerate(rows):
        yield from _form_row((*path, index), mapping(row))
    yield from _unique(list(walk(rows, path)))


def _form_row(path: Path, row: Mapping[str, Any]) -> Iterator[Fault]:
    kind = row.get("type")
    if kind == LABEL:
        yield from text(path, row, "label", 45, required=True)
        yield from text(path, row, "description", 100)
        yield from shape((*path, "component"), row.get("component"), dict)
        yield from _form_field((*path, "component"), mapping(row.get("component")))
    elif kind == ROW:
        inside = listed(row.get("components"))
        if len(inside) != 1:
            yield (*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be 1 in length."
        for index, one in enumerate(inside):
            here, field = (*path, "components", index), mapping(one)
            if field.get("type") != TEXT_INPUT:
                yield (*here, "type"), "BASE_TYPE_CHOICES", 'Value of field "type" must be one of (4,).'
                continue
            yield from text(here, field, "label", 45, required=True)
            yield from _form_field(here, field)
    elif kind != TEXT:
        yield (*path, "type"), "BASE_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).'


def _form_field(path: Path, field: Mapping[str, Any]) -> Iterator[Fault]:
    kind = field.get("type")
    if not isinstance(kind, int) or kind not in _IN_LABEL:
        yield (*path, "type"), "BASE_TYPE_CHOICES", 'Value of field "type" is not a field of a form.'
        return
    if kind in SELECTS:
        yield from _select(path, field)
        return
    yield from text(path, field, "custom_id", 100, required=True)
    if kind == TEXT_INPUT:
        if field.get("style") not in (1, 2):
            yield (*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}."
        least, most = field.get("min_length"), field.get("max_length")
        yield from _number((*path, "min_length"), least, 0, 4000)
        yield from _number((*path, "max_length"), most, 1, 4000)
        limit = most if isinstance(most, int) else 4000
        if isinstance(least, int) and least > limit:
            yield (*path, "min_length"), "TEXT_INPUT_MIN_LENGTH_EXCEEDED", "min_length is more than max_length"
        yield from text(path, field, "value", limit)
        yield from text(path, field, "placeholder", 100)
