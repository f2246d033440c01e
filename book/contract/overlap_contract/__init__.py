"""What the Python and the TypeScript of this project must agree on, read from `contract.json`.

Each fact stands in that file once. TypeScript reads the same file (`book/web/src/shared/contract.ts`).
Imports nothing of the project: everything else may import this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__version__ = "1.0.0"

# Beside this file in the page's kernel, too. `importlib.resources` is not in its snapshot.
_CONTRACT: Final[Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("contract.json").read_text(encoding="utf8")
)


@dataclass(frozen=True)
class CellTags:
    """The tags that a page may give a cell."""

    raises_exception: str
    match_sample: str
    timeline: str
    virtual_time: str
    skip_execution: str
    browser_only: str
    allow_blocked: str
    skip_in_page: str
    remove_input: str
    hide_cell: str


@dataclass(frozen=True)
class CellStates:
    """The states of a cell that runs in the page."""

    idle: str
    starting: str
    running: str
    done: str
    ongoing: str
    error: str
    stopped: str
    failed: str


@dataclass(frozen=True)
class Matches:
    """How a live run is compared with the recording."""

    exact: str
    sample: str
    error: str


@dataclass(frozen=True)
class Runs:
    """Where an example runs."""

    browser: str
    local: str


@dataclass(frozen=True)
class Outputs:
    """What an output of a cell is."""

    recorded: str
    live: str


@dataclass(frozen=True)
class Attributes:
    """The attributes by which the page's scripts find what the build wrote."""

    runs: str
    state: str
    cell: str
    needs: str
    uses: str
    match: str
    draws: str
    clock: str
    view: str
    program: str
    source: str
    output: str
    edited: str
    error_line: str
    hint: str
    timeline: str
    span: str
    lines: str
    kernel: str
    runner_toolbar: str
    kernel_version: str
    first_run_mb: str
    script: str
    checkpoint: str
    predict: str
    right: str
    chooser: str
    solution: str
    verdict: str
    offline: str


@dataclass(frozen=True)
class Drawing:
    """What the drawing of a stepped run and the player over it share. Lengths are pixels.

    The player's shade begins `player_top` below the upper edge and leaves `player_margin` of the
    height free; the axis is `room` times as long as the columns, for a mark at its end.
    """

    player_top: float
    player_margin: float
    room: float


@dataclass(frozen=True)
class Practice:
    """The limits of the practice server. Times are seconds, names are counted in characters.

    `request_key` numbers a request in its address, `cancel_key` says which one was given up.
    """

    path: str
    longest_delay_seconds: int
    highest_limit: int
    longest_name: int
    retry_after_seconds: int
    header: str
    request_key: str
    cancel_key: str


def _names(section: str) -> dict[str, str]:
    """Return the keys of a section, whose values say what they mean, as values."""
    return {name: name for name in _CONTRACT[section]}


CELL_STATES: Final = CellStates(**_names("cell_states"))
MATCHES: Final = Matches(**_names("matches"))
RUNS: Final = Runs(**_names("runs"))
OUTPUTS: Final = Outputs(**_names("outputs"))
TAGS: Final = CellTags(**_CONTRACT["cell_tags"])
ATTRIBUTES: Final = Attributes(**_CONTRACT["attributes"])
DRAWING: Final = Drawing(**_CONTRACT["drawing"])
PRACTICE: Final = Practice(**_CONTRACT["practice"])

#: Code of cell 3 is in the file "cell 3", as tracebacks say: `File "cell 3", line 7`.
CELL_FILE_PREFIX: Final[str] = _CONTRACT["cell_file_prefix"]

# So long may a tab be in the background before a Python that does nothing is ended.
GIVE_BACK_AFTER_MINUTES: Final[int] = _CONTRACT["give_back_after_minutes"]
