"""What TikTokLive's own classes encode, we decode: the same events as from the bytes that they read."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import warnings
from collections import Counter

import msgspec
import pytest

from bot.events import Event, Handle, UnknownEvent
from bot.tiktok.webcast.decode import READERS, decode
from tests.fuzz.corpus import gather
from tests.interop.environments import HERE, TIKTOKLIVE, python_with

pytestmark = [pytest.mark.interop, pytest.mark.timeout(420)]

FEWEST_METHODS = 10


def event_of(method: str, payload: bytes) -> Event:
    """Without an id derived from the bytes: those may be in another order."""
    event = decode(method, payload, creator=Handle("alice"), received_at_ms=5, envelope_id=1)
    return msgspec.structs.replace(event, payload=b"") if isinstance(event, UnknownEvent) else event


def test_what_their_classes_encode_is_the_same_event_here() -> None:
    python = python_with(TIKTOKLIVE)
    corpus = gather(random.Random(7))
    if not corpus.captured:
        warnings.warn(pytest.PytestWarning("WITHOUT REAL PAYLOADS: ../shared/data/captures is absent"), stacklevel=1)
    real = corpus.payloads[-corpus.captured :] if corpus.captured else corpus.payloads
    asked = [(method, payload) for method, payload in real if method in READERS]
    lines = "".join(json.dumps({"method": m, "payload": base64.b64encode(p).decode()}) + "\n" for m, p in asked)
    script = HERE / "recode_tiktoklive.py"
    done = subprocess.run([python, script], input=lines, capture_output=True, text=True, timeout=300, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asked), done.stderr[-3000:]
    compared: Counter[str] = Counter()
    different = []
    for (method, payload), answer in zip(asked, answers, strict=True):
        if "payload" not in answer:
            continue  # a class that they lack, or one of their own faults
        compared[method] += 1
        one, other = event_of(method, payload), event_of(method, base64.b64decode(answer["payload"]))
        if one != other:
            different.append((method, one, other))
    assert len(compared) >= FEWEST_METHODS, compared
    assert sum(compared.values()) > len(asked) // 2, compared
    assert not different, f"{len(different)} of {sum(compared.values())}: {different[:3]}"
