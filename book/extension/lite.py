"""What JupyterLite and the in-page kernel are made of.

Before the build: a JupyterLite folder in ``_build/lite-dir`` with the settings of
``book/lite``, Pyodide's core from the npm package, and the wheels of our
own packages. After it: every page as a notebook, the scripts, and
``_static/overlap/kernel-<hash>.json``, the list of files that the in-page kernel loads.
JupyterLite's notebooks and the pages load the same files.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

from book.examples import recording, scripts
from book.examples.scripts import all_scripts, part_of, without_markers

from .kernel_list import LOCK, OMIT, ROOT_PACKAGES, RUNTIME, kernel_config, write_kernel_config
from .node import WEB, run_node
from .own_packages import OWN_PACKAGES
from .program_views import with_cells
from .timelines import timeline_markdown

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "book" / "lite"
BUNDLE = ROOT / "_build" / "web" / "overlap"
PYODIDE_NPM = WEB / "node_modules" / "pyodide"
MAKE_SNAPSHOT = WEB / "snapshot" / "make-snapshot.ts"
SNAPSHOTS = ROOT / "_build" / "snapshot"
KERNEL_SETTINGS = "@jupyterlite/pyodide-kernel-extension:kernel"

logger = logging.getLogger(__name__)

FENCE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w-]+)\}[ ]?(?P<argument>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
OPTION = re.compile(r"^:(?P<name>[\w-]+):[ ]?(?P<value>.*)\n", re.MULTILINE)
ROLE_WITH_TEXT = re.compile(r"\{\w+\}`(?P<text>[^`<]+?) ?<[^`>]+>`")
TERM = re.compile(r"\{term\}`(?P<text>[^`]+)`")
ROLE = re.compile(r"\{\w+\}`(?P<text>[^`]+)`")
GLOSSARY_ENTRY = re.compile(r"^(?P<term>\S.*)\n +(?P<text>.*)$", re.MULTILINE)
# What a page does by the tags of its cells.
VIRTUAL_MARK = "%%virtual"
WITH_TIMELINES = """\
# Draw a timeline after each cell that awaits.
import overlap_trace
overlap_trace.load_ipython_extension(get_ipython())"""
# What Sphinx reads and never shows: labels of places, and comments.
UNSHOWN = re.compile(r"^(?:\([\w-]+\)=|% .*)\n", re.MULTILINE)
SUBSTITUTION = re.compile(r"\{\{ ?(?P<name>\w+) ?\}\}")
# The numbers are known after the notebooks are written.
MEGABYTES = re.compile(r"(?:about )?\{\{ ?(?:first_run|stored)_mb ?\}\} MB")


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
        _copy_if_different(settings, lite_dir / settings.name)
    for name in RUNTIME:
        _copy_if_different(PYODIDE_NPM / name, lite_dir / "static" / "pyodide" / name)
    # The core's own lock lists packages on a CDN; the lock addon fills in ours.
    lock = json.loads((PYODIDE_NPM / "pyodide-lock.json").read_text(encoding="utf8"))
    lock["packages"] = {}
    # pyodide-lock 0.1, the newest for Python 3.11, insists on this key.
    lock["info"].setdefault("version", PYODIDE_VERSION)
    _write_if_different(lite_dir / "static" / "pyodide" / "pyodide-lock.json", json.dumps(lock, indent=1))
    _build_wheels(OWN_PACKAGES, lite_dir / "static" / "pyodide-lock")
    # uv, which resolves the kernel's wheels, must not download a Python.
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"


def pyodide_python() -> str:
    """The Python version of the in-page kernel, such as 3.14.2."""
    lock = json.loads((PYODIDE_NPM / "pyodide-lock.json").read_text(encoding="utf8"))
    return lock["info"]["python"]


def _copy_if_different(source: Path, target: Path) -> None:
    _write_if_different(target, source.read_bytes())


def _write_if_different(target: Path, content: str | bytes) -> None:
    """Keep the old file, and its date, when nothing changed: JupyterLite goes by dates."""
    data = content.encode() if isinstance(content, str) else content
    if not target.exists() or target.read_bytes() != data:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


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
        for leftover in ("build", *project.glob("*.egg-info")):
            shutil.rmtree(project / leftover, ignore_errors=True)
    # Our version numbers stay while the content changes: a build tag, which begins with a digit.
    for wheel in target.glob("*.whl"):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()[:8]
        name, version, rest = wheel.name.split("-", 2)
        wheel.rename(wheel.with_name(f"{name}-{version}-0{digest}-{rest}"))


def write_contents(app: Sphinx, error: Exception | None) -> None:
    """Every page as a notebook, and every script (``build-finished``, before JupyterLite)."""
    if error is not None or app.builder.format != "html":
        return
    contents = Path(app.srcdir) / app.config.jupyterlite_content_dir
    for docname in sorted(app.env.found_docs):
        page = Path(app.env.doc2path(docname))
        notebook = page_as_notebook(page.read_text(encoding="utf8"), docname, app.config.myst_substitutions)
        _write_if_different(contents / f"{docname}.ipynb", nbformat.writes(notebook))
    for script in all_scripts():
        _copy_if_different(script, contents / "scripts" / script.relative_to(scripts.SCRIPTS))


def page_as_notebook(text: str, docname: str, substitutions: dict[str, str]) -> nbformat.NotebookNode:
    """A page as a notebook that reads well in JupyterLite.

    Code cells are kept as they are, and explorers and steppers are cells. Other directives,
    which only Sphinx understands, become plain Markdown: scripts as code with their file, checkpoints as a
    list with the answers folded away. ``substitutions`` are the values for ``{{ name }}``.
    """
    notebook = read_myst_markdown_notebook(with_cells(text))
    depth = "../" * docname.count("/")
    # Cells drawn at build read files of the repository, which JupyterLite does not have.
    notebook.cells = [c for c in notebook.cells if "skip-in-page" not in c.metadata.get("tags", [])]
    tags = [set(cell.metadata.get("tags", [])) for cell in notebook.cells]
    for cell, wishes in zip(notebook.cells, tags, strict=True):
        if "virtual-time" in wishes:
            cell.source = f"{VIRTUAL_MARK}\n{cell.source}"
    if any({"timeline", "virtual-time"} & wishes for wishes in tags):
        first = next(n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        notebook.cells.insert(first, nbformat.v4.new_code_cell(WITH_TIMELINES))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(filled_in(cell.source, substitutions), depth)
    notebook.metadata = {
        "kernelspec": {"name": "python", "display_name": "Python (Pyodide)", "language": "python"},
        "language_info": {"name": "python"},
    }
    return notebook


def filled_in(text: str, substitutions: dict[str, str]) -> str:
    """Markdown with its substitutions made, and without what Sphinx never shows."""
    text = MEGABYTES.sub("some megabytes", UNSHOWN.sub("", text))
    return SUBSTITUTION.sub(lambda match: substitutions.get(match["name"], match[0]), text)


def plain_markdown(text: str, to_root: str) -> str:
    """Markdown without directives and roles. ``to_root`` leads to the folder of ``scripts``."""

    def replace(match: re.Match[str]) -> str:
        name, argument, body = match["name"], match["argument"].strip(), match["body"]
        options = {option["name"]: option["value"] for option in OPTION.finditer(body)}
        body = OPTION.sub("", body).strip("\n")
        if name == "script":
            return _script_markdown(argument, options, to_root)
        if name == "timeline":
            return timeline_markdown(argument)
        if name == "checkpoint":
            return _checkpoint_markdown(argument, body)
        if name == "glossary":
            body = GLOSSARY_ENTRY.sub(r"**\g<term>**: \g<text>", body)
            return plain_markdown(re.sub(r"^ +", "", body, flags=re.MULTILINE), to_root)
        body = plain_markdown(body, to_root)
        if name == "dropdown":
            return f"<details><summary>{argument}</summary>\n\n{body}\n\n</details>"
        title = argument if name in ("admonition", "grid-item-card", "chooser") else ""
        if name in ("note", "tip", "warning", "important", "seealso"):
            title = name.capitalize()
        quoted = f"**{title}**\n\n{body}" if title else body
        return quoted

    text = FENCE.sub(replace, text)
    text = ROLE_WITH_TEXT.sub(r"\g<text>", text)
    text = TERM.sub(r"\g<text>", text)
    text = ROLE.sub(r"`\g<text>`", text)
    # Pages are notebooks here, and open in JupyterLite.
    return re.sub(r"\]\(((?!https?:)[^)#\s]+)\.md(#[^)\s]*)?\)", r"](\1.ipynb)", text)


def _script_markdown(name: str, options: dict[str, str], to_root: str) -> str:
    script = scripts.SCRIPTS / name
    try:
        output = recording.Recording.read(script.with_suffix(".out"))
        source = script.read_text(encoding="utf8")
    except (OSError, recording.RecordingError):
        return ""  # the directive reports it, with file and line
    code = part_of(source, options["part"]) if "part" in options else source
    return (
        f"**[{script.name}]({to_root}scripts/{name})**: runs locally only. Download it and "
        f"run `python {script.name}`.\n\n"
        f"```python\n{without_markers(code or source).rstrip()}\n```\n\n"
        f"Recorded output ({output.provenance}):\n\n```text\n{output.text.rstrip()}\n```"
    )


def _checkpoint_markdown(question: str, body: str) -> str:
    choices = re.split(r"^- \[([ xX])\] ", body, flags=re.MULTILINE)[1:]
    lines = [f"**Check yourself.** {question}", ""]
    answers = []
    for mark, choice in zip(choices[::2], choices[1::2], strict=True):
        text, _, explanation = choice.partition("\n\n")
        lines.append(f"- {' '.join(text.split())}")
        verdict = "right" if mark in "xX" else "not this one"
        answers.append(f"- {' '.join(text.split())} **{verdict}.** {' '.join(explanation.split())}")
    answer = "\n".join(answers)
    return "\n".join(lines) + f"\n\n<details><summary>Answers</summary>\n\n{answer}\n\n</details>"


def copy_bundle(app: Sphinx, error: Exception | None) -> None:
    """Put the bundled runner into ``_static/overlap`` (``build-finished``).

    Sphinx copies static files only when it writes a page, and never deletes one;
    the names of bundled files change with their content.
    """
    if error is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "overlap"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(BUNDLE, target)


def describe_kernel(app: Sphinx, error: Exception | None) -> None:
    """Write ``kernel-<hash>.json``, and into the pages its hash and the sizes of a first run.

    On ``build-finished``, after JupyterLite.
    """
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    folder = site / "_static" / "overlap"
    pyodide = name_pyodide_by_content(site / "lite")
    snapshot = copy_snapshot(make_snapshot(site / "lite", pyodide), folder)
    config_file = write_kernel_config(kernel_config(site / "lite", pyodide, folder, snapshot), folder)
    version = config_file.stem.removeprefix("kernel-")
    megabytes = f"{first_run_bytes(config_file) / 1e6:.0f}"
    stored = f"{stored_bytes(config_file) / 1e6:.0f}"
    for docname in app.env.found_docs:
        page = Path(app.builder.get_outfilename(docname))
        text = page.read_text(encoding="utf8")
        filled = re.sub(r'(<span class="first-run-mb">)[^<]*', rf"\g<1>{megabytes}", text)
        filled = re.sub(r'(<span class="stored-mb">)[^<]*', rf"\g<1>{stored}", filled)
        filled = re.sub(r'(data-first-run-mb=")[^"]*', rf"\g<1>{megabytes}", filled)
        filled = re.sub(r'(data-kernel-version=")[^"]*', rf"\g<1>{version}", filled)
        if filled != text:
            page.write_text(filled, encoding="utf8")


def name_pyodide_by_content(lite: Path) -> Path:
    """Move Pyodide's core to a folder whose name changes with its content; returns the folder.

    JupyterLite's build wants it in ``static/pyodide`` and puts it there again each time.
    """
    built = lite / "static" / "pyodide"
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
    _write_if_different(settings_file, json.dumps(settings, indent=2, sort_keys=True))
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


def copy_snapshot(folder: Path, target: Path) -> dict:
    """Copy a snapshot into ``target``; returns what ``snapshot.json`` says of it."""
    snapshot = json.loads((folder / "snapshot.json").read_text(encoding="utf8"))
    _copy_if_different(folder / snapshot["file"], target / snapshot["file"])
    return snapshot


def first_run_bytes(config_file: Path) -> int:
    """Bytes that a reader's first Run downloads: compressed as a host would, wheels as they are."""
    listed = config_file.read_bytes()
    config = json.loads(listed)
    # The files in Python's standard library and in the wheels are in the snapshot.
    runtime = sum(size for name, size in config["transfer"].items() if not name.endswith(".zip"))
    return runtime + config["snapshot"]["bytes"] + len(gzip.compress(listed, 6))


def stored_bytes(config_file: Path) -> int:
    """Bytes that a browser keeps after a first Run: the same files, unpacked."""
    listed = config_file.read_bytes()
    config = json.loads(listed)
    runtime = sum(size for name, size in config["runtime"].items() if not name.endswith(".zip"))
    return runtime + config["snapshot"]["bytes"] + len(listed)


def setup(app: Sphinx) -> None:
    """Connect both ends of the build."""
    app.connect("config-inited", prepare, priority=400)
    app.connect("build-finished", write_contents, priority=400)
    app.connect("build-finished", copy_bundle, priority=300)
    app.connect("build-finished", describe_kernel, priority=600)
