"""The controls: all of Discord's limits hold, in every language, whatever is set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.language import known, language
from bot.model.ids import ChannelId, DiscordRoleId, WatchId
from bot.model.watch import EventKind, PauseReason, Role, Watch, WatchSettings
from cogs.tune import view
from cogs.ui import panel_controls
from cogs.ui.panel import Press, Tab
from sandbox.discord import validate_components
from tests.doubles.tuned import LARGEST, tuned

T = language("en")
PLAIN, LARGE = tuned(), tuned(LARGEST, largest_ids=True)


def controls(watch: Watch, tab: Tab, *, asks: str = "") -> Mapping[str, dict[str, Any]]:
    """By the name of each, as Discord gets them."""
    found = {}
    for row in panel_controls.rows(T, watch, tab, asks=asks):
        for item in row:
            component = item.to_component_dict()
            press = Press.of(component["custom_id"])
            assert press is not None
            found[press.control] = component
    return found


def chosen(menu: Mapping[str, Any]) -> Sequence[str]:
    return [option["value"] for option in menu["options"] if option["default"]]


@pytest.mark.parametrize("locale", known())
@pytest.mark.parametrize("tab", Tab)
@pytest.mark.parametrize("asks", ["", "reset", str(2**63 - 1)])
@pytest.mark.parametrize("watch", [PLAIN, LARGE, tuned(paused_why=PauseReason.LEFT)], ids=["plain", "large", "paused"])
async def test_discord_takes_every_section_in_every_language(locale: str, tab: Tab, asks: str, watch: Watch) -> None:
    rows = view(panel_controls.rows(language(locale), watch, tab, asks=asks)).to_components()
    assert 3 <= len(rows) <= 5
    assert list(validate_components.message({"components": rows}, 0)) == []


@pytest.mark.parametrize("tab", Tab)
def test_every_control_names_its_watch_and_section_and_none_is_named_twice(tab: Tab) -> None:
    presses = [
        Press.of(item.to_component_dict()["custom_id"]) for row in panel_controls.rows(T, LARGE, tab, asks="1") for item in row
    ]
    assert {(press.watch_id, press.tab) for press in presses if press} == {(LARGE.id, tab)}
    assert len(set(presses)) == len(presses)


def test_menus_show_what_is_set() -> None:
    what = controls(PLAIN, Tab.WHAT)
    assert chosen(what["section"]) == ["what"]
    assert set(chosen(what["kinds"])) == set(EventKind) - {"join", "like"}
    assert chosen(what["follows"]) == ["lines"]
    assert chosen(controls(PLAIN, Tab.WHO)["only_roles"]) == []
    assert set(chosen(controls(LARGE, Tab.WHO)["not_roles"])) == set(Role)
    look = controls(LARGE, Tab.LOOK)
    assert (chosen(look["style"]), chosen(look["links"]), chosen(look["template"])) == (["embeds"], ["keep"], [])
    assert chosen(controls(LARGE, Tab.LIVE)["offline"]) == ["delete"]
    more = controls(LARGE, Tab.MORE)
    assert (chosen(more["locale"]), chosen(more["removal"])) == (["es"], ["remove"])


def test_templates_are_offered_for_the_kinds_that_have_some() -> None:
    values = [option["value"] for option in controls(PLAIN, Tab.LOOK)["template"]["options"]]
    assert values == ["chat", "gift", "follow", "share", "live", "join", "like"]


def test_a_role_is_shown_as_chosen_while_discord_has_it() -> None:
    watch = tuned(WatchSettings(ping_role_id=DiscordRoleId(5)))
    assert controls(watch, Tab.LIVE)["role"]["default_values"] == [{"id": 5, "type": "role"}]
    (role,) = panel_controls.rows(T, watch, Tab.LIVE, knows_role=False)[1]
    assert not role.to_component_dict().get("default_values")


def test_questions_are_asked_by_buttons_of_their_own() -> None:
    assert "role_anyway" not in controls(PLAIN, Tab.LIVE)
    assert controls(PLAIN, Tab.LIVE, asks="55")["role_anyway"]["custom_id"].endswith("role_anyway.55")
    assert set(controls(PLAIN, Tab.MORE)) >= {"pause", "reset", "preview"}
    assert set(controls(PLAIN, Tab.MORE, asks="reset")) >= {"reset_yes", "section_again"}
    assert "resume" in controls(tuned(paused_why=PauseReason.ASKED), Tab.MORE)


@pytest.mark.parametrize("locale", known())
async def test_discord_takes_the_choice_among_very_many_watches(locale: str) -> None:
    watches = [replace(LARGE, id=WatchId(number), channel_id=ChannelId(number)) for number in range(1, 100)]
    menu = panel_controls.choice(language(locale), watches, {1: "x" * 100, 2: "lounge"})
    rows = view([[menu]]).to_components()
    assert list(validate_components.message({"components": rows}, 0)) == []
    options = rows[0]["components"][0]["options"]
    assert len(options) == 25
    assert [option["label"] for option in options[1:3]] == ["#lounge", "#3"]
