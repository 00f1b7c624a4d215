"""Menus: what is picked is the one field that changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from bot.errors import BadInput
from bot.model.watch import Role, WatchSettings
from cogs.ui import panel, panel_choices
from tests.doubles.tuned import LARGEST


def flat(settings: WatchSettings) -> dict[str, Any]:
    values = asdict(settings)
    return {**values.pop("filters"), **values.pop("look"), **values}


@pytest.mark.parametrize(
    ("control", "values", "field", "becomes"),
    [
        ("kinds", ["chat", "like"], "kinds", {"chat", "like"}),
        ("follows", ["lines"], "follows", "lines"),
        ("only_roles", ["fan", "friend"], "only_roles", {Role.FAN, Role.FRIEND}),
        ("not_roles", [], "not_roles", frozenset()),
        ("style", ["rich"], "style", "rich"),
        ("links", ["drop"], "links", "drop"),
        ("locale", ["en"], "locale", "en"),
        ("offline", ["leave"], "offline", "leave"),
        ("removal", ["strike"], "removal", "strike"),
    ],
)
def test_a_choice_changes_its_own_field_and_no_other(control: str, values: list[str], field: str, becomes: object) -> None:
    before, after = flat(LARGEST), flat(panel_choices.edit(control, values)(LARGEST))
    assert {name for name in before if before[name] != after[name]} == {field}
    assert after[field] == becomes


def test_a_reset_is_a_new_watchs_settings_in_the_language_that_was_chosen() -> None:
    after = panel_choices.edit("reset_yes", [])(LARGEST)
    assert flat(after) == flat(WatchSettings()) | {"locale": "es"}


@pytest.mark.parametrize(
    ("control", "values"),
    [("kinds", ["telepathy"]), ("style", []), ("locale", ["xx"]), ("nothing", ["x"]), ("template", ["chat"])],
)
def test_what_another_version_offered_is_refused_politely(control: str, values: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        panel_choices.edit(control, values)
    assert caught.value.text == panel.OUTDATED
