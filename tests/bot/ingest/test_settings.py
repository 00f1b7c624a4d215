"""Figures that only make sense together."""

from __future__ import annotations

from bot.ingest.settings import IngestSettings


def test_the_figures_fit_one_another() -> None:
    settings = IngestSettings()

    assert settings.wish_every_s < settings.poll_every_s < settings.not_found_every_s
    assert settings.touch_every_s < settings.gap_after_s, "a restart at once must not look like a gap"
    assert settings.silent_after_s < settings.drop_silent_after_s
    assert settings.reconcile_every_s < settings.grace_s, "a watch placed within the grace must be seen in time"
    assert settings.poll_every_s >= 30, "TikTok's firewall (webcast-protocol.md 12.8)"
