"""What must differ from the machine that made the snapshot. restore.ts calls `renew`."""

import logging
import os
import random
import sys
import tempfile
import time
import uuid


def renew(language, stack_switching, *zone_names):
    """Make this Python one of its own, in this browser."""
    random.seed()
    uuid._node = uuid._last_timestamp = uuid._last_timestamp_v7 = None
    tempfile._name_sequence = None
    os.environ["LANG"] = language
    year = 365.25 * 86400
    january = time.time() // year * year
    offsets = [-time.localtime(moment).tm_gmtoff for moment in (january, january + year / 2)]
    time.timezone, time.altzone = max(offsets), min(offsets)
    time.daylight = int(time.timezone != time.altzone)
    time.tzname = zone_names
    logging._startTime = time.time_ns()
    if not stack_switching:
        _forbid_run_sync()
    # loadPyodide needed its own namespace there; IPython wants the reader's.
    sys.modules["__main__"] = sys.modules["pyodide_kernel"].ipython_shell.user_module


def _forbid_run_sync():
    """The snapshot was made with stack switching, and this browser has none."""
    import pyodide.ffi

    def run_sync(awaitable):
        raise RuntimeError("WebAssembly stack switching not supported in this JavaScript runtime")

    original = pyodide.ffi.run_sync
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get("run_sync") is original:
            module.run_sync = run_sync
