"""The ``script`` directive: a program the reader downloads and runs.

The page shows the file from ``scripts/`` (whole, or one named part), its
recorded output, and a link to exactly that file. Nothing is copied by hand, so
page, download and test cannot differ.
"""

from __future__ import annotations

import difflib
import html
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from overlap_contract import ATTRIBUTES as NAMES
from overlap_contract import RUNS
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from book.examples import scripts
from book.examples.recording import Recording, RecordingError, fingerprint, how_to_record
from book.examples.scripts import all_scripts, output_of, part_of, parts_in, without_markers

from .builder import public_name
from .cells import RecordedOutput
from .locations import line_in_page
from .notebook_form import Directive, notebook_form
from .page_data import PageData

logger = logging.getLogger(__name__)

WHY_PAGE = "book/running"

#: The scripts that each page shows, and whether it shows them whole.
SHOWN: PageData[dict[str, bool]] = PageData("scripts_shown")

WHY = {
    "threads": "A browser tab gives Python one thread. Starting a second one fails.",
    "processes": "A browser tab cannot start processes. Python's multiprocessing is not even there.",
    "asyncio": (
        "This program starts its own event loop, threads or sockets. In a browser tab the loop "
        "is the browser's, and there are no threads or sockets."
    ),
    "measure": (
        "This program measures your machine, with threads, processes or sockets. A browser tab "
        "gives Python none of them."
    ),
    "recipes": "What recipes for threads, processes and programs with a loop of their own share.",
    "mixed": "This program uses asyncio, threads and processes together. A browser tab has only the first.",
    "tools": "This program starts other programs. A browser tab cannot.",
}


class ScriptExample(nodes.container):
    """A script of ``scripts/`` with its controls (page contract: ``data-runs="local"``)."""


class FoldedOutput(nodes.container):
    """Recorded output that the reader opens."""


