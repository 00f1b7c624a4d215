"""What is published is declared, written down, and readable by Prometheus' own parser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.ops.metrics import METRICS, Figures, Reader

OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"
NAME = re.compile(r"relay(_[a-z]+)+")
UNITS = ("_seconds", "_bytes")
PERSONAL = {"creator", "handle", "viewer", "user", "guild", "channel", "room", "method"}


def published(*readers: Reader) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    registry = CollectorRegistry()
    registry.register(Figures(readers))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for each in families
        for sample in each.samples
        if not sample.name.endswith("_created")
    }


def test_a_number_becomes_one_sample_and_a_mapping_one_for_each_value_of_the_label() -> None:
    assert published(
        lambda: {"relay_creators_followed": 3},
        lambda: {"relay_ingest_shed_total": {"chat": 2, "ambient": 5}},
    ) == {
        ("relay_creators_followed", ()): 3,
        ("relay_ingest_shed_total", (("class", "chat"),)): 2,
        ("relay_ingest_shed_total", (("class", "ambient"),)): 5,
    }


def test_readers_are_asked_at_each_scrape() -> None:
    counted = {"relay_creators_followed": 1.0}
    registry = CollectorRegistry()
    registry.register(Figures([lambda: counted]))
    before = generate_latest(registry)
    counted["relay_creators_followed"] = 2.0
    assert before.endswith(b"relay_creators_followed 1.0\n")
    assert generate_latest(registry).endswith(b"relay_creators_followed 2.0\n")


def test_a_counter_is_typed_as_one_and_a_gauge_as_one() -> None:
    registry = CollectorRegistry()
    registry.register(Figures([lambda: {"relay_ingest_events_total": 1, "relay_creators_followed": 1}]))
    text = generate_latest(registry).decode()
    assert "# TYPE relay_ingest_events_total counter\n" in text
    assert "# TYPE relay_creators_followed gauge\n" in text


def test_a_figure_that_is_not_declared_is_refused() -> None:
    with pytest.raises(KeyError, match="relay_surprise"):
        published(lambda: {"relay_surprise": 1})


def test_a_hostile_label_value_stays_a_value() -> None:
    hostile = 'x"} 9\nrelay_ready 1 \\'
    assert published(lambda: {"relay_ingest_side_messages_total": {hostile: 1}}) == {
        ("relay_ingest_side_messages_total", (("type", hostile),)): 1
    }


def test_names_are_words_once_each_and_labels_name_nobody() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    assert not [name for name in names if not NAME.fullmatch(name)]
    assert not [metric for metric in METRICS if metric.label in PERSONAL or not metric.help.endswith(".")]
    assert not [name for name in names if re.search(r"_(ms|minutes|s|kib|mib)(_total)?$", name)]
    assert not [name for name in names if any(unit in name and not name.endswith(unit) for unit in UNITS)]


def test_the_operators_page_has_every_metric_in_order_in_the_same_words() -> None:
    shown = [line for line in OPERATING.read_text(encoding="utf-8").splitlines() if line.startswith("| `relay_")]
    assert shown == [f"| `{metric.name}` | {f'`{metric.label}`' if metric.label else ''} | {metric.help} |" for metric in METRICS]
