"""Runs in tiktok-live-events' own environment: prints the names that its users write, by category, as JSON."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys

import tiktok_live_events  # type: ignore[import-not-found]
from tiktok_live_events import client as library

client = library.TikTokLive("alice")
shown = subprocess.run([sys.executable, "-m", "tiktok_live_events.cli", "--help"], capture_output=True, text=True, check=True)
constants = [name for name in vars(library) if name.isupper()]
found = {
    "options": [*inspect.signature(library.TikTokLive).parameters, *constants],
    "methods": sorted({name for name in (*dir(client), *vars(client)) if not name.startswith("_")}),
    "types": sorted(name for name in tiktok_live_events.__all__ if name != "TikTokLive"),
    "flags": sorted(set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown.stdout))),
}
sys.stdout.write(json.dumps(found) + "\n")
