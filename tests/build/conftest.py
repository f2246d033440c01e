"""Build tiny books for real, in a temporary folder, with the extension's own parts."""

import io
import re
import textwrap
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from book.extension import cells, scripts

PARTS = (
    "builder",
    "cells",
    "cell_runs",
    "parts",
    "chooser",
    "scripts",
    "timelines",
    "checkpoints",
    "glance",
    "terms",
    "tables",
    "reference",
    "verified",
)
FRONT_MATTER = (
    "---\njupytext: {text_representation: {extension: .md, format_name: myst}}\n"
    "kernelspec: {name: python3, display_name: Python 3}\nlanguage_info: {name: python}\n"
    'level: beginner\npython: "3.11"\n---\n'
)


class TinyBook:
    """A book of one page; `scripts` is its folder of downloads."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.output = folder / "html"
        self.scripts = folder / "scripts"
        self.recordings = folder / "recordings"
        for path in (self.source, self.scripts, self.recordings):
            path.mkdir(parents=True)
        self.warnings: list[str] = []

    def build(self, page: str, execute: str = "off") -> str:
        """Build the page and return its HTML; `warnings` has what the build reported."""
        text = FRONT_MATTER + "# Title\n\n" + textwrap.dedent(page).strip("\n") + "\n"
        (self.source / "index.md").write_text(text, encoding="utf8")
        messages = io.StringIO()
        overrides = {
            "extensions": ["myst_nb", *(f"book.extension.{part}" for part in PARTS)],
            "myst_heading_anchors": 3,
            "myst_enable_extensions": ["colon_fence"],
            "nb_execution_mode": execute,
            "exclude_patterns": [],
        }
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                self.source,
                None,
                self.output,
                self.output / ".doctrees",
                "html",
                confoverrides=overrides,
                status=None,
                warning=messages,
                freshenv=True,
            )
            app.build()
        plain = re.sub(r"\x1b\[[\d;]*m", "", messages.getvalue())
        self.warnings = [line for line in plain.splitlines() if line.strip()]
        return (self.output / "index.html").read_text(encoding="utf8")

    def line_of(self, text: str) -> int:
        """The line of the page that holds the text, from 1."""
        lines = (self.source / "index.md").read_text(encoding="utf8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A tiny book with its own folders of scripts and recordings."""
    tiny = TinyBook(tmp_path)
    monkeypatch.setattr(scripts, "SCRIPTS", tiny.scripts)
    monkeypatch.setattr(scripts, "ROOT", tmp_path)
    monkeypatch.setattr(cells, "RECORDINGS", tiny.recordings)
    return tiny
