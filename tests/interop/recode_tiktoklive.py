"""Runs in TikTokLive's own environment: payloads in, the same encoded by its classes out. JSON lines `{method, payload}`.

A payload that its classes cannot read or write comes back as `{method, error}`.
"""

from __future__ import annotations

import base64
import json
import sys

from TikTokLive.events.proto_events import EVENT_MAPPINGS  # type: ignore[import-not-found]

FIRST_USES = 3
"""Some of its classes fail until they have been built once, so a line that fails is tried again."""


def recoded(method: str, payload: bytes) -> bytes:
    kind = EVENT_MAPPINGS[method]
    for attempt in range(FIRST_USES):
        try:
            return bytes(kind().parse(payload))
        except AttributeError:
            if attempt == FIRST_USES - 1:
                raise
    raise AssertionError


for line in sys.stdin:
    asked = json.loads(line)
    answer = {"method": asked["method"]}
    try:
        answer["payload"] = base64.b64encode(recoded(asked["method"], base64.b64decode(asked["payload"]))).decode()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other side wants to know
        answer["error"] = f"{type(error).__name__}: {error}"
    sys.stdout.write(json.dumps(answer) + "\n")
