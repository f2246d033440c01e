"""What a code cell defines, what it needs, and what no browser tab can give it.

Pure functions over source text; nothing is executed. The build and the reader's kernel use the same ones.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

# Calls that need a second thread, a process or a socket. A name ending in "."
# covers everything below it. `to_thread` and `run_in_executor` are here because
# Pyodide runs the function at once, on the event loop, and says nothing: a cell
# that uses them would teach the opposite of what happens on CPython.
LOCAL_ONLY = {
    "threading.Thread": "starts a thread",
    "threading.Timer": "starts a thread",
    "_thread.": "starts a thread",
    "concurrent.futures.": "needs an executor",
    "concurrent.interpreters.": "needs sub-interpreters",
    "multiprocessing.": "starts a process",
    "subprocess.": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.popen": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "os.system": "starts a process",
    "asyncio.create_subprocess_exec": "starts a process",
    "asyncio.create_subprocess_shell": "starts a process",
    "asyncio.to_thread": "needs a thread",
    "asyncio.run_coroutine_threadsafe": "needs a thread",
    "asyncio.open_connection": "opens a socket",
    "asyncio.open_unix_connection": "opens a socket",
    "asyncio.start_server": "opens a socket",
    "asyncio.start_unix_server": "opens a socket",
    "socket.": "opens a socket",
    "socketserver.": "opens a socket",
    "http.client.": "opens a socket",
    "http.server.": "opens a socket",
    "urllib.request.": "opens a socket",
    "ssl.": "opens a socket",
}
# Methods with these names are not found by following imports: the object on
# their left is a value (`loop.run_in_executor`).
LOCAL_ONLY_METHODS = {
    "run_in_executor": "needs an executor",
    "set_default_executor": "needs an executor",
    "create_datagram_endpoint": "opens a socket",
    "subprocess_exec": "starts a process",
    "subprocess_shell": "starts a process",
}
NOT_PYTHON = ("%", "!", "?")


class CellSyntaxError(ValueError):
    """A cell is not valid Python. ``line`` counts from 1 inside the cell."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class LocalOnlyUse:
    """One use of something that a browser tab cannot run.

    ``line`` counts from 1 inside the cell, ``name`` is the dotted name or the
    method, ``why`` a phrase such as "starts a thread".
    """

    line: int
    name: str
    why: str


@dataclass
class Names:
    """Names that one cell defines at its top level, and names it needs from before."""

    defines: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Dependencies:
    """What one cell needs from the cells before it, which are numbered from 1.

    ``cells`` are all of them, in order, those that others of them need included.
    ``names`` are the names that the cell itself uses, each with the cell that defines it.
    """

    cells: list[int]
    names: dict[str, int]


