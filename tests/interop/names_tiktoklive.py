"""Runs in TikTokLive's own environment: prints the names that its users write, by category, as JSON. Names alone, no text."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterable

import TikTokLive  # type: ignore[import-not-found]
from TikTokLive import TikTokLiveClient, events
from TikTokLive.client.web.web_settings import WebDefaults  # type: ignore[import-not-found]

BASES = ("Event", "ProtoEvent", "CustomEvent")
"""Nobody registers for these."""


def public(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if not name.startswith("_") and name not in ("self", "kwargs")})


def errors() -> set[str]:
    """Every exception of its own, in whichever module."""
    found = set()
    for module in pkgutil.walk_packages(TikTokLive.__path__, "TikTokLive."):
        if ".proto" not in module.name:
            members = vars(importlib.import_module(module.name)).values()
            found |= {
                each.__name__
                for each in members
                if isinstance(each, type) and issubclass(each, Exception) and each.__module__.startswith("TikTokLive")
            }
    return found


client = TikTokLiveClient(unique_id="@alice")
entries = (TikTokLiveClient, TikTokLiveClient.run, TikTokLiveClient.connect, TikTokLiveClient.start, TikTokLiveClient.disconnect)
found = {
    "options": public([*(name for each in entries for name in inspect.signature(each).parameters), *dir(WebDefaults)]),
    "methods": public([*dir(client), *(f"web.{name}" for name in dir(client.web) if not name.startswith("_"))]),
    "events": public(name for name in dir(events) if name.endswith("Event") and name not in BASES),
    "errors": public(errors()),
}
sys.stdout.write(json.dumps(found) + "\n")
