from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.discord.openapi import Conformance
from sandbox.discord.server import Discord
from tests.doubles.described import description


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories first: with two workers the last one would otherwise be waited for alone."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A suite that compared nothing says so."""
    if isinstance(missing := description(), str):
        terminalreporter.write_line(f"NO REQUEST WAS HELD AGAINST DISCORD'S DESCRIPTION: {missing}")


@pytest.fixture(autouse=True)
def as_described(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test sent to any sandbox Discord, and what that answered, is as Discord's own description says.

    A test that is marked `misbehaves` breaks the rules on purpose and is not held to them.
    """
    described = description()
    if isinstance(described, str) or request.node.get_closest_marker("misbehaves"):
        yield
        return
    conformance = Discord.conformance = Conformance(described)
    try:
        yield
    finally:
        Discord.conformance = None
    differing = [f"sent: {each}" for each in conformance.requests] + [f"answered: {each}" for each in conformance.answers]
    assert not differing, "Discord's description differs\n" + "\n".join(differing)
