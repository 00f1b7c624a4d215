"""The language of whoever used a command: their own client's, whatever the server's is."""

from __future__ import annotations

from typing import Any

import discord

from bot.language import Language, language


def t_of(interaction: discord.Interaction[Any]) -> Language:
    """How to speak to the person behind this interaction."""
    return language(interaction.locale.value)
