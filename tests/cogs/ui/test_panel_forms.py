"""Forms: within Discord's limits in every language; what is sent unchanged changes nothing."""

from __future__ import annotations

import pytest

from bot.errors import BadInput
from bot.language import known, language
from bot.model.ids import WatchId
from bot.model.watch import EventKind, WatchSettings
from bot.relay import templates
from bot.services import tuning
from cogs.ui import panel_forms
from cogs.ui.panel import Press, Tab
from sandbox.discord import validate_components
from tests.doubles.tuned import LARGEST

T = language("en")
PRESSES = [
    Press(WatchId(12), Tab.WHO, control)
    for control in ("only_users", "not_users", "only_words", "not_words", "hidden_words", "min_diamonds", "cooldown")
] + [Press(WatchId(12), Tab.LOOK, "template", kind) for kind in templates.PLACEHOLDERS]


def sent(*boxes: str) -> dict[str, object]:
    """As Discord sends a form."""
    rows = [{"type": 18, "component": {"type": 4, "custom_id": f"box{n}", "value": text}} for n, text in enumerate(boxes)]
    return {"custom_id": "x", "components": rows}


@pytest.mark.parametrize("locale", known())
@pytest.mark.parametrize("settings", [WatchSettings(), LARGEST], ids=["plain", "large"])
async def test_discord_takes_every_form_in_every_language(locale: str, settings: WatchSettings) -> None:
    for press in PRESSES:
        assert panel_forms.is_form(press.control)
        modal = panel_forms.modal(press, panel_forms.form(language(locale), press, settings))
        assert list(validate_components.modal(modal.to_dict())) == []
        assert modal.custom_id.startswith(f"{press.custom_id}@")
        assert len(modal.custom_id) <= 100
        assert modal.is_finished(), "discord.py must not keep it"


@pytest.mark.parametrize("settings", [WatchSettings(), LARGEST], ids=["plain", "large"])
@pytest.mark.parametrize("press", PRESSES, ids=lambda press: f"{press.control}{press.about}")
def test_what_is_sent_as_it_came_changes_nothing(settings: WatchSettings, press: Press) -> None:
    text = panel_forms.typed(sent(*panel_forms.form(T, press, settings).boxes))
    assert panel_forms.edit(press, text)(settings) == settings


@pytest.mark.parametrize("press", PRESSES, ids=lambda press: f"{press.control}{press.about}")
def test_an_empty_form_takes_the_setting_away(press: Press) -> None:
    emptied = panel_forms.edit(press, "")(LARGEST)
    assert set(panel_forms.form(T, press, emptied).boxes) in ({""}, {"0"})


def test_a_long_list_stands_in_several_boxes_and_has_room_for_more() -> None:
    press = Press(WatchId(1), Tab.LOOK, "hidden_words")
    boxes = panel_forms.form(T, press, LARGEST).boxes
    assert [len(box) > 100 for box in boxes] == [True, True, True]
    assert tuple("\n".join(boxes).split("\n")) == LARGEST.look.hidden_words
    nearly_full = tuning.look(hidden_words=LARGEST.look.hidden_words[:95])(LARGEST)
    first, second = panel_forms.form(T, press, nearly_full).boxes
    assert (len(first), second) == (95 * 41 - 1, "")


def test_lists_are_read_with_commas_and_line_breaks() -> None:
    press = Press(WatchId(1), Tab.WHO, "not_words")
    assert panel_forms.edit(press, "spam, scam\n/a{1,2}/\nspam")(WatchSettings()).filters.not_words == (
        "spam",
        "scam",
        "/a{1,2}/",
    )
    users = panel_forms.edit(Press(WatchId(1), Tab.WHO, "only_users"), "@Bob, eve")(WatchSettings()).filters
    assert users.only_users == ("bob", "eve")
    assert panel_forms.parse_hidden("a b, *c*\n\nd") == ("a b", "*c*", "d")


@pytest.mark.parametrize(
    ("control", "about", "text", "says"),
    [
        ("only_words", "", "/(/", "This regular expression cannot be used"),
        ("not_users", "", "x" * 101, "An entry has at most 100 characters."),
        ("hidden_words", "", "***", "A word to hide"),
        ("min_diamonds", "", "1,5", "Type a whole number from 0 to 1000000, in digits only."),
        ("min_diamonds", "", "1000001", "Type a whole number"),
        ("cooldown", "", "-1", "Type a whole number from 0 to 1440"),
        ("cooldown", "", "٣", "Type a whole number"),
        ("template", "chat", "{nmae} {text}", "Did you mean `{name}`?"),
        ("template", "chat", "hello", "must hold `{text}`"),
        ("template", "deletion", "x", "deletion has no template."),
        ("template", "nonsense", "x", "nonsense has no template."),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(control: str, about: str, text: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        panel_forms.edit(Press(WatchId(1), Tab.WHO, control, about), text)
    assert says in str(caught.value)


def test_numbers_are_kept_in_their_own_units() -> None:
    assert panel_forms.edit(Press(WatchId(1), Tab.WHAT, "min_diamonds"), " 250 ")(WatchSettings()).min_diamonds == 250
    assert panel_forms.edit(Press(WatchId(1), Tab.LIVE, "cooldown"), "15")(WatchSettings()).ping_cooldown_s == 900


def test_a_template_lists_its_placeholders_where_it_is_empty() -> None:
    asked = panel_forms.form(T, Press(WatchId(1), Tab.LOOK, "template", "gift"), WatchSettings())
    assert asked.example == "{name} {handle} {badges} {creator} {gift} {count} {diamonds}"
    own = tuning.template(EventKind.GIFT, "{gift}!")(WatchSettings())
    assert panel_forms.form(T, Press(WatchId(1), Tab.LOOK, "template", "gift"), own).boxes == ("{gift}!",)


def test_a_menu_that_opens_a_form_says_what_the_form_is_about() -> None:
    press = Press(WatchId(1), Tab.LOOK, "template")
    assert panel_forms.pressed(press, ["gift"]).about == "gift"
    assert panel_forms.pressed(Press(WatchId(1), Tab.LOOK, "style"), ["rich"]).about == ""
