"""What the site contains that others wrote, with their licenses: ``_static/third-party-notices.txt``.

The list is made from what is shipped: the npm packages that esbuild bundled (``packages.json``), the
wheels of the in-page kernel, what Pyodide's core is linked from, and the Python packages whose files
Sphinx copies. A license that is not found stops the build. Texts that packages do not bring themselves
are kept in ``licenses/``.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from .node import WEB

BUNDLED = Path(__file__).parents[2] / "_build" / "web" / "packages.json"
NODE_MODULES = WEB / "node_modules"
KEPT = Path(__file__).parent / "licenses"
NOTICES = "_static/third-party-notices.txt"

#: npm packages that are shipped without being bundled, and where.
NPM_FILES = {
    "@fontsource-variable/source-sans-3": "the font of the pages",
    "pyodide": "Python in the pages; its source is at https://github.com/pyodide/pyodide",
}
#: What Pyodide's core is linked from (`cpython/Makefile` and `Makefile.envs` of Pyodide).
CORE = (
    *("CPython", "bzip2", "Emscripten", "Expat", "libcxx", "libffi", "liblzma"),
    *("mpdecimal", "musl", "SQLite", "stackframe", "zlib", "zstd"),
)
#: Python packages of which Sphinx or JupyterLite copy files into the site.
DISTRIBUTIONS = {
    "Sphinx": "scripts and styles that it copies",
    "Pygments": "colors of code",
    "sphinx-book-theme": "styles of the pages",
    "pydata-sphinx-theme": "styles of the pages; its files hold Bootstrap and Font Awesome",
    "sphinx-copybutton": "files in _static",
    "sphinx-design": "styles of the pages",
    "sphinx-thebe": "files in _static",
    "sphinx-togglebutton": "files in _static",
    "myst-nb": "styles of the pages",
    "jupyterlite-core": "JupyterLite",
    "jupyterlite-pyodide-kernel": "JupyterLite",
    "jupyterlite-sphinx": "files in _static",
    "jupyterlab-pygments": "JupyterLite",
}
LICENSE_FILE = re.compile(r"(?:licen[cs]e|copying|notice)[^/]*$|\.license\.txt$", re.IGNORECASE)
#: Our own wheels; the repository's LICENSE holds for them.
OURS = re.compile(r"overlap_")

TITLE = """\
Third-party notices

Overlap's code is under the MIT license, its text and figures are under CC BY 4.0.
This site also contains what is listed here, under the licenses below.
"""


@dataclass(frozen=True)
class Component:
    """A package or library that is shipped, what for, and the text of its license."""

    name: str
    version: str
    use: str
    text: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()


def components(site: Path) -> list[Component]:
    """Return everything of others that a built site contains. Raises ExtensionError without a license."""
    found = [*from_npm(), *from_core(), *from_wheels(site), *from_python()]
    return sorted(found, key=lambda component: component.name.lower())


def from_npm() -> Iterator[Component]:
    """Yield the npm packages whose code or files are shipped."""
    uses = dict.fromkeys(json.loads(BUNDLED.read_text(encoding="utf8")), "scripts of the pages") | NPM_FILES
    for name, use in uses.items():
        folder = NODE_MODULES / name
        version = json.loads((folder / "package.json").read_text(encoding="utf8"))["version"]
        files = sorted(file for file in folder.iterdir() if LICENSE_FILE.match(file.name))
        texts = [file.read_text(encoding="utf8") for file in files]
        yield Component(name, version, use, one_text(name, texts))


def from_core() -> Iterator[Component]:
    """Yield the libraries in Pyodide's core, which says of one of them which version it is."""
    lock = json.loads((NODE_MODULES / "pyodide" / "pyodide-lock.json").read_text(encoding="utf8"))
    versions = {"CPython": lock["info"]["python"]}
    for name in CORE:
        yield Component(name, versions.get(name, ""), "in Pyodide's core", one_text(name, []))


def from_wheels(site: Path) -> Iterator[Component]:
    """Yield the packages of the in-page kernel."""
    for file in sorted(site.glob("lite/static/pyodide-lock/*.whl")):
        name, version = file.name.split("-")[:2]
        if OURS.match(name):
            continue
        with zipfile.ZipFile(file) as wheel:
            names = [n for n in wheel.namelist() if ".dist-info/" in n and LICENSE_FILE.search(n)]
            texts = [wheel.read(n).decode("utf8") for n in sorted(names)]
        yield Component(name, version, "package of the Python in the pages", one_text(name, texts))


def from_python() -> Iterator[Component]:
    """Yield the Python packages of which files are in the site."""
    for name, use in DISTRIBUTIONS.items():
        package = distribution(name)
        yield Component(name, package.version, use, one_text(name, license_texts(package)))


def license_texts(package: Distribution) -> list[str]:
    """Return the licenses that an installed package brings, its own first."""
    files = [file for file in package.files or [] if LICENSE_FILE.search(file.name)]
    files.sort(key=lambda file: (".dist-info" not in file.as_posix(), file.as_posix()))
    return [Path(str(file.locate())).read_text(encoding="utf8") for file in files]


def one_text(name: str, texts: list[str]) -> str:
    """Join the texts of a package's licenses, or take the kept one."""
    kept = KEPT / f"{name.lower().replace('/', '+')}.txt"
    if not texts and kept.is_file():
        texts = [kept.read_text(encoding="utf8")]
    text = "\n\n".join(line for line in (text.strip("\n \ufeff") for text in texts) if line)
    if not text:
        raise ExtensionError(
            f"The site contains {name}, which brings no license. "
            f"Add its text as {kept.relative_to(KEPT.parents[2])}."
        )
    return text.replace("\r\n", "\n")


def of_jupyterlite(site: Path) -> Iterator[str]:
    """Yield lines: what JupyterLite's own lists name, and where they are in the site."""
    for file in sorted(site.glob("lite/**/third-party-licenses.json")):
        yield f"\n{file.relative_to(site).as_posix()} has the licenses of:\n"
        for package in json.loads(file.read_text(encoding="utf8"))["packages"]:
            yield f"- {package['name']} {package['versionInfo']} ({package['licenseId']})"


def notices(site: Path) -> str:
    """Return the text of the notices; a license that several packages share stands there once."""
    listed = components(site)
    by_text: dict[str, list[Component]] = {}
    for component in listed:
        by_text.setdefault(component.text, []).append(component)
    lines = [TITLE, *(f"- {component}: {component.use}" for component in listed)]
    for text, those in by_text.items():
        lines += ["", "=" * 72, ", ".join(map(str, those)), "=" * 72, "", text]
    lines += ["", "=" * 72, "Packages in JupyterLite", "=" * 72, *of_jupyterlite(site)]
    return "\n".join(lines) + "\n"


def write_notices(app: Sphinx) -> None:
    """Write the notices of the built site, after everything that they name."""
    site = Path(app.outdir)
    # With a byte order mark, because hosts do not say which encoding a text file has.
    (site / NOTICES).write_text(notices(site), encoding="utf-8-sig")
