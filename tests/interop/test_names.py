"""The names that the installed packages really have: each has a row in docs/migrating.md, whatever our reference says of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop.environments import CONNECTOR, EDGE_CLIENT, HERE, TIKTOKLIVE, node_with, python_with
from tests.test_migrating import ERRORS, METHODS, OPTIONS, names_of_rows, plain

pytestmark = [pytest.mark.interop, pytest.mark.timeout(420)]

SECTIONS = {
    "options": {OPTIONS, METHODS},
    "methods": {METHODS},
    "types": {METHODS},
    "events": {"Events"},
    "errors": {ERRORS},
    "flags": {"Command line"},
}


def told_by(*command: str | Path) -> dict[str, list[str]]:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def without_row(told: dict[str, list[str]]) -> list[str]:
    missing = []
    for category, names in told.items():
        assert names, category
        listed = names_of_rows(SECTIONS[category])
        missing += [f"{category}: {name}" for name in names if plain(name.rpartition(".")[2]) not in listed]
    return missing


def test_every_name_of_tiktoklive_has_a_row() -> None:
    told = told_by(python_with(TIKTOKLIVE), HERE / "names_tiktoklive.py")
    assert (len(told["options"]) > 20, len(told["methods"]) > 50, len(told["events"]) > 60) == (True, True, True)
    assert not without_row(told)


def test_every_name_of_the_edges_own_client_has_a_row() -> None:
    assert not without_row(told_by(python_with(EDGE_CLIENT), HERE / "names_edge.py"))


def test_every_name_of_the_connector_has_a_row() -> None:
    told = told_by("node", HERE / "names_connector.mjs", node_with(CONNECTOR))
    assert (len(told["methods"]) > 20, len(told["errors"]) > 12) == (True, True)
    assert not without_row(told)
