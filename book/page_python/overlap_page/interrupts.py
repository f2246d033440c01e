"""Stop, while Python computes or sleeps: KeyboardInterrupt, but only inside the reader's code."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from overlap_contract import CELL_FILE_PREFIX

from .page import Interrupt

#: Seconds that `time.sleep` blocks before it looks whether the reader pressed Stop.
SLICE: Final = 0.05

#: The modules in whose code nothing is interrupted.
EVENT_LOOPS: Final = (f"{__package__}.event_loop", f"{__package__}.asyncio_run")


def on_interrupt(interrupt: Interrupt) -> Callable[[int, FrameType | None], None]:
    """Return the handler of SIGINT: it raises KeyboardInterrupt, but only inside the reader's code.

    In the event loop's own code, also when the reader's calls it, it would lose a callback, and
    with it a task that then waits for ever. There the interrupt stays due until it is heard.
    """

    def handle(signum: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_globals.get("__name__") not in EVENT_LOOPS:
            if frame.f_code.co_filename.startswith(CELL_FILE_PREFIX):
                interrupt.heard()
                raise KeyboardInterrupt
            frame = frame.f_back

    return handle


def in_slices(
    sleep: Callable[[float], None], interrupt: Interrupt, slept: Callable[[float], None]
) -> Callable[[float], None]:
    """Return a `time.sleep` in slices between which Stop is heard. It blocks the loop like the whole.

    `slept` hears how many seconds it took.
    """

    @functools.wraps(sleep)
    def sleep_in_slices(seconds: float, /) -> None:
        if not isinstance(seconds, (int, float)) or not SLICE < seconds < float("inf"):
            sleep(seconds)
            slept(seconds)
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            sleep(min(left, SLICE))
            if interrupt.due():
                interrupt.heard()
                raise KeyboardInterrupt
        slept(seconds)

    return sleep_in_slices
