"""What the parts count, by the names that `ops.metrics` publishes, and the facts that `ops.health` judges by."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from bot.client import RelayBot
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.gate import Gate
from bot.delivery.outbox import Outbox
from bot.eventlog.sql import SqlEventLog
from bot.ingest.supervisor import Supervisor
from bot.moderation.alert_consumer import AlertConsumer
from bot.moderation.consumer import CommentKeeper
from bot.moderation.desk import CaseDesk
from bot.moderation.escalation import Escalation
from bot.moderation.lookout import Lookout
from bot.ops.health import Facts
from bot.ops.metrics import Reading
from bot.ops.pulse import Pulse
from bot.relay.consumer import Relay

PROBE = "ops:written_at_ms"
"""The row of `storage.state` that the probing write replaces."""


def ingest(supervisor: Supervisor) -> Mapping[str, Reading]:
    """What became of TikTok's messages, and how the connections are."""
    counted = supervisor.counters
    return {
        "relay_creators_followed": counted.following,
        "relay_creators_connected": counted.connected,
        "relay_creators_waiting": len(supervisor.waiting_to_connect),
        "relay_detection_delay_seconds": supervisor.detection_delay_s,
        "relay_ingest_batches_total": counted.frames,
        "relay_ingest_events_total": counted.events,
        "relay_ingest_appended_total": counted.appended,
        "relay_ingest_append_failures_total": counted.append_failures,
        "relay_ingest_dropped_total": {
            "foreign": counted.foreign,
            "late_gift": counted.late_gifts,
            "duplicate": counted.duplicates,
            "unstorable": counted.unstorable,
            "lost_at_stop": counted.lost_at_stop,
        },
        "relay_ingest_shed_total": counted.shed,
        "relay_ingest_side_messages_total": counted.side,
        # Not by method: those are TikTok's words, hundreds of them.
        "relay_ingest_skipped_messages_total": sum(supervisor.skipped.values()),
        "relay_ingest_unknown_messages_total": counted.unknown.total(),
        "relay_ingest_inferred_combos_total": counted.inferred_combos,
        "relay_ingest_look_ups_total": counted.look_ups,
        "relay_ingest_look_up_failures_total": counted.look_up_failures,
        "relay_ingest_bulk_checks_total": counted.bulk_checks,
        "relay_ingest_bulk_check_failures_total": counted.bulk_check_failures,
        "relay_ingest_connects_total": counted.connects,
        "relay_ingest_refusals_total": counted.refusals,
        "relay_ingest_reconnects_total": counted.reconnects,
        "relay_ingest_silences_total": counted.silences,
        "relay_ingest_crashes_total": counted.crashes,
        "relay_ingest_fenced_total": counted.fenced,
    }


def ways(supervisor: Supervisor) -> Mapping[str, Reading]:
    """How each way to TikTok is doing, by its name and account as it is called in the log."""
    health = supervisor.snapshot()
    named = {f"{way.name} ({way.account})" if way.account else way.name: way for way in health.ways}
    until = {name: way.rests_until_at_ms or health.taken_at_ms for name, way in named.items()}
    return {
        "relay_way_ready": {name: float(way.is_ready) for name, way in named.items()},
        "relay_way_streams_open": {name: way.open for name, way in named.items()},
        "relay_way_connects_left": {
            name: min(allowance.left for allowance in way.allowances) for name, way in named.items() if way.allowances
        },
        "relay_way_failures": {name: way.failures for name, way in named.items()},
        "relay_way_rest_seconds": {name: (at_ms - health.taken_at_ms) / 1000 for name, at_ms in until.items()},
    }


def log_and_comments(log: SqlEventLog, keeper: CommentKeeper) -> Mapping[str, Reading]:
    """What is kept."""
    return {
        "relay_log_unreadable_batches_total": log.unreadable,
        "relay_comments_kept_total": keeper.kept,
        "relay_comments_removals_total": keeper.removals,
        "relay_comments_failures_total": keeper.failures,
    }


def relaying(relay: Relay) -> Mapping[str, Reading]:
    """What became of the log's events."""
    counted = relay.counters
    return {
        "relay_lines_total": counted.lines,
        "relay_lines_stale_total": counted.stale,
        "relay_lines_hidden_total": counted.hidden,
        "relay_events_unreadable_total": counted.unreadable,
        "relay_restarts_total": counted.restarts,
    }


