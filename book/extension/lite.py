"""What JupyterLite and the in-page kernel are made of.

Before the build: a JupyterLite folder in ``_build/lite-dir`` with the settings of
``book/lite``, Pyodide's core from the npm package, and the wheels of our
own packages. After it: the scripts, JupyterLite's site (``notebook_form`` writes its notebooks),
and ``_static/overlap/kernel-<hash>.json``, the list of files that the in-page kernel loads.
JupyterLite's notebooks and the pages load the same files.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION
from jupyterlite_sphinx.jupyterlite_sphinx import jupyterlite_build
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

from book.examples import scripts

from .files import copy_if_different, write_if_different
from .kernel_list import LOCK, OMIT, ROOT_PACKAGES, RUNTIME, kernel_config, write_kernel_config
from .node import WEB, run_node
from .own_packages import OWN_PACKAGES

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "book" / "lite"
BUNDLE = ROOT / "_build" / "web" / "overlap"
PYODIDE_NPM = WEB / "node_modules" / "pyodide"
MAKE_SNAPSHOT = WEB / "snapshot" / "make-snapshot.ts"
SNAPSHOTS = ROOT / "_build" / "snapshot"
#: What JupyterLite's site was last built from.
BUILT_LITE = ROOT / "_build" / "lite-built.json"
JUPYTERLITE = ("jupyterlite-core", "jupyterlite-pyodide-kernel", "jupyterlite-sphinx")
#: The entry points of the steps of JupyterLite's build.
ADDONS = "jupyterlite.addon.v0"
KERNEL_SETTINGS = "@jupyterlite/pyodide-kernel-extension:kernel"

logger = logging.getLogger(__name__)


def prepare(app: Sphinx, config: Config) -> None:
    """Assemble the JupyterLite folder (``config-inited``, before jupyterlite-sphinx)."""
    package = json.loads((PYODIDE_NPM / "package.json").read_text(encoding="utf8"))
    if package["version"] != PYODIDE_VERSION:
        raise ExtensionError(
            f"book/web/package.json installs pyodide {package['version']}, but "
            f"jupyterlite-pyodide-kernel needs {PYODIDE_VERSION}. Set that version and run "
            "`npm install` in book/web."
        )
    lite_dir = Path(app.srcdir) / config.jupyterlite_dir
    for settings in SETTINGS.iterdir():
        copy_if_different(settings, lite_dir / settings.name)
    for name in RUNTIME:
        copy_if_different(PYODIDE_NPM / name, lite_dir / "static" / "pyodide" / name)
    # The core's own lock lists packages on a CDN; the lock addon fills in ours.
    lock = json.loads((PYODIDE_NPM / "pyodide-lock.json").read_text(encoding="utf8"))
    lock["packages"] = {}
    # pyodide-lock 0.1, the newest for Python 3.11, insists on this key.
    lock["info"].setdefault("version", PYODIDE_VERSION)
    write_if_different(lite_dir / "static" / "pyodide" / "pyodide-lock.json", json.dumps(lock, indent=1))
    _build_wheels(OWN_PACKAGES, lite_dir / "static" / "pyodide-lock")
    # uv, which resolves the kernel's wheels, must not download a Python.
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"


def pyodide_python() -> str:
    """Return the Python version of the in-page kernel, such as 3.14.2."""
    lock = json.loads((PYODIDE_NPM / "pyodide-lock.json").read_text(encoding="utf8"))
    return str(lock["info"]["python"])


def _build_wheels(projects: tuple[Path, ...], target: Path) -> None:
    sources = [
        path
        for project in projects
        for path in project.rglob("*")
        if path.suffix in (".py", ".toml", ".md", ".json")
    ]
    newest = max(path.stat().st_mtime for path in sources)
    wheels = list(target.glob("*.whl"))
    if len(wheels) == len(projects) and all(wheel.stat().st_mtime >= newest for wheel in wheels):
        return
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--disable-pip-version-check",
            "--wheel-dir",
            str(target),
            *map(str, projects),
        ],
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
    )
    for project in projects:
        for leftover in (project / "build", *project.glob("*.egg-info")):
            shutil.rmtree(leftover, ignore_errors=True)
    # Our version numbers stay while the content changes: a build tag, which begins with a digit.
    for wheel in target.glob("*.whl"):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()[:8]
        name, version, rest = wheel.name.split("-", 2)
        wheel.rename(wheel.with_name(f"{name}-{version}-0{digest}-{rest}"))


def copy_scripts(app: Sphinx) -> None:
    """Put every script, as readers download it, into the folder that JupyterLite copies."""
    contents = Path(app.srcdir) / app.config.jupyterlite_content_dir
    for script in scripts.all_scripts():
        target = contents / "scripts" / script.relative_to(scripts.SCRIPTS)
        target.parent.mkdir(parents=True, exist_ok=True)
        scripts.Script(script).serve(target)


def copy_bundle(app: Sphinx) -> None:
    """Put the bundled runner into ``_static/overlap``.

    Sphinx copies static files only when it writes a page, and never deletes one;
    the names of bundled files change with their content.
    """
    target = Path(app.outdir) / "_static" / "overlap"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(BUNDLE, target)


def build_jupyterlite(app: Sphinx) -> None:
    """Let jupyterlite-sphinx build its site, as much of it as has changed since it last did.

    JupyterLite looks at each of its files each time, which takes longer than the rest of a small change.
    """
    site = Path(app.outdir) / "lite"
    source = Path(app.srcdir)
    wanted = {
        "program": _digest(source / app.config.jupyterlite_dir, *map(version, JUPYTERLITE)),
        "contents": _digest(source / app.config.jupyterlite_content_dir),
    }
    built = (
        json.loads(BUILT_LITE.read_text(encoding="utf8")) if BUILT_LITE.is_file() and site.is_dir() else {}
    )
    if built == wanted:
        return
    if built.get("program") == wanted["program"]:
        addons = [addon.name for addon in entry_points(group=ADDONS) if addon.name != "contents"]
        app.config.jupyterlite_build_command_options = {"LiteBuildConfig.disable_addons": addons}
    BUILT_LITE.unlink(missing_ok=True)
    jupyterlite_build(app, None)
    write_if_different(BUILT_LITE, json.dumps(wanted))


def _digest(folder: Path, *texts: str) -> str:
    """Return a hash of the names and contents of all files in a folder, and of some texts."""
    digest = hashlib.sha256("\n".join(texts).encode())
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\n{file.stat().st_size}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def list_kernel(app: Sphinx) -> None:
    """Write ``kernel-<hash>.json``, the list of files that the in-page kernel loads."""
    site = Path(app.outdir)
    folder = site / "_static" / "overlap"
    pyodide = name_pyodide_by_content(site / "lite")
    snapshot = copy_snapshot(make_snapshot(site / "lite", pyodide), folder)
    write_kernel_config(kernel_config(site / "lite", pyodide, folder, snapshot), folder)


def name_pyodide_by_content(lite: Path) -> Path:
    """Move Pyodide's core to a folder whose name changes with its content; returns the folder.

    JupyterLite's build wants it in ``static/pyodide`` and puts it there again each time that it runs.
    """
    built = lite / "static" / "pyodide"
    if not built.is_dir():
        [named] = lite.glob("static/pyodide-[0-9]*")
        return named
    digest = hashlib.sha256()
    for name in RUNTIME:
        digest.update((built / name).read_bytes())
    folder = built.with_name(f"pyodide-{PYODIDE_VERSION}-{digest.hexdigest()[:8]}")
    for earlier in lite.glob("static/pyodide-[0-9]*"):
        shutil.rmtree(earlier)
    built.rename(folder)
    settings_file = lite / "jupyter-lite.json"
    settings = json.loads(settings_file.read_text(encoding="utf8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"][KERNEL_SETTINGS]
    kernel["pyodideUrl"] = f"./static/{folder.name}/pyodide.mjs"
    write_if_different(settings_file, json.dumps(settings, indent=2, sort_keys=True))
    return folder


def make_snapshot(lite: Path, pyodide: Path) -> Path:
    """Make the memory snapshot of the in-page kernel, unless nothing it depends on has changed.

    Returns the folder with ``snapshot.json`` and the snapshot that it names.
    """
    sources = [
        *(pyodide / name for name in RUNTIME),
        lite / LOCK,  # names the hash of every wheel
        *sorted(MAKE_SNAPSHOT.parent.glob("*.*")),
        WEB / "src" / "worker" / "restore.ts",
    ]
    key = hashlib.sha256(f"{ROOT_PACKAGES} {OMIT}".encode())
    for source in sources:
        key.update(hashlib.sha256(source.read_bytes()).digest())
    folder = SNAPSHOTS / key.hexdigest()[:16]
    if not (folder / "snapshot.json").is_file():
        shutil.rmtree(SNAPSHOTS, ignore_errors=True)
        said = run_node(
            MAKE_SNAPSHOT,
            *("--lite", lite, "--out", folder),
            *("--packages", ",".join(ROOT_PACKAGES), "--omit", ",".join(OMIT)),
            makes="the snapshot of the in-page kernel",
        )
        logger.info(said)
    return folder


def copy_snapshot(folder: Path, target: Path) -> dict[str, Any]:
    """Copy a snapshot into ``target``; returns what ``snapshot.json`` says of it."""
    snapshot: dict[str, Any] = json.loads((folder / "snapshot.json").read_text(encoding="utf8"))
    copy_if_different(folder / snapshot["file"], target / snapshot["file"])
    return snapshot


@dataclass(frozen=True)
class KernelFacts:
    """What pages say of the in-page kernel."""

    version: str  # names the list of its files
    first_run_bytes: int  # what a reader's first Run downloads: compressed, as a host would
    stored_bytes: int  # what a browser keeps after a first Run: the same files, unpacked


def kernel_facts(site: Path) -> KernelFacts:
    """Return what the site's list of kernel files says."""
    [listed] = (site / "_static" / "overlap").glob("kernel-*.json")
    content = listed.read_bytes()
    config = json.loads(content)
    snapshot = config["snapshot"]["bytes"]

    def runtime(sizes: dict[str, int]) -> int:
        # The files in Python's standard library and in the wheels are in the snapshot.
        return sum(size for name, size in sizes.items() if not name.endswith(".zip"))

    return KernelFacts(
        version=listed.stem.removeprefix("kernel-"),
        first_run_bytes=runtime(config["transfer"]) + snapshot + len(gzip.compress(content, 6)),
        stored_bytes=runtime(config["runtime"]) + snapshot + len(content),
    )


def setup(app: Sphinx) -> None:
    """Take the JupyterLite build out of Sphinx's hands: it is a step of ``build_order``."""
    app.setup_extension("jupyterlite_sphinx")
    for listener in list(app.events.listeners["build-finished"]):
        if listener.handler is jupyterlite_build:
            app.disconnect(listener.id)
