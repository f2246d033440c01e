"""The third-party notices name what the site contains, and no license is missing."""

import json
import re
from importlib.metadata import distribution
from pathlib import PurePosixPath

import pytest
from sphinx.errors import ExtensionError

from book.extension import notices
from tools.browser import SITE

#: Files of _static that are made here: the runner, its styles, what `book/static` has.
MADE_HERE = re.compile(
    r"(?:overlap|data|icons|css|js|fonts)/|overlap\.css$|favicon\.svg$|manifest\.webmanifest$|third-party-notices"
)


@pytest.fixture(scope="module")
def text():
    return (SITE / notices.NOTICES).read_text(encoding="utf-8-sig")


@pytest.fixture(scope="module")
def listed(text):
    """What the list at the beginning names, without versions."""
    return {line.split()[1].rstrip(":") for line in text.split("====")[0].splitlines() if line[:2] == "- "}


def test_every_bundled_npm_package_is_listed(listed):
    bundled = json.loads(notices.BUNDLED.read_text(encoding="utf8"))
    assert {"@codemirror/view", "@jupyterlite/pyodide-kernel", "comlink", "dompurify"} <= set(bundled)
    assert set(bundled) <= listed


def test_every_wheel_of_the_pages_is_listed(listed):
    wheels = {file.name.split("-")[0] for file in SITE.glob("lite/static/pyodide-lock/*.whl")}
    theirs = {name for name in wheels if not name.startswith("overlap_")}
    assert theirs
    assert theirs <= listed


def test_python_and_the_font_are_listed(listed):
    assert {"pyodide", "CPython", "@fontsource-variable/source-sans-3"} <= listed


def test_every_static_file_comes_from_a_listed_package(listed):
    known = set()
    for name in notices.DISTRIBUTIONS:
        assert name in listed
        # Sphinx fills in templates: language_data.js.jinja becomes language_data.js.
        known |= {file.name.removesuffix(".jinja").removesuffix("_t") for file in distribution(name).files}
    static = SITE / "_static"
    made_by_sphinx = {"pygments.css"}
    unknown = []
    for file in static.rglob("*"):
        path = file.relative_to(static).as_posix()
        name = re.sub(r"^mystnb\.[0-9a-f]{64}\.css$", "mystnb.css", PurePosixPath(path).name)
        if file.is_file() and not MADE_HERE.match(path) and name not in known | made_by_sphinx:
            unknown.append(path)
    assert not unknown, sorted(unknown)


def test_what_jupyterlite_bundles_is_listed(text):
    file = SITE / "lite" / "build" / "third-party-licenses.json"
    for package in json.loads(file.read_text(encoding="utf8"))["packages"]:
        assert f"- {package['name']} {package['versionInfo']} (" in text


def test_licenses_are_whole(text):
    for words in (
        "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2",
        "Mozilla Public License Version 2.0",
        "SIL OPEN FONT LICENSE",
        "Marijn Haverbeke",
        "Apache License",
    ):
        assert words in text


def test_every_kept_license_is_used():
    kept = {file.stem for file in notices.KEPT.glob("*.txt")}
    assert kept == {name.lower() for name in (*notices.CORE, "pyodide")}


def test_a_package_without_a_license_stops_the_build(tmp_path, monkeypatch):
    (tmp_path / "node_modules" / "no-terms").mkdir(parents=True)
    (tmp_path / "node_modules" / "no-terms" / "package.json").write_text('{"version": "1.0"}')
    (tmp_path / "packages.json").write_text('["no-terms"]')
    monkeypatch.setattr(notices, "BUNDLED", tmp_path / "packages.json")
    monkeypatch.setattr(notices, "NODE_MODULES", tmp_path / "node_modules")
    with pytest.raises(ExtensionError, match=r"no-terms.*licenses/no-terms\.txt"):
        list(notices.from_npm())


def test_every_page_links_to_the_notices():
    pages = [
        page for page in SITE.rglob("*.html") if page.relative_to(SITE).parts[0] not in ("lite", "_static")
    ]
    assert pages
    for page in pages:
        assert re.search(r'href="[^"]*_static/third-party-notices\.txt"', page.read_text(encoding="utf8")), (
            page
        )
