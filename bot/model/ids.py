"""Our own and Discord's identifiers."""

from __future__ import annotations

from typing import NewType

CreatorId = NewType("CreatorId", int)
"""Our own id of a creator: partitions the log, survives a change of handle."""

WatchId = NewType("WatchId", int)
PostId = NewType("PostId", int)
"""A row of the ledger: one Discord message of ours."""

GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
DiscordUserId = NewType("DiscordUserId", int)
DiscordMessageId = NewType("DiscordMessageId", int)
DiscordRoleId = NewType("DiscordRoleId", int)

CardId = NewType("CardId", int)
"""A row of the outbox: one message that is posted once and edited."""
CaseId = NewType("CaseId", int)

RuleId = NewType("RuleId", int)
