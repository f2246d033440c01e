"""`asyncio.run(x)` at the top level of a cell runs as `await x`: a loop runs already."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping


class AwaitMain(ast.NodeTransformer):
    """The transformer that turns `asyncio.run(x)` at the top level of a cell into `await x`.

    `namespace` has the names that earlier cells have defined. `awaited` lists what was found.
    """

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self.awaited: list[str] = []
        self._modules = {name for name, value in namespace.items() if value is asyncio}
        self._functions = {name for name, value in namespace.items() if value is asyncio.run}

    def _leave_alone(self, node: ast.AST) -> ast.AST:
        return node

    # Code in here does not run at the top level.
    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _leave_alone
    visit_Lambda = visit_GeneratorExp = _leave_alone

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Note the names of `asyncio`."""
        for alias in node.names:
            if alias.name == "asyncio":
                self._modules.add(alias.asname or alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Note the names of `asyncio.run`."""
        for alias in node.names:
            if node.module == "asyncio" and alias.name == "run":
                self._functions.add(alias.asname or alias.name)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return an `await` in place of a call of `asyncio.run` with a coroutine and no more than `debug`."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="run")):
                found = name in self._modules
            case ast.Call(func=ast.Name(id=name)):
                found = name in self._functions
            case _:
                return node
        plain = len(node.args) == 1 and not isinstance(node.args[0], ast.Starred)
        if not found or not plain or any(k.arg != "debug" for k in node.keywords):
            return node
        self.awaited.append(ast.unparse(node.args[0]))
        return ast.copy_location(ast.Await(value=node.args[0]), node)


def runs_main(source: str, namespace: Mapping[str, object]) -> bool:
    """Return whether `source` calls `asyncio.run` at its top level."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    finder = AwaitMain(namespace)
    finder.visit(tree)
    return bool(finder.awaited)
