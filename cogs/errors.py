"""The one place that answers for a command that failed."""

from __future__ import annotations

import logging

import discord
from discord import app_commands

from bot.client import RelayBot, reply
from bot.errors import BadInput, DatabaseError
from bot.language import N_
from cogs.ui.locale import t_of

OUTDATED = N_("This command has changed since your Discord loaded it. Reload Discord (Ctrl+R) and try again.")
STORAGE = N_(
    "My database does not answer. Nothing was changed; try again in a minute. If it stays so, tell the operator of this bot."
)
UNEXPECTED = N_("That failed, and it is my fault. The operator of this bot finds it in the log as interaction {id}.")

_log = logging.getLogger(__name__)


async def on_error(interaction: discord.Interaction[RelayBot], error: Exception) -> None:
    """Answer, in this order of precedence:

    1. `BadInput`: its own sentence, for the person who typed; not logged.
    2. A command that Discord knows in another shape: reload.
    3. Storage: try again; logged as one line.
    4. Discord no longer takes an answer: logged as one line.
    5. Anything else is a defect: logged with its traceback, and its number is shown.
    """
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    t = t_of(interaction)
    match cause:
        case BadInput():
            await reply(interaction, t(cause.text, **cause.values))
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch() | app_commands.TransformerError():
            await reply(interaction, t(OUTDATED))
        case DatabaseError():
            _log.error("guild=%s interaction=%d failed: %s", interaction.guild_id, interaction.id, cause)
            await reply(interaction, t(STORAGE))
        case discord.NotFound() | discord.InteractionResponded() | discord.HTTPException(code=50027):
            _log.warning("guild=%s interaction=%d could not be answered: %s", interaction.guild_id, interaction.id, cause)
        case _:
            _log.error("guild=%s interaction=%d failed", interaction.guild_id, interaction.id, exc_info=cause)
            await reply(interaction, t(UNEXPECTED, id=interaction.id))


async def setup(bot: RelayBot) -> None:
    """Called by the client."""
    bot.tree.error(on_error)
