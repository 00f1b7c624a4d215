"""Which buttons, menus and forms Discord refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import validate_components
from sandbox.discord.errors import invalid_form
from sandbox.discord.values import COMPONENTS_V2

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("custom_id", "style", "label", "emoji", "url", "options", "min_values", "max_values", "components", "component")
COMPONENT = st.fixed_dictionaries({"type": st.integers(0, 25) | JSON}, optional=dict.fromkeys(FIELDS, JSON))


def _button(**more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Mine", "custom_id": "case:1", **more}


def _menu(*values: str, **more: Any) -> dict[str, Any]:
    options = [{"label": value, "value": value} for value in values or ("a", "b")]
    return {"type": 3, "custom_id": "kinds", "options": options, **more}


def _row(*inside: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(inside)}


def _faults(*components: dict[str, Any], flags: int = 0, **body: Any) -> list[tuple[str, str]]:
    found = validate_components.message({"components": list(components), **body}, flags)
    return [(".".join(map(str, path)).removeprefix("components."), code) for path, code, _ in found]


def test_a_row_of_buttons_a_menu_and_a_link_are_taken() -> None:
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://example.org"}
    buttons = [_button(custom_id=str(n), emoji={"name": "✅"}) for n in range(4)]
    assert _faults(_row(*buttons, link), _row(_menu()), _row({"type": 5, "custom_id": "who"})) == []


@pytest.mark.parametrize(
    ("inside", "fault"),
    [
        ([_button(custom_id="x" * 101)], ("0.components.0.custom_id", "BASE_TYPE_MAX_LENGTH")),
        ([_button(custom_id=None)], ("0.components.0.custom_id", "BASE_TYPE_REQUIRED")),
        ([_button(label="x" * 81)], ("0.components.0.label", "BASE_TYPE_MAX_LENGTH")),
        ([_button(label=None)], ("0.components.0", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED")),
        ([_button(style=9)], ("0.components.0.style", "BASE_TYPE_CHOICES")),
        ([_button(url="https://e.org")], ("0.components.0.url", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE")),
        ([_button(emoji="✅")], ("0.components.0.emoji", "MODEL_TYPE_CONVERT")),
        ([_button(emoji={"name": "tick"})], ("0.components.0.emoji.name", "COMPONENT_INVALID_EMOJI")),
        ([_button(custom_id=str(n)) for n in range(6)], ("0.components", "BASE_TYPE_BAD_LENGTH")),
        ([_button(), _button()], ("0.components.1.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")),
        ([_button(), _menu()], ("0.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED")),
        ([_menu(*map(str, range(26)))], ("0.components.0.options", "BASE_TYPE_BAD_LENGTH")),
        ([_menu("a", "a")], ("0.components.0.options.1.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED")),
        ([_menu(max_values=3)], ("0.components.0.max_values", "SELECT_COMPONENT_MAX_VALUES_EXCEEDED")),
        ([_menu(max_values=26)], ("0.components.0.max_values", "NUMBER_TYPE_MAX")),
        ([_menu(min_values=2, max_values=1)], ("0.components.0.min_values", "SELECT_COMPONENT_MIN_VALUES_EXCEEDED")),
        ([_menu(placeholder="x" * 151)], ("0.components.0.placeholder", "BASE_TYPE_MAX_LENGTH")),
        ([{"type": 4, "custom_id": "t", "style": 1}], ("0.components.0.type", "BASE_TYPE_CHOICES")),
    ],
)
def test_the_fault_names_the_component(inside: list[dict[str, Any]], fault: tuple[str, str]) -> None:
    found = _faults(_row(*inside))
    assert fault in found
    assert len(found) <= 2


def test_a_message_has_five_rows_and_nothing_but_rows() -> None:
    assert _faults(*[_row(_button(custom_id=str(n))) for n in range(6)]) == [("components", "BASE_TYPE_BAD_LENGTH")]
    assert _faults(_button()) == [("0.type", "BASE_TYPE_CHOICES")]
    assert _faults({"type": 10, "content": "text"}) == [("0.type", "BASE_TYPE_CHOICES")]


def test_a_components_v2_message_has_no_content_and_4000_characters_of_text() -> None:
    text = {"type": 10, "content": "x" * 2500}
    assert _faults(text, flags=COMPONENTS_V2) == []
    assert _faults(text, text, flags=COMPONENTS_V2) == [("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED")]
    legacy = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    assert _faults(text, flags=COMPONENTS_V2, content="text") == [("content", legacy)]


def _form(*rows: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    body = {"title": "Note", "custom_id": "note", "components": list(rows), **more}
    found = validate_components.modal(body)
    return [(".".join(map(str, path)).removeprefix("data."), code) for path, code, _ in found]


def _input(**more: Any) -> dict[str, Any]:
    return {"type": 4, "custom_id": "text", "style": 1, "label": "Note", **more}


def test_a_form_of_rows_or_of_labels_is_taken() -> None:
    bare = {key: value for key, value in _input().items() if key != "label"}
    assert _form(_row(_input())) == []
    assert _form({"type": 18, "label": "Note", "component": bare}) == []
    assert _form({"type": 18, "label": "Who", "component": {"type": 5, "custom_id": "who"}}) == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (_row(_input(), _input(custom_id="b")), ("components.0.components", "BASE_TYPE_BAD_LENGTH")),
        (_row(_input(label=None)), ("components.0.components.0.label", "BASE_TYPE_REQUIRED")),
        (_row(_input(label="x" * 46)), ("components.0.components.0.label", "BASE_TYPE_MAX_LENGTH")),
        (_row(_input(style=3)), ("components.0.components.0.style", "BASE_TYPE_CHOICES")),
        (_row(_input(max_length=4001)), ("components.0.components.0.max_length", "NUMBER_TYPE_MAX")),
        (_row(_input(max_length=3, value="four")), ("components.0.components.0.value", "BASE_TYPE_MAX_LENGTH")),
        (_row(_input(min_length=5, max_length=3)), ("components.0.components.0.min_length", "TEXT_INPUT_MIN_LENGTH_EXCEEDED")),
        (_row(_button()), ("components.0.components.0.type", "BASE_TYPE_CHOICES")),
        ({"type": 18, "label": "x" * 46, "component": _input()}, ("components.0.label", "BASE_TYPE_MAX_LENGTH")),
        ({"type": 2}, ("components.0.type", "BASE_TYPE_CHOICES")),
    ],
)
def test_the_fault_names_the_field_of_the_form(row: dict[str, Any], fault: tuple[str, str]) -> None:
    assert _form(row) == [fault]


def test_a_form_has_a_title_an_id_and_one_to_five_rows() -> None:
    assert _form(_row(_input()), title="x" * 46) == [("title", "BASE_TYPE_MAX_LENGTH")]
    assert _form(_row(_input()), custom_id="") == [("custom_id", "BASE_TYPE_REQUIRED")]
    assert _form() == [("components", "BASE_TYPE_BAD_LENGTH")]
    assert _form(*[_row(_input(custom_id=str(n))) for n in range(6)]) == [("components", "BASE_TYPE_BAD_LENGTH")]
    assert _form(_row(_input()), _row(_input())) == [("components.1.components.0.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")]


@given(st.lists(COMPONENT | JSON, max_size=4), st.sampled_from([0, COMPONENTS_V2]))
def test_any_components_get_an_answer_and_never_an_exception(components: list[Any], flags: int) -> None:
    body = {"components": [{"type": 1, "components": components}, *components]}
    assert invalid_form(validate_components.message(body, flags)).code == 50035
    assert invalid_form(validate_components.modal(body)).code == 50035
