"""A Discord bot that relays TikTok LIVE: the map.

    TikTok ─▶ tiktok/webcast                                     bytes → Event
                 └▶ ingest/      one connection per creator · foreign rooms dropped · dedupe · combos closed
                      └▶ eventlog/   memory │ sql                ═══ the only bridge ═══
                           ├▶ relay/        match → format ───┐
                           └▶ moderation/   comments kept     │  Lines
                                     └▶ delivery/  coalesce → budget → send ─▶ Discord ─▶ ledger
    people ─▶ cogs/ ─▶ services ─▶ storage/ (wishes) ─▶ read by ingest/ and relay/

- `modes`      the only modules that build things
- `client`     the discord.py client; knows no cog
- `gateway`    what Discord shows: servers, channels, permissions
- `services`   what a cog may ask for
- `relay`      per watch: which events, and how they read
- `moderation` comments kept, removals marked
- `delivery`   lines to Discord: lanes, gate, intents, ledger
- `ingest`     one connection per creator
- `tiktok`     sources of events; could be published alone
- `eventlog`   the durable log
- `storage`    the only package that speaks SQL
- `ops`        figures and health, over HTTP
- `model`      vocabulary: what we keep
- `events`     vocabulary: what happened
- `config`, `clock`, `backoff`, `logs`, `language`, `text` (`links`, `words`, `lookalikes`), `errors`   the ground
"""
