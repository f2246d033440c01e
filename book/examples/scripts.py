"""The scripts that readers download: where they are, and what each says about itself."""

from __future__ import annotations

import ast
import base64
import io
import itertools
import re
import shutil
import textwrap
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
#: Modules that scripts import from; the file that readers download has the part in it.
SHARED = SCRIPTS / "recipes"
#: Recipes that other scripts import from as well.
RECIPES = {"fan_out": "asyncio/fan_out.py", "call_all": "threads/call_all.py"}

HEADER = re.compile(r"# /// script\n((?:#(?: .*)?\n)+?)# ///\n")


@dataclass(frozen=True)
class Header:
    """The inline metadata (PEP 723) at the top of a script."""

    requires_python: str  # ">=3.11" or ">=3.11,<3.14"
    dependencies: tuple[str, ...] = ()  # third-party packages: "httpx", "httpx>=0.28"
    leaves: tuple[str, ...] = ()  # what it leaves behind on purpose: "daemon thread"
    needs: tuple[str, ...] = ()  # what the machine must have: "PostgreSQL"


@dataclass(frozen=True)
class Script:
    """One script, read when it is asked."""

    path: Path

    @cached_property
    def source(self) -> str:
        """Return the text of the file, with LF line ends."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def bundled(self) -> str:
        """Return the script with what it imports from `scripts/recipes` in it."""
        return bundle(self.source)

    @cached_property
    def served(self) -> str:
        """Return the file that readers download: bundled, and with the package that it carries."""
        package = self._ours.get("carries")
        return self.bundled.replace('PACKAGE = ""', packed(package)) if package else self.bundled

    def serve(self, target: Path) -> None:
        """Write the file that readers download: byte for byte the script if it imports nothing of ours."""
        if self.served == self.source:
            shutil.copyfile(self.path, target)
        else:
            target.write_text(self.served, encoding="utf-8", newline="\n")

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
        needs = self._ours.get("needs", [])
        return Header(metadata["requires-python"], tuple(dependencies), tuple(leaves), tuple(needs))

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


def bundle(source: str) -> str:
    """Return a script in which the imports from `scripts/recipes` are replaced by what they import.

    Of a module only the definitions come along that are used, directly or by others, with the imports
    that those use.
    """
    tree = ast.parse(source)
    shared = [node for node in tree.body if _shared_module(node)]
    if not shared:
        return source
    lines = source.splitlines()
    definitions: list[str] = []
    imports: list[ast.stmt] = [node for node in tree.body if _is_import(node) and node not in shared]
    taken: set[str] = set()
    for node in shared:
        assert isinstance(node, ast.ImportFrom)
        _take(node, taken, definitions, imports)
    first = min(node.lineno for node in tree.body if _is_import(node)) - 1
    last = max(node.end_lineno or 0 for node in tree.body if _is_import(node))
    body = "\n".join(lines[last:]).strip("\n")
    head = "\n".join(lines[:first])
    shared_part = f"# [shared]\n{_merged(imports)}\n\n{SHARED_NOTE}\n" + "\n\n".join(definitions)
    return f"{head}\n{shared_part}\n# [/shared]\n\n\n{body}\n"


#: What a script uses of the package that it carries: modules, and files. What those import comes along.
CARRIED = {"overlap_trace": ["program", "formats", "inside", "spooled", "viewer.html"]}


def packed(package: str) -> str:
    """Return a package of `book/trace`, and the contract that it reads, as a zip file in an assignment."""
    folder, contract = ROOT / "book" / "trace" / package, ROOT / "book" / "contract" / "overlap_contract"
    wanted, modules = list(CARRIED[package]), dict[str, Path]()
    while wanted:
        name = wanted.pop()
        path = folder / (name if "." in name else f"{name}.py")
        if name not in modules:
            modules[name] = path
            tree = ast.parse(path.read_text(encoding="utf-8")) if path.suffix == ".py" else ast.Module([], [])
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and node.level:
                    wanted += [node.module] if node.module else [alias.name for alias in node.names]
    files = {f"{package}/{path.name}": path.read_bytes() for path in modules.values()}
    files[f"{package}/__init__.py"] = b'"""A part of the package: what timeline.py needs."""\n'
    files |= {
        f"{contract.name}/{name}": (contract / name).read_bytes() for name in ("__init__.py", "contract.json")
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):  # without dates, so that equal sources make equal files
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    lines = textwrap.wrap(base64.b64encode(buffer.getvalue()).decode(), 72)
    return 'PACKAGE = """\n' + "\n".join(lines) + '\n"""'


SHARED_NOTE = """\
# The next lines, up to the recipe, are what recipes share: see
# outcomes.py and worker_processes.py. Where two recipes meet in a
# project, keep those files and import from them instead."""


