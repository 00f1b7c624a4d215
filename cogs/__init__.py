"""COMMANDS: parse, ask a service, show. No SQL, no TikTok, no rules."""

EXTENSIONS = (
    "cogs.errors",
    "cogs.subscriptions",
    "cogs.live",
    "cogs.transfer",
    "cogs.tune",
    "cogs.settings",
    "cogs.doctor",
    "cogs.resume",
    "cogs.alerts",
    "cogs.lookup",
    "cogs.privacy",
    "cogs.cases",
    "cogs.about",
)
"""What the client loads, in this order: whatever fails in a command is answered by the first."""
