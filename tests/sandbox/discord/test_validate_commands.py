"""Which commands Discord would register."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import validate_commands
from tests.sandbox.discord.test_validate import JSON


def _command(**changes: Any) -> dict[str, Any]:
    return {"name": "watch", "description": "Relay a LIVE.", **changes}


def _option(**changes: Any) -> dict[str, Any]:
    return {"name": "creator", "description": "Who.", "type": 3, **changes}


def _faults(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), code) for path, code, _ in validate_commands.command(body)]


def test_a_plain_command_is_fine() -> None:
    assert _faults(_command(options=[_option(required=True), _option(name="channel", type=7)])) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (_command(name="Watch"), ("name", "APPLICATION_COMMAND_INVALID_NAME")),
        (_command(name="watch it"), ("name", "APPLICATION_COMMAND_INVALID_NAME")),
        (_command(name="w" * 33), ("name", "BASE_TYPE_MAX_LENGTH")),
        (_command(description=""), ("description", "BASE_TYPE_REQUIRED")),
        (_command(description="d" * 101), ("description", "BASE_TYPE_MAX_LENGTH")),
        (_command(type=3), ("description", "APPLICATION_COMMAND_DESCRIPTION")),
        (_command(options=[_option()] * 2), ("options.1.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS")),
        (_command(options=[_option(type=12)]), ("options.0.type", "BASE_TYPE_CHOICES")),
        (
            _command(options=[_option(), _option(name="channel", required=True)]),
            ("options.1", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"),
        ),
        (
            _command(options=[_option(autocomplete=True, choices=[{"name": "a", "value": "a"}])]),
            ("options.0.autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID"),
        ),
        (
            _command(options=[_option(type=1, options=[_option(description="")])]),
            ("options.0.options.0.description", "BASE_TYPE_REQUIRED"),
        ),
        (_command(options=[_option(choices=[{"name": "n", "value": "v"}] * 26)]), ("options.0.choices", "BASE_TYPE_BAD_LENGTH")),
        (_command(default_member_permissions="manage"), ("default_member_permissions", "NUMBER_TYPE_COERCE")),
    ],
)
def test_the_fault_names_the_field(body: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in _faults(body)


def test_twenty_six_options_are_too_many() -> None:
    options = [_option(name=f"o{n}") for n in range(26)]
    assert _faults(_command(options=options)) == [("options", "BASE_TYPE_BAD_LENGTH")]


def test_eight_thousand_characters_are_the_most_of_a_command() -> None:
    choices = [{"name": "n" * 100, "value": "v" * 100}] * 20
    options = [_option(name=f"o{n}", choices=choices) for n in range(2)]
    assert _faults(_command(options=options)) == [("", "APPLICATION_COMMAND_TOO_LARGE")]


def test_a_hundred_commands_are_the_most_and_names_are_unique() -> None:
    many = [_command(name=f"c{n}") for n in range(101)]
    assert [code for _, code, _ in validate_commands.bulk(many)] == ["APPLICATION_COMMAND_TOO_MANY"]
    twice = [_command(), _command()]
    assert [(path, code) for path, code, _ in validate_commands.bulk(twice)] == [((1,), "APPLICATION_COMMANDS_DUPLICATE_NAME")]


def test_the_path_begins_with_the_place_in_the_list() -> None:
    assert next(iter(validate_commands.bulk([_command(), _command(name="b", description="")])))[0] == (1, "description")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "description", "options", "default_member_permissions"), JSON)))
def test_any_body_gets_an_answer(body: dict[str, Any]) -> None:
    assert isinstance(_faults(body), list)
