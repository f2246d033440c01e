"""Write files that other programs look at by their dates."""

from __future__ import annotations

from pathlib import Path


def write_if_different(target: Path, content: str | bytes) -> None:
    """Keep the old file, and its date, when nothing changed: JupyterLite goes by dates."""
    data = content.encode() if isinstance(content, str) else content
    if not target.exists() or target.read_bytes() != data:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def copy_if_different(source: Path, target: Path) -> None:
    """Copy a file, unless the copy is the same already."""
    write_if_different(target, source.read_bytes())