class ScriptDirective(SphinxDirective):
    """Show a script, ``{script} threads/pool_map.py``, in whole or in part.

    Options:

    - ``:part: name``: only the lines of that part (and what they printed, if the output
      has a line ``[name]``: up to the next such line),
    - ``:recording: 3.14t``: the output in ``pool_map.3.14t.out``, made by another Python,
    - ``:fold-output:``: the output behind a disclosure, where it was shown before.
    """

    required_arguments = 1
    option_spec = {
        "part": directives.unchanged_required,
        "recording": directives.unchanged_required,
        "fold-output": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Build the example, or report what is missing with the fix."""
        name = self.arguments[0]
        script = scripts.SCRIPTS / name
        if not script.is_file():
            self._warn(f"there is no scripts/{name}.{_did_you_mean(name)}")
            return []
        self.env.note_dependency(str(script))
        part = self.options.get("part")
        source = script.read_text(encoding="utf8")
        code = source if part is None else part_of(source, part)
        if code is None:
            known = ", ".join(parts_in(source)) or "none"
            self._warn(
                f"scripts/{name} has no part '{part}' (its parts: {known}). "
                f"Mark it with `# [{part}]` and `# [/{part}]`."
            )
            return []
        shown = SHOWN.of(self.env).setdefault(self.env.docname, {})
        shown[name] = shown.get(name, False) or part is None

        example = ScriptExample(script=name, model=name.partition("/")[0])
        example += self._literal(without_markers(code), "python")
        example["bundled"] = scripts.Script(script).served != source
        recording = self._recording(script)
        if recording:
            example += self._literal(recording.command, "console", classes=["command"])
            recorded = self._recorded_output(recording, part)
            example += FoldedOutput("", recorded) if "fold-output" in self.options else recorded
        self.set_source_info(example)
        return [example]

    def _literal(self, text: str, language: str, **attributes: Any) -> nodes.literal_block:
        return nodes.literal_block(text, text, language=language, **attributes)

    def _recording(self, script: Path) -> Recording | None:
        variant = self.options.get("recording")
        path = script.with_suffix(f".{variant}.out" if variant else ".out")
        self.env.note_dependency(str(path))
        try:
            recording = Recording.read(path)
        except RecordingError as error:
            self._warn(str(error))
            return None
        if recording.source != fingerprint(script):
            self._warn(
                f"{path.relative_to(scripts.ROOT)} is stale: the script has changed since it was "
                f"recorded. {how_to_record(path)}"
            )
        return recording

    def _recorded_output(self, recording: Recording, part: str | None) -> RecordedOutput:
        label = f"Recorded output · {recording.provenance}"
        if recording.exit:
            label += f" · exit status {recording.exit}"
        output = RecordedOutput(classes=["script-output"], label=label)
        text = output_of(recording.text, part).rstrip("\n")
        output += self._literal(text, "none")
        return output

    def _warn(self, message: str) -> None:
        opening = f"```{{script}} {self.arguments[0]}"
        line = line_in_page(self.env.doc2path(self.env.docname), self.lineno, [opening])
        logger.warning(message, location=(self.env.docname, line), type="overlap")


@notebook_form("script")
def script_in_notebook(directive: Directive) -> str:
    """Return the code with its download and what it printed."""
    name = directive.argument
    script = scripts.SCRIPTS / name
    try:
        output = Recording.read(script.with_suffix(".out"))
        source = script.read_text(encoding="utf8")
    except (OSError, RecordingError):
        return ""  # the page reports it, with file and line
    code = part_of(source, directive.options["part"]) if "part" in directive.options else source
    return (
        f"**[{script.name}]({directive.to_root}scripts/{name})**: runs locally only. Download it and "
        f"run `python {script.name}`.\n\n"
        f"```python\n{without_markers(code or source).rstrip()}\n```\n\n"
        f"Recorded output ({output.provenance}):\n\n```text\n{output.text.rstrip()}\n```"
    )


def _did_you_mean(name: str) -> str:
    known = [path.relative_to(scripts.SCRIPTS).as_posix() for path in all_scripts()]
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean scripts/{close[0]}?" if close else " Paths are relative to scripts/."


def report_unshown(app: Sphinx, env: BuildEnvironment) -> None:
    """Report a script that no page shows whole, and so no reader finds (``env-updated``)."""
    whole = {name for shown in SHOWN.of(env).values() for name, shown_whole in shown.items() if shown_whole}
    for script in all_scripts():
        name = script.relative_to(scripts.SCRIPTS).as_posix()
        if name not in whole:
            logger.warning(
                "no page shows this script whole. Show it with {script} %s, or delete it.",
                name,
                location=f"{script}:1",
                type="overlap",
            )


def copy_downloads(app: Sphinx) -> None:
    """Put every script below ``scripts/`` of the site, each with what it needs of ``scripts/recipes``."""
    target = Path(app.outdir) / "scripts"
    shutil.rmtree(target, ignore_errors=True)
    for script in all_scripts():
        copy = target / script.relative_to(scripts.SCRIPTS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        scripts.Script(script).serve(copy)


def visit_script_example(self: HTML5Translator, node: ScriptExample) -> None:
    """Open the element with its bar: badge, why, download."""
    name, model = node["script"], node["model"]
    builder = self.builder
    page = builder.get_target_uri(builder.current_docname)
    root = "../" * page.count("/")
    why_page = f"{root}{public_name(WHY_PAGE)}.html#what-runs-where"
    file_name = html.escape(name.rpartition("/")[2])
    self.body.append(
        f'<div class="script" role="group" {NAMES.runs}="{RUNS.local}" data-model="{model}" '
        f'{NAMES.script}="{html.escape(name)}" aria-label="{file_name}, runs locally only">\n'
        f'<div class="cell-bar"><span class="cell-kind">{file_name}</span>'
        '<span class="badge-local">runs locally only</span>'
        f'<details class="why"><summary>why?</summary><p>{html.escape(WHY[model])} '
        f'<a href="{why_page}">What runs where</a></p></details>'
        f'<a class="download-script" download href="{root}scripts/{html.escape(name)}">'
        f"Download {file_name}</a></div>\n"
    )
    if node["bundled"]:
        self.body.append(
            '<p class="script-note">The download is one file: what the program imports from '
            f'<a href="{root}recipes/what-recipes-share.html">outcomes.py</a> is in it.</p>\n'
        )


def depart_script_example(self: HTML5Translator, node: ScriptExample) -> None:
    """Close the element."""
    self.body.append("</div>\n")


def visit_folded_output(self: HTML5Translator, node: FoldedOutput) -> None:
    """Open the disclosure."""
    self.body.append('<details class="whole-output"><summary>Recorded output</summary>\n')


def depart_folded_output(self: HTML5Translator, node: FoldedOutput) -> None:
    """Close the disclosure."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    """Register the directive, its nodes and the checks."""
    app.add_directive("script", ScriptDirective)
    app.add_node(ScriptExample, html=(visit_script_example, depart_script_example))
    app.add_node(FoldedOutput, html=(visit_folded_output, depart_folded_output))
    SHOWN.connect(app)
    app.connect("env-updated", report_unshown)
