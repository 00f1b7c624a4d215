"""These tests install other people's packages, so they run only when asked for: `make interop`, which sets INTEROP=1."""

from __future__ import annotations

import os

import pytest

collect_ignore_glob = [] if os.environ.get("INTEROP") else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "interop: another project's client or codec against ours; installs it first")
