"""Buttons, menus and forms: their numbers, how one is found, and what a person does with them. Pure.

Components stay Discord's own JSON; `validate_components` says which Discord takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.discord import invocation
from sandbox.discord.invocation import CannotUse, Resolved
from sandbox.discord.validate import Path, listed, mapping
from sandbox.discord.values import Json

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT, USERS, ROLES, MENTIONABLES, CHANNELS = range(1, 9)
SECTION, TEXT, LABEL, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 9, 10, 18, 19, 21, 22, 23
LINK, PREMIUM = 5, 6
"""Styles of buttons that tell the bot nothing."""

SELECTS = frozenset({TEXT_SELECT, USERS, ROLES, MENTIONABLES, CHANNELS})
_MEANS = {
    USERS: invocation.USER,
    ROLES: invocation.ROLE,
    MENTIONABLES: invocation.MENTIONABLE,
    CHANNELS: invocation.CHANNEL,
}


def walk(components: object, path: Path = ("components",)) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every component with its path, outer ones first: rows and containers, then what is in them."""
    for index, raw in enumerate(listed(components)):
        here, component = (*path, index), mapping(raw)
        yield here, component
        yield from walk(component.get("components"), (*here, "components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), Mapping):
                yield (*here, key), component[key]


def find(components: object, custom_id: str) -> Json | None:
    """The component of this custom id."""
    return next((dict(one) for _, one in walk(components) if one.get("custom_id") == custom_id), None)


def stored(components: list[Json]) -> list[Json]:
    """The components as Discord keeps them: what was left out is filled in, what was null is left out.

    Each has an `id`, counted from 1 where the sender named none.
    """
    taken = {one["id"] for _, one in walk(components) if one.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    return [_stored(_without_null(one), free) for one in components]


def _without_null(value: Any) -> Any:
    """The value without what is null in it, however deep."""
    if isinstance(value, dict):
        return {key: _without_null(one) for key, one in value.items() if one is not None}
    return [_without_null(one) for one in value] if isinstance(value, list) else value


def _stored(component: Json, free: Iterator[int]) -> Json:
    one = component | {"id": component.get("id") or next(free)}
    if one["type"] in SELECTS:
        one = {"min_values": 1, "max_values": 1} | one
    if "default_values" in one:
        # Whether they came as text or numbers, ids leave as text.
        one["default_values"] = [value | {"id": str(value["id"])} for value in one["default_values"]]
    if "components" in one:
        one["components"] = [_stored(inner, free) for inner in one["components"]]
    for key in ("accessory", "component"):
        if key in one:
            one[key] = _stored(one[key], free)
    return one


def pressed(components: object, custom_id: str) -> Json:
    """The `data` of a press. Raises CannotUse when there is no such button, or none that can be pressed."""
    button = _usable(components, custom_id)
    if button["type"] != BUTTON:
        raise CannotUse(f"{custom_id} is no button: choose from it.")
    if button.get("style") in (LINK, PREMIUM):
        raise CannotUse("This button leads elsewhere; the bot does not hear of it.")
    return {"custom_id": custom_id, "component_type": BUTTON, "id": button.get("id", 0)}


def chosen(components: object, custom_id: str, values: Sequence[Any], resolved: Resolved) -> Json:
    """The `data` of a choice; `values` as `picked` takes them."""
    menu = _usable(components, custom_id)
    if menu["type"] not in SELECTS:
        raise CannotUse(f"{custom_id} is no menu: press it.")
    taken = picked(menu, values, resolved)
    data: Json = {"custom_id": custom_id, "component_type": menu["type"], "id": menu.get("id", 0), "values": taken}
    return data if menu["type"] == TEXT_SELECT else data | {"resolved": resolved.parts}


def _usable(components: object, custom_id: str) -> Json:
    found = find(components, custom_id)
    if found is None or found.get("disabled"):
        raise CannotUse(f"This message has no control called {custom_id} that can be used.")
    return found


def picked(menu: Json, values: Sequence[Any], resolved: Resolved) -> list[str]:
    """What a person picked in a menu, as Discord sends it: values of options, or ids.

    `values` are values of options, or Channel, Member and Role, their ids, mentions or names. Raises CannotUse.
    """
    if menu["type"] in _MEANS:
        meant = {"name": menu["custom_id"], "type": _MEANS[menu["type"]], "channel_types": menu.get("channel_types")}
        taken = [invocation.identified(meant, value, resolved) for value in values]
    else:
        offered = [option["value"] for option in menu.get("options") or []]
        taken = [str(value) for value in values]
        for value in taken:
            if value not in offered:
                raise CannotUse(f"{value} is not among the choices of {menu['custom_id']}.")
    least = 1 if menu.get("min_values") is None else menu["min_values"]
    most = menu.get("max_values") or 1
    if len(set(taken)) != len(taken) or not least <= len(taken) <= most:
        raise CannotUse(f"{menu['custom_id']} takes {least} to {most} different choices.")
    return taken


# ---- forms


def filled(form: Json, fields: Mapping[str, Any], resolved: Resolved) -> Json:
    """The `data` of a form that is sent. `fields`: custom id -> text, or a list for menus, or an Upload's for files.

    What is not named keeps what the form came with. Raises CannotUse where Discord's client would not send it.
    """
    known = {one["custom_id"] for _, one in walk(form["components"]) if one.get("custom_id")}
    for name in fields:
        if name not in known:
            raise CannotUse(f"The form has no field called {name}.")
    data: Json = {"custom_id": form["custom_id"], "components": [_row(row, fields, resolved) for row in form["components"]]}
    return data | ({"resolved": resolved.parts} if resolved.parts else {})


def _row(row: Json, fields: Mapping[str, Any], resolved: Resolved) -> Json:
    if row["type"] == LABEL:
        return {"type": LABEL, "id": row.get("id", 0), "component": _field(row["component"], fields, resolved)}
    if row["type"] == ROW:
        return {"type": ROW, "id": row.get("id", 0), "components": [_field(one, fields, resolved) for one in row["components"]]}
    return {"type": row["type"], "id": row.get("id", 0)}


def _field(component: Json, fields: Mapping[str, Any], resolved: Resolved) -> Json:
    name, kind = component["custom_id"], component["type"]
    entry: Json = {"type": kind, "id": component.get("id", 0), "custom_id": name}
    if kind == CHECKBOX:
        return entry | {"value": bool(fields.get(name, component.get("default")))}
    if kind == TEXT_INPUT:
        return entry | {"value": _text(component, fields.get(name, component.get("value") or ""))}
    given = fields.get(name, _preset(component))
    values = list(given) if isinstance(given, list | tuple) else [given]
    if component.get("required", True) and not values:
        raise CannotUse(f"This field is required: {name}.")
    if kind == FILE_UPLOAD:
        return entry | {"values": [resolved.add_file(value) for value in values]}
    taken = picked(component, values, resolved) if values else []
    return entry | ({"value": taken[0] if taken else None} if kind == RADIO else {"values": taken})


def _preset(component: Json) -> list[str]:
    chosen_before = [option["value"] for option in component.get("options") or [] if option.get("default")]
    return chosen_before + [value["id"] for value in component.get("default_values") or []]


def _text(component: Json, value: object) -> str:
    text, name = str(value), component["custom_id"]
    if not text:
        if component.get("required", True):
            raise CannotUse(f"This field is required: {name}.")
        return text
    least, most = component.get("min_length") or 0, component.get("max_length") or 4000
    if not least <= len(text) <= most:
        raise CannotUse(f"{name} must have between {least} and {most} characters.")
    return text
