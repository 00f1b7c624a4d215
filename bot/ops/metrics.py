"""Every figure that is published, and how plain numbers become Prometheus metrics. Pure.

The parts of the bot keep counters of their own and know nothing of Prometheus. A mode hands in readers: each returns the
figures of one part by the names below, a number or, for a metric with a label, numbers by label value. They are asked at each
scrape and must not wait.

A name is `relay_`, what it is about, the base unit, and `_total` for what only grows. Label values come from closed sets (ways
in the configuration, HTTP statuses, classes of ours): never a person, a creator, a channel or a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

Reading = float | Mapping[str, float]
"""A figure, or one for each value of the metric's label."""

Reader = Callable[[], Mapping[str, Reading]]
"""What one part counts now, by metric name."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`help` is its sentence in `/metrics` and in docs/operating.md; `label` the name of its only label, "" for none."""

    name: str
    help: str
    label: str = ""

    @property
    def is_counter(self) -> bool:
        """Whether it only grows until the process ends."""
        return self.name.endswith("_total")


METRICS: Sequence[Metric] = (
    Metric("relay_ready", "1 while /readyz answers 200, else 0."),
    Metric("relay_event_loop_lag_seconds", "The latest wake-up of the event loop within the last 30 s."),
    Metric("relay_discord_shards", "Gateway connections that the bot keeps."),
    Metric("relay_discord_shards_connected", "Those that are open."),
    Metric("relay_discord_answers_total", "Discord's answers to REST requests, by HTTP status.", "status"),
    Metric("relay_discord_invalid_answers_total", "Answers that count towards Discord's ban of an address (401, 403, 429)."),
    Metric("relay_discord_requests_waiting", "REST requests that wait for their turn."),
    Metric("relay_database_write_seconds", "How long the last probing write took."),
    Metric("relay_database_write_age_seconds", "Since the last probing write that succeeded."),
    Metric("relay_creators_followed", "Creators that somebody watches and this process follows."),
    Metric("relay_creators_connected", "Those whose LIVE is being read."),
    Metric("relay_creators_waiting", "Those who stand in line for a connection."),
    Metric("relay_detection_delay_seconds", "How long a LIVE may be on before a look-up finds it."),
    Metric("relay_ingest_batches_total", "Batches of events that sources yielded."),
    Metric("relay_ingest_events_total", "Events in them."),
    Metric("relay_ingest_appended_total", "Events that are in the log."),
    Metric("relay_ingest_append_failures_total", "Attempts to append that failed and were repeated."),
    Metric(
        "relay_ingest_dropped_total", "Events dropped: foreign room, late gift, duplicate, unstorable, lost at a stop.", "reason"
    ),
    Metric("relay_ingest_shed_total", "Events left out under pressure, by class (ambient, chat).", "class"),
    Metric("relay_ingest_side_messages_total", "Messages that are counted and not logged, by type.", "type"),
    Metric("relay_ingest_skipped_messages_total", "Messages that nobody reads in the log: not decoded."),
    Metric("relay_ingest_unknown_messages_total", "Messages that have no event class."),
    Metric("relay_ingest_inferred_combos_total", "Gift combos whose end never came."),
    Metric("relay_ingest_look_ups_total", "Looks whether a creator is live."),
    Metric("relay_ingest_look_up_failures_total", "Looks without an answer."),
    Metric("relay_ingest_bulk_checks_total", "Questions about many creators at once."),
    Metric("relay_ingest_bulk_check_failures_total", "Those without an answer."),
    Metric("relay_ingest_connects_total", "Streams that opened."),
    Metric("relay_ingest_refusals_total", "Streams that did not open."),
    Metric("relay_ingest_reconnects_total", "Streams of a room that had one before."),
    Metric("relay_ingest_silences_total", "Times that a connected room said nothing for too long."),
    Metric("relay_ingest_crashes_total", "Creator tasks that failed and were started again."),
    Metric("relay_ingest_fenced_total", "Creators that another process took over."),
    Metric("relay_way_ready", "1 where somebody who came now would be let through, else 0.", "way"),
    Metric("relay_way_streams_open", "Streams open there now.", "way"),
    Metric("relay_way_connects_left", "Connects that may be made now, by the tightest of the way's allowances.", "way"),
    Metric("relay_way_failures", "Failed connects since the way last worked.", "way"),
    Metric("relay_way_rest_seconds", "How much longer the way rests, for everybody.", "way"),
    Metric("relay_log_unreadable_batches_total", "Stored batches that could not be decoded."),
    Metric("relay_comments_kept_total", "Comments handed to storage."),
    Metric("relay_comments_removals_total", "Deletions applied to kept comments."),
    Metric("relay_comments_failures_total", "Failures of storing them."),
    Metric("relay_alerts_told_total", "Wipes and member actions told to moderators; one that grows counts each time."),
    Metric("relay_alerts_failures_total", "Times that reading or telling them failed and went on after a pause."),
    Metric(
        "relay_alert_lag_seconds",
        "From a removal received until Discord had its card: the slowest of the last 5 minutes, 0 without one.",
    ),
    Metric("relay_cases_opened_total", "New cases of all servers, by what began them (removal, watchlist, manual).", "kind"),
    Metric("relay_cases_escalated_total", "Cases that nobody took in time, so that somebody was pinged."),
    Metric("relay_watchlist_flags_total", "What servers' watchlists found; a wave counts each time that it has grown."),
    Metric("relay_watchlist_failures_total", "Times that reading or telling that failed and went on after a pause."),
    Metric("relay_lines_total", "Lines offered to channels, one for each watch."),
    Metric("relay_lines_stale_total", "Lines that were too old: counted in a summary."),
    Metric("relay_lines_hidden_total", "Lines that a server's watchlist hides, one for each watch."),
    Metric("relay_events_unreadable_total", "Events that could not be rendered."),
    Metric("relay_restarts_total", "Times that reading a creator's log failed and went on after a pause."),
    Metric("relay_delivery_channels", "Channels that have a queue now."),
    Metric("relay_delivery_channels_blocked", "Those in which nothing can be posted for now."),
    Metric("relay_delivery_lines_waiting", "Lines that wait in all queues."),
    Metric("relay_delivery_lines_offered_total", "Lines and summaries that came to a queue."),
    Metric("relay_delivery_lines_posted_total", "Lines that stand in Discord."),
    Metric("relay_delivery_lines_left_out_total", "Lines left out, by why (chat, other: of full queues; old; sampled).", "kind"),
    Metric("relay_delivery_lines_struck_total", "Waiting lines that TikTok took back."),
    Metric("relay_delivery_lines_refused_total", "Lines that Discord does not take."),
    Metric("relay_delivery_posts_total", "Messages posted."),
    Metric("relay_delivery_edits_total", "Posts corrected."),
    Metric("relay_delivery_edits_refused_total", "Corrections that Discord does not take."),
    Metric("relay_delivery_unknown_total", "Requests without a clear answer: repeated safely."),
    Metric("relay_delivery_refusals_total", "Requests that Discord refused."),
    Metric("relay_delivery_recovered_total", "Posts that were on their way when the last process ended."),
    Metric("relay_delivery_found_again_total", "Those, and repeats, that stood in the channel already."),
    Metric("relay_delivery_failures_total", "Unforeseen failures of a queue."),
    Metric("relay_delivery_database_refusals_total", "Reads and writes of the ledger that the database refused."),
    Metric("relay_cards_waiting", "Cards that Discord does not show yet as they should be."),
    Metric("relay_cards_channels_blocked", "Channels in which no card can be posted or changed for now."),
    Metric("relay_cards_posted_total", "Cards posted: go-live posts, PK cards, notices."),
    Metric("relay_cards_edited_total", "Edits of cards."),
    Metric("relay_cards_deleted_total", "Cards deleted as their watch wishes."),
    Metric("relay_cards_refused_total", "Cards that Discord does not take, or whose message somebody deleted."),
    Metric("relay_cards_late_total", "Cards that were too old to be posted."),
    Metric("relay_cards_unknown_total", "Requests for cards without a clear answer: repeated safely."),
    Metric("relay_cards_recovered_total", "Cards that were on their way when the last process ended."),
    Metric("relay_cards_failures_total", "Unforeseen failures while a card was shown."),
    Metric("relay_cards_database_refusals_total", "Reads and writes of the outbox that the database refused."),
)

_BY_NAME = {metric.name: metric for metric in METRICS}


class Figures(Collector):
    """What the readers say at the moment of a scrape. A reader that names an unlisted metric is our own fault: `KeyError`."""

    def __init__(self, readers: Iterable[Reader]) -> None:
        self._readers = tuple(readers)

    def collect(self) -> Iterator[Family]:
        """Called by the registry."""
        for read in self._readers:
            for name, reading in read().items():
                yield family(_BY_NAME[name], reading)


def family(metric: Metric, reading: Reading) -> Family:
    """One metric with its samples."""
    build = CounterMetricFamily if metric.is_counter else GaugeMetricFamily
    found = build(metric.name, metric.help, labels=[metric.label] if metric.label else None)
    samples = reading if isinstance(reading, Mapping) else {"": reading}
    for label, value in samples.items():
        found.add_metric([label] if metric.label else [], value)
    return found
