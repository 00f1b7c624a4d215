"""ONE CONNECTION PER CREATOR, however many guilds watch: wishes in, clean events into the log."""
