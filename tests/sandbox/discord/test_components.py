"""What a person can do with buttons, menus and forms, and how it is written down."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord import components
from sandbox.discord.files import Upload
from sandbox.discord.invocation import CannotUse, Resolved
from sandbox.discord.world import World


@pytest.fixture
def resolved() -> Resolved:
    owner = World(lambda: 1_790_000_000.0).guild("fans").owner
    return Resolved(owner, lambda upload: {"id": "9", "filename": upload.filename})


def _row(*inside: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(inside)}


def _label(**component: Any) -> dict[str, Any]:
    return {"type": 18, "label": "It", "component": {"custom_id": "it", **component}}


def _form(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"title": "Form", "custom_id": "form", "components": list(rows)}


OPTIONS = [{"label": "A", "value": "a", "default": True}, {"label": "B", "value": "b"}]


def test_every_component_gets_a_number_of_its_own() -> None:
    stored = components.stored([_row({"type": 2, "id": 1}, {"type": 2}), _label(type=4)])
    numbers = [one["id"] for _, one in components.walk(stored)]
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    assert stored[0]["components"][0]["id"] == 1


def test_what_a_menu_leaves_out_is_filled_in_and_what_is_null_is_left_out() -> None:
    options = [{"label": "A", "value": "a", "emoji": None}]
    ((menu,),) = [row["components"] for row in components.stored([_row({"type": 3, "placeholder": None, "options": options})])]
    assert menu == {"min_values": 1, "max_values": 1, "type": 3, "id": 2, "options": [{"label": "A", "value": "a"}]}


def test_a_control_is_found_however_deep_it_stands() -> None:
    deep = [{"type": 17, "components": [{"type": 9, "components": [], "accessory": {"type": 2, "custom_id": "deep"}}]}]
    assert components.find(deep, "deep") == {"type": 2, "custom_id": "deep"}
    assert components.find(deep, "other") is None


def test_a_link_tells_the_bot_nothing() -> None:
    with pytest.raises(CannotUse, match="elsewhere"):
        components.pressed([_row({"type": 2, "style": 5, "custom_id": "it"})], "it")


@pytest.mark.parametrize("values", [[], ["a", "b", "a"], ["c"]])
def test_a_menu_takes_only_what_it_offers_and_as_many_as_it_says(values: list[str], resolved: Resolved) -> None:
    menu = {"type": 3, "custom_id": "it", "options": OPTIONS, "min_values": 1, "max_values": 2}
    with pytest.raises(CannotUse):
        components.picked(menu, values, resolved)
    assert components.picked(menu, ["b", "a"], resolved) == ["b", "a"]


@pytest.mark.parametrize(
    ("component", "given", "sent"),
    [
        ({"type": 4, "value": "preset"}, None, {"value": "preset"}),
        ({"type": 4, "required": False}, None, {"value": ""}),
        ({"type": 3, "options": OPTIONS}, None, {"values": ["a"]}),
        ({"type": 3, "options": OPTIONS}, "b", {"values": ["b"]}),
        ({"type": 19}, [Upload("old.json", b"{}")], {"values": ["9"]}),
        ({"type": 21, "options": OPTIONS}, "b", {"value": "b"}),
        ({"type": 22, "options": OPTIONS, "max_values": 2}, ["a", "b"], {"values": ["a", "b"]}),
        ({"type": 23}, True, {"value": True}),
    ],
)
def test_each_field_of_a_form_is_sent_in_its_own_way(
    component: dict[str, Any], given: Any, sent: dict[str, Any], resolved: Resolved
) -> None:
    data = components.filled(_form(_label(**component)), {} if given is None else {"it": given}, resolved)
    field = data["components"][0]["component"]
    assert {key: field[key] for key in sent} == sent
    assert list(data.get("resolved", {})) == (["attachments"] if component["type"] == 19 else [])


@pytest.mark.parametrize(
    ("component", "fields"),
    [
        ({"type": 4}, {}),
        ({"type": 4, "min_length": 3}, {"it": "ab"}),
        ({"type": 4, "max_length": 3}, {"it": "abcd"}),
        ({"type": 5}, {}),
        ({"type": 5}, {"it": ["nobody"]}),
        ({"type": 19}, {"it": ["no file"]}),
        ({"type": 4, "required": False}, {"other": "x"}),
    ],
)
def test_a_form_that_the_client_would_not_send_is_refused(
    component: dict[str, Any], fields: dict[str, Any], resolved: Resolved
) -> None:
    with pytest.raises(CannotUse):
        components.filled(_form(_label(**component)), fields, resolved)
