"""What must differ from the machine that made the snapshot."""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable
from typing import Any, NoReturn


def renew(language: str, stack_switching: bool, standard_time: str, summer_time: str) -> None:
    """Make this Python one of its own, in this browser; restore.ts calls it.

    The last two are the names of the time zone.
    """
    random.seed()
    uuid._node = uuid._last_timestamp = uuid._last_timestamp_v7 = None
    tempfile._name_sequence = None
    os.environ["LANG"] = language
    year = 365.25 * 86400
    january = time.time() // year * year
    offsets = [-time.localtime(moment).tm_gmtoff for moment in (january, january + year / 2)]
    time.timezone, time.altzone = max(offsets), min(offsets)
    time.daylight = int(time.timezone != time.altzone)
    time.tzname = (standard_time, summer_time)
    logging._startTime = time.time_ns()
    if not stack_switching:
        _forbid_run_sync()
    # loadPyodide needed its own namespace there; IPython wants the reader's.
    sys.modules["__main__"] = sys.modules["pyodide_kernel"].ipython_shell.user_module


def _forbid_run_sync() -> None:
    """Let `run_sync` fail: the snapshot was made with stack switching, and this browser has none."""
    import pyodide.ffi

    def run_sync(awaitable: Awaitable[Any]) -> NoReturn:
        raise RuntimeError("WebAssembly stack switching not supported in this JavaScript runtime")

    original = pyodide.ffi.run_sync
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get("run_sync") is original:
            setattr(module, "run_sync", run_sync)  # noqa: B010  # no module is known to have it
