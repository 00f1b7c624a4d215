"""Python, set up for a loop that a thousand rooms keep busy and that nothing may hold up for long."""

from __future__ import annotations

import gc
import sys

SWITCH_S = 0.0005
"""How long the loop may keep the interpreter from the database's thread, which needs it for a moment after each statement.
Python's own 5 ms made a commit of hundreds of writes take seconds in a thousand busy rooms.
"""

COLLECT_AFTER = (20_000, 20, 20)
"""Objects that may have come before the youngest are searched for cycles, and how often that before older ones are. Python's own
700, 10 and 10 took a third of a core in a thousand rooms, in pauses of up to 0.8 s: what waits in queues is young and lives.
"""


def set_up() -> None:
    """For a process that runs the bot; call it once everything is imported, which is never searched again."""
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*COLLECT_AFTER)
    gc.collect()
    gc.freeze()
