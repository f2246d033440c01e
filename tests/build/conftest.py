"""Build tiny books for real, in a temporary folder, with the features of the extension."""

import datetime
import io
import re
import textwrap
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from book.examples import scripts as examples
from book.examples.recording import Recording, fingerprint
from book.extension import FEATURES as ALL_FEATURES
from book.extension import cells, scripts, search

# A book without JupyterLite, which takes long to build.
FEATURES = tuple(name for name in ALL_FEATURES if name not in ("lite", "build_order"))
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
            "extensions": ["myst_nb", *(f"book.extension.{feature}" for feature in FEATURES)],
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
            # The end of the build without JupyterLite and the bundled runner.
            scripts.copy_downloads(app)
            search.write_index(app)
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
    monkeypatch.setattr(examples, "SCRIPTS", tiny.scripts)
    monkeypatch.setattr(examples, "ROOT", tmp_path)
    monkeypatch.setattr(cells, "RECORDINGS", tiny.recordings)
    return tiny


def only_warning(book):
    """The one warning of a build."""
    assert len(book.warnings) == 1, book.warnings
    return book.warnings[0]


def record(script, text="hello\n", source=None):
    """Write a recording beside a script, as `make record` would."""
    Recording(
        kind="script",
        source=source or fingerprint(script),
        python="3.13.0",
        build="CPython",
        platform="Linux-x86_64",
        cores=2,
        date=datetime.date.today().isoformat(),
        match="exact",
        exit=0,
        command=f"python {script.name}",
        text=text,
    ).write(script.with_suffix(".out"))


class Elements(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def having(self, attribute, value=None):
        """Attributes of the elements with this attribute (and value)."""
        return [a for _, a in self.found if attribute in a and value in (None, a[attribute])]
