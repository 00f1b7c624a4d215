from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories first: with two workers the last one would otherwise be waited for alone."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
