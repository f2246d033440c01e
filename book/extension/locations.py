"""Where something stands in a page's source.

MyST-NB counts the lines of a notebook one or two too high, so a reported line
is only near the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

NEAR = 4


def line_in_page(page: str | Path, reported: int, wanted: Sequence[str]) -> int:
    """Return the line (from 1) near ``reported`` at which the ``wanted`` lines begin.

    The first wanted line may be only the beginning of the page's line. Without
    a match the reported line is returned.
    """
    lines = Path(page).read_text(encoding="utf8").splitlines()
    first, *rest = wanted
    for start in range(max(0, reported - 1 - NEAR), min(len(lines), reported + NEAR)):
        block = lines[start + 1 : start + 1 + len(rest)]
        if lines[start].lstrip().startswith(first.lstrip()) and block == rest:
            return start + 1
    return reported
