"""What was picked in one of the panel's menus, as the change that it means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.errors import BadInput
from bot.language import known
from bot.links import LinkPolicy
from bot.model.watch import EventKind, Follows, Offline, Removal, Role, Style
from bot.services import tuning
from bot.services.tuning import Edit
from cogs.ui import panel


def edit(control: str, values: Sequence[str]) -> Edit:
    """The change. Raises `BadInput` for a control or a value that is not known (any more)."""
    build = _EDITS.get(control)
    try:
        if build is not None:
            return build(values)
    except (ValueError, IndexError):
        pass
    raise BadInput(panel.OUTDATED)


def _language(code: str) -> str:
    if code not in known():
        raise ValueError(code)
    return code


_EDITS: Mapping[str, Callable[[Sequence[str]], Edit]] = {
    "kinds": lambda values: tuning.own(kinds=frozenset(map(EventKind, values))),
    "follows": lambda values: tuning.own(follows=Follows(values[0])),
    "only_roles": lambda values: tuning.filters(only_roles=frozenset(map(Role, values))),
    "not_roles": lambda values: tuning.filters(not_roles=frozenset(map(Role, values))),
    "style": lambda values: tuning.look(style=Style(values[0])),
    "links": lambda values: tuning.look(links=LinkPolicy(values[0])),
    "locale": lambda values: tuning.look(locale=_language(values[0])),
    "offline": lambda values: tuning.own(offline=Offline(values[0])),
    "removal": lambda values: tuning.own(removal=Removal(values[0])),
    "reset_yes": lambda _: tuning.defaults,
}
