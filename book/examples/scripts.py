"""The scripts that readers download: where they are, and what each says about itself."""

from __future__ import annotations

import ast
import itertools
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"

HEADER = re.compile(r"# /// script\n((?:#(?: .*)?\n)+?)# ///\n")


@dataclass(frozen=True)
class Header:
    """The inline metadata (PEP 723) at the top of a script."""

    requires_python: str  # ">=3.11" or ">=3.11,<3.14"
    dependencies: tuple[str, ...] = ()  # third-party packages: "httpx", "httpx>=0.28"
    leaves: tuple[str, ...] = ()  # what it leaves behind on purpose: "daemon thread"


@dataclass(frozen=True)
class Script:
    """One script, read when it is asked."""

    path: Path

    @cached_property
    def source(self) -> str:
        """Return the text of the file, with LF line ends."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def docstring(self) -> str:
        """Return what the script says that it does; empty without a docstring."""
        return ast.get_docstring(ast.parse(self.source)) or ""

    @cached_property
    def header(self) -> Header:
        """Return the inline metadata. ValueError says what is missing."""
        metadata = self._metadata
        if metadata is None:
            raise ValueError(f"{self.path} does not begin with a '# /// script' block.")
        if "requires-python" not in metadata:
            raise ValueError(f"{self.path} does not say requires-python in its '# /// script' block.")
        dependencies, leaves = metadata.get("dependencies", []), self._ours.get("leaves", [])
        return Header(metadata["requires-python"], tuple(dependencies), tuple(leaves))

    @cached_property
    def through(self) -> Path | None:
        """Return the script beside this one that runs it: ``[tool.overlap]``, ``through`` in the header."""
        name = self._ours.get("through")
        return self.path.with_name(name) if name else None

    @property
    def files(self) -> list[Path]:
        """Return what ``python`` is called with: the script, after the one that runs it if there is one."""
        return [path for path in (self.through, self.path) if path]

    @cached_property
    def _metadata(self) -> dict[str, Any] | None:
        block = HEADER.match(self.source)
        return tomllib.loads("\n".join(line[2:] for line in block[1].splitlines())) if block else None

    @property
    def _ours(self) -> dict[str, Any]:
        tool: dict[str, Any] = (self._metadata or {}).get("tool", {}).get("overlap", {})
        return tool


def all_scripts(folder: Path | None = None) -> list[Path]:
    """Return every script that readers download, in a fixed order."""
    return sorted((folder or SCRIPTS).rglob("*.py"))


def part_of(source: str, part: str) -> str | None:
    """Return the lines between ``# [part]`` and ``# [/part]``, unindented; None if there are none."""
    lines = source.splitlines()
    marks = [line.strip() for line in lines]
    if f"# [{part}]" not in marks or f"# [/{part}]" not in marks:
        return None
    chosen = lines[marks.index(f"# [{part}]") + 1 : marks.index(f"# [/{part}]")]
    indent = min((len(line) - len(line.lstrip()) for line in chosen if line.strip()), default=0)
    return "\n".join(line[indent:] for line in chosen) + "\n"


def parts_in(source: str) -> list[str]:
    """Return the names of the parts marked in a script."""
    marks = (line.strip() for line in source.splitlines())
    return [mark[3:-1] for mark in marks if _is_marker(mark) and not mark.startswith("# [/")]


def without_markers(code: str) -> str:
    """Return the code as a page shows it: without the lines that mark parts."""
    return "\n".join(line for line in code.splitlines() if not _is_marker(line.strip()))


def output_of(text: str, part: str | None) -> str:
    """Return what a run printed for one part: the lines below ``[part]``; all if there is no such line."""
    lines = text.splitlines(keepends=True)
    if f"[{part}]\n" not in lines:
        return text
    below = lines[lines.index(f"[{part}]\n") + 1 :]
    return "".join(itertools.takewhile(lambda line: not re.fullmatch(r"\[\w+\]\n", line), below))


def _is_marker(line: str) -> bool:
    # `# [tool.overlap]` belongs to the header of a script (PEP 723).
    return line.startswith("# [") and line.endswith("]") and not line.startswith("# [tool.")