#: A line of a cell that stands for a part of a script as it is served.
INCLUDE = re.compile(r"^# \[(?P<part>\w+)\] of scripts/(?P<name>[\w/]+\.py)$")


def include_parts(text: str) -> tuple[str, list[int]]:
    """Return a page in which each line such as `# [recipe] of scripts/asyncio/fan_out.py` is that part.

    Also, for each line of the new text, the line (from 1) of the page that it comes from.
    """
    lines: list[str] = []
    origins: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        wanted = INCLUDE.match(line)
        found = part_of(Script(SCRIPTS / wanted["name"]).served, wanted["part"]) if wanted else None
        new = [line] if found is None else found.rstrip("\n").split("\n")
        lines += new
        origins += [number] * len(new)
    return "\n".join(lines), origins


def included_scripts(text: str) -> list[Path]:
    """Return the scripts of which a page includes parts."""
    found = map(INCLUDE.match, text.split("\n"))
    return sorted({SCRIPTS / one["name"] for one in found if one})


def _take(wanted: ast.ImportFrom, taken: set[str], definitions: list[str], imports: list[ast.stmt]) -> None:
    """Append what an import names and does not yet stand there, after all that it uses."""
    source = _shared_file(wanted).read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    own = {name: node for node in tree.body for name in _binds(node) if not _is_import(node)}
    brought = {name: node for node in tree.body for name in _binds(node) if _is_import(node)}
    needed: set[str] = set()
    open_names = [alias.name for alias in wanted.names]
    while open_names:
        name = open_names.pop()
        if name not in needed and name in own:
            needed.add(name)
            used = ast.walk(own[name])
            open_names += [node.id for node in used if isinstance(node, ast.Name)]
            open_names += _names_in_strings(own[name])
        elif name in brought:
            needed.add(name)
    for node in tree.body:
        chosen = [name for name in _binds(node) if name in needed]
        if not chosen or (not _is_import(node) and taken.issuperset(chosen)):
            continue
        if _shared_module(node):
            assert isinstance(node, ast.ImportFrom)
            names = [alias for alias in node.names if alias.name in needed]
            _take(ast.ImportFrom(node.module, names, 0), taken, definitions, imports)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias for alias in node.names if (alias.asname or alias.name) in needed]
            if isinstance(node, ast.ImportFrom):
                imports.append(ast.ImportFrom(node.module, names, 0))
            else:
                imports.append(ast.Import(names))
        else:
            taken.update(chosen)
            definitions.append(_text_of(node, lines))


def _text_of(node: ast.stmt, lines: list[str]) -> str:
    """Return the lines of a definition, its decorators and the comment above it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)]) - 1
    while lines[first - 1].startswith("# ") and not _is_marker(lines[first - 1]):
        first -= 1
    space = "\n" if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else ""
    return space + "\n".join(lines[first : node.end_lineno])


def _names_in_strings(node: ast.AST) -> list[str]:
    """Return the names that annotations mention as text."""
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and text.isidentifier()]


def _binds(node: ast.stmt) -> list[str]:
    """Return the names that a statement at the top level of a module gives a meaning to."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.partition(".")[0] for alias in names]
    return []


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _shared_module(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and _shared_file(node).is_file()


def _shared_file(node: ast.ImportFrom) -> Path:
    """Return the file that an import names: in `scripts/recipes`, or a recipe on which others stand."""
    return SCRIPTS / RECIPES.get(node.module or "", f"recipes/{node.module}.py")


def _merged(imports: list[ast.stmt]) -> str:
    """Return import statements as lines of at most 72 columns, each name once."""
    plain = {ast.unparse(node) for node in imports if isinstance(node, ast.Import)}
    names: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            names.setdefault(node.module or "", set()).update(ast.unparse(alias) for alias in node.names)
    lines = sorted(plain)
    for module in sorted(names):
        line = f"from {module} import {', '.join(sorted(names[module], key=str.swapcase))}"
        if len(line) > 72:
            listed = textwrap.fill(
                ", ".join(sorted(names[module], key=str.swapcase)) + ",",
                72,
                initial_indent="    ",
                subsequent_indent="    ",
            )
            line = f"from {module} import (\n{listed}\n)"
        lines.append(line)
    return "\n".join(lines)


def _is_marker(line: str) -> bool:
    # `# [tool.overlap]` belongs to the header of a script (PEP 723).
    return line.startswith("# [") and line.endswith("]") and not line.startswith("# [tool.")
