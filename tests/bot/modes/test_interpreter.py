"""What the process of the bot asks of Python, in a process of its own: it is for the whole of it and for good."""

from __future__ import annotations

import subprocess
import sys

from bot.modes.interpreter import COLLECT_AFTER, SWITCH_S


def test_threads_hand_over_soon_cycles_are_looked_for_rarely_and_what_is_imported_never_again() -> None:
    program = (
        "import gc, sys; from bot.modes.interpreter import set_up; set_up();"
        "print(sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count() > 1000, gc.isenabled())"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == [str(SWITCH_S), f"{COLLECT_AFTER} True True\n"]
