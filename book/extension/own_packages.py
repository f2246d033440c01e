"""Our own Python packages that kernels import: where they are.

The extension imports some of them, too: `__init__.py` puts them on its path.
"""

from __future__ import annotations

from pathlib import Path

BOOK = Path(__file__).parents[1]
CONTRACT = BOOK / "contract"
TRACE = BOOK / "trace"
PRACTICE = BOOK / "practice"
PAGE_PYTHON = BOOK / "page_python"

#: What cells import, in the kernels of the build and in the reader's.
FOR_CELLS = (CONTRACT, TRACE, PRACTICE)

#: What the reader's kernel gets as wheels.
OWN_PACKAGES = (*FOR_CELLS, PAGE_PYTHON)
