"""List the anchors of the Python documentation's pages that the reference links to.

    python -m tools.docs_anchors /usr/share/doc/python3.15/html "Debian python3.15-doc 3.15.2-1"

The folder is an unpacked documentation package. The list is committed, so that the build
and the tests can tell a dead link without a network.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from book.extension.reference import ANCHORS, DATA  # noqa: E402


def linked_pages() -> list[str]:
    """Pages that some entry links to, such as library/asyncio-task.html."""
    pages = set()
    for source in DATA.glob("*.toml"):
        for kind in ("section", "release"):
            for group in tomllib.loads(source.read_text(encoding="utf8")).get(kind, []):
                for entry in group.get("entry", group.get("change", [])):
                    pages.add(entry["docs"].partition("#")[0])
    return sorted(pages)


def main(folder: str, source: str) -> None:
    """Write the list: a page, then its anchors, indented."""
    lines = [f"# Anchors of the Python documentation, from {source} by tools/docs_anchors.py."]
    for page in linked_pages():
        text = (Path(folder) / page).read_text(encoding="utf8")
        lines += [page, *(f" {anchor}" for anchor in sorted(set(re.findall(r'\bid="([^"]+)"', text))))]
    ANCHORS.write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main(*sys.argv[1:])