def delivery(dispatcher: Dispatcher) -> Mapping[str, Reading]:
    """What became of the lines."""
    counted = dispatcher.counters
    return {
        "relay_delivery_channels": dispatcher.lanes,
        "relay_delivery_channels_blocked": len(dispatcher.troubles()),
        "relay_delivery_lines_waiting": dispatcher.waiting,
        "relay_delivery_lines_offered_total": counted.offered,
        "relay_delivery_lines_posted_total": counted.lines_posted,
        "relay_delivery_lines_left_out_total": {
            "chat": counted.left_out_chat,
            "other": counted.left_out_other,
            "old": counted.left_out_old,
            "sampled": counted.left_out_sampled,
        },
        "relay_delivery_lines_struck_total": counted.struck_waiting,
        "relay_delivery_lines_refused_total": counted.lines_refused,
        "relay_delivery_posts_total": counted.posts,
        "relay_delivery_edits_total": counted.edits,
        "relay_delivery_edits_refused_total": counted.edits_refused,
        "relay_delivery_unknown_total": counted.unknown,
        "relay_delivery_refusals_total": counted.refusals,
        "relay_delivery_recovered_total": counted.recovered,
        "relay_delivery_found_again_total": counted.found_again,
        "relay_delivery_failures_total": counted.failures,
        "relay_delivery_database_refusals_total": dispatcher.database_refusals,
    }


def cards(outbox: Outbox) -> Mapping[str, Reading]:
    """What became of the cards."""
    counted = outbox.counters
    return {
        "relay_cards_waiting": outbox.waiting,
        "relay_cards_channels_blocked": len(outbox.troubles()),
        "relay_cards_posted_total": counted.posted,
        "relay_cards_edited_total": counted.edited,
        "relay_cards_deleted_total": counted.deleted,
        "relay_cards_refused_total": counted.refused,
        "relay_cards_late_total": counted.late,
        "relay_cards_unknown_total": counted.unknown,
        "relay_cards_recovered_total": counted.recovered,
        "relay_cards_failures_total": counted.failures,
        "relay_cards_database_refusals_total": outbox.database_refusals,
    }


def moderation(alerts: AlertConsumer, lookout: Lookout, desk: CaseDesk, escalation: Escalation) -> Mapping[str, Reading]:
    """What moderators were told, and how late."""
    return {
        "relay_alerts_told_total": alerts.told,
        "relay_alerts_failures_total": alerts.failures,
        "relay_alert_lag_seconds": desk.lag_s,
        "relay_cases_opened_total": {str(kind): count for kind, count in desk.opened.items()},
        "relay_cases_escalated_total": escalation.pinged,
        "relay_watchlist_flags_total": lookout.flagged,
        "relay_watchlist_failures_total": lookout.failures,
    }


def discord(client: RelayBot, gate: Gate) -> Mapping[str, Reading]:
    """The gateway, and the requests."""
    shards, connected = gateway(client)
    return {
        "relay_discord_shards": shards,
        "relay_discord_shards_connected": connected,
        "relay_discord_answers_total": {str(status): count for status, count in gate.answers.items()},
        "relay_discord_invalid_answers_total": gate.invalid,
        "relay_discord_requests_waiting": gate.waiting,
    }


def process(pulse: Pulse) -> Mapping[str, Reading]:
    """Loop and database."""
    return {
        "relay_event_loop_lag_seconds": pulse.loop_lag_s,
        "relay_database_write_seconds": pulse.write_s,
        "relay_database_write_age_seconds": pulse.write_age_s,
    }


def facts(client: RelayBot, dispatcher: Dispatcher, pulse: Pulse, tasks: Iterable[asyncio.Task[None]]) -> Facts:
    """What health is judged by, now. `tasks` are those that must run as long as the bot does."""
    shards, connected = gateway(client)
    troubles = dispatcher.troubles()
    return Facts(
        ended=[task.get_name() for task in tasks if task.done()],
        shards=shards,
        shards_connected=connected,
        write_age_s=pulse.write_age_s,
        database_error=pulse.database_error,
        loop_lag_s=pulse.loop_lag_s,
        channels=dispatcher.lanes,
        channels_blocked=len(troubles),
        delivery_error=next((trouble.reason for trouble in troubles.values()), ""),
    )


def gateway(client: RelayBot) -> tuple[int, int]:
    """How many gateway connections there are to be, and how many are open; none counts before Discord's READY."""
    shards = client.shards.values()
    return len(shards), sum(not shard.is_closed() for shard in shards) if client.is_ready() else 0
