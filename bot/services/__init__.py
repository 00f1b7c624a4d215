"""What a cog may ask for, one module for each concern. No Discord and no TikTok in here: ids and words in, values out.

Commands write wishes here; loops elsewhere see them and act. Every refusal is a `BadInput` whose sentence is shown as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.cases import Cases
from bot.services.doctor import Doctor
from bot.services.guilds import Guilds
from bot.services.now import Now
from bot.services.privacy import Privacy
from bot.services.rulebook import Rulebook
from bot.services.transfer import Transfer
from bot.services.tuning import Tuning
from bot.services.viewers import Viewers
from bot.services.watching import Watching


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the commands may use."""

    watching: Watching
    guilds: Guilds
    doctor: Doctor
    tuning: Tuning
    viewers: Viewers
    now: Now
    transfer: Transfer
    cases: Cases
    privacy: Privacy
    rulebook: Rulebook