def parse_cell(source: str) -> ast.Module:
    """Parse a cell, allowing top-level ``await``.

    Lines that begin with an IPython magic are blanked, so that line numbers stay.

    Raises:
        CellSyntaxError: the cell is not Python.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # they come when the cell is compiled to run
            tree: ast.Module = compile(
                _without_magics(source),
                "cell",
                "exec",
                flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            )
    except SyntaxError as error:
        raise CellSyntaxError(error.msg, error.lineno or 1) from error
    return tree


def local_only_uses(source: str, imported: dict[str, str]) -> list[LocalOnlyUse]:
    """Return the uses of threads, processes, sockets and executors, in order of appearance.

    Args:
        source: the cell.
        imported: local name to dotted name, of the cells before. Updated with
            this cell's imports, so that one dict serves all cells of a page.
    """
    tree = parse_cell(source)
    imported.update(_imports(tree))
    uses: list[LocalOnlyUse] = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Attribute, ast.Name)):
            continue
        if isinstance(node, ast.Attribute) and node.attr in LOCAL_ONLY_METHODS:
            uses.append(LocalOnlyUse(node.lineno, node.attr, LOCAL_ONLY_METHODS[node.attr]))
            continue
        name = _dotted(node, imported)
        why = _why_local_only(name) if name else None
        if name and why:
            uses.append(LocalOnlyUse(node.lineno, name, why))
    unique = {(use.line, use.why): use for use in reversed(uses)}
    return sorted(unique.values(), key=lambda use: use.line)


def names_of(source: str) -> Names:
    """Return the names a cell defines at its top level and those it needs from earlier cells."""
    tree = parse_cell(source)
    names = Names()
    in_functions: set[str] = set()
    table = symtable.symtable(ast.unparse(_WithoutAwait().visit(parse_cell(source))), "cell", "exec")
    for child in table.get_children():
        in_functions |= _globals_used_in(child, names.defines)
    for statement in tree.body:
        collector = _TopLevelNames(names.defines)
        collector.visit(statement)
        names.needs |= collector.needs
        names.defines |= collector.defines
    # A function body runs after the whole cell has defined its names.
    names.needs |= in_functions - names.defines
    names.needs -= set(dir(builtins)) | {"__name__", "__file__", "display", "get_ipython"}
    return names


def dependencies(sources: Sequence[str]) -> list[Dependencies]:
    """Return for each cell what it needs from earlier cells.

    A cell needs the latest earlier cell that defines a name it uses, and
    whatever that cell needs. Names nobody defines are left to run time.

    Raises:
        CellSyntaxError: one of the cells is not Python.
    """
    defined_by: dict[str, int] = {}
    needs: dict[int, set[str]] = {}
    found: list[Dependencies] = []
    for number, source in enumerate(sources, start=1):
        names = names_of(source)
        needs[number] = names.needs
        closure: set[int] = set()
        # A function of an earlier cell may use a name that only a later cell
        # defines, so its names are looked up again from here.
        open_names = list(names.needs)
        while open_names:
            cell = defined_by.get(open_names.pop())
            if cell is not None and cell not in closure:
                closure.add(cell)
                open_names.extend(needs[cell])
        direct = {name: defined_by[name] for name in sorted(names.needs) if name in defined_by}
        found.append(Dependencies(sorted(closure), direct))
        defined_by.update(dict.fromkeys(names.defines, number))
    return found


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(NOT_PYTHON) else line for line in source.split("\n"))


def _imports(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    found[alias.asname] = alias.name
                else:
                    top = alias.name.partition(".")[0]
                    found[top] = top
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _dotted(node: ast.expr, imported: dict[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in imported:
        return None
    return ".".join([imported[node.id], *reversed(parts)])


def _why_local_only(name: str) -> str | None:
    for known, why in LOCAL_ONLY.items():
        if name == known or (known.endswith(".") and f"{name}.".startswith(known) and name != known[:-1]):
            return why
    return None


def _globals_used_in(table: symtable.SymbolTable, defines: set[str]) -> set[str]:
    """Return the global names that a function or class body refers to; add what it sets to `defines`."""
    used: set[str] = set()
    for symbol in table.get_symbols():
        if symbol.is_declared_global() and symbol.is_assigned():
            defines.add(symbol.get_name())
        if symbol.is_global() and symbol.is_referenced():
            used.add(symbol.get_name())
    for child in table.get_children():
        used |= _globals_used_in(child, defines)
    return used


class _WithoutAwait(ast.NodeTransformer):
    """A transformer that takes ``await`` away where ``symtable`` refuses it from Python 3.14 on.

    That is at the top level, and in a plain function: a mistake that one cell may have, or show, while
    the others still want to know which names it defines.
    """

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node  # it may await

    def visit_Await(self, node: ast.Await) -> ast.AST:
        awaited: ast.AST = self.visit(node.value)
        return awaited

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.For(node.target, node.iter, node.body, node.orelse), node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.With(node.items, node.body), node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.is_async = 0
        return node


class _TopLevelNames(ast.NodeVisitor):
    """A visitor that notes the names a top-level statement binds and reads, not inside functions."""

    def __init__(self, already: set[str]) -> None:
        self.already = already
        self.defines: set[str] = set()
        self.needs: set[str] = set()
        self._hidden: set[str] = set()

    def _read(self, name: str) -> None:
        if name not in self.already | self.defines | self._hidden:
            self.needs.add(name)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif node.id not in self._hidden:
            self.defines.add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.defines.add(alias.asname or alias.name.partition(".")[0])

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for expression in [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]:
            if expression is not None:
                self.visit(expression)
        self.defines.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for expression in [*node.args.defaults, *node.args.kw_defaults]:
            if expression is not None:
                self.visit(expression)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for expression in [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]:
            self.visit(expression)
        self.defines.add(node.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type:
            self.visit(node.type)
        outer = set(self._hidden)
        if node.name:
            self._hidden.add(node.name)
        for statement in node.body:
            self.visit(statement)
        self._hidden = outer

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        outer = set(self._hidden)
        for generator in node.generators:
            self.visit(generator.iter)
            self._hidden |= {name.id for name in ast.walk(generator.target) if isinstance(name, ast.Name)}
            for condition in generator.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self._hidden = outer

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension
