"""SOURCES: bytes or JSON -> events. Knows events, a clock and errors, nothing else of ours: it could be published alone."""
