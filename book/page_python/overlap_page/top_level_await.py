"""Calls that wait for an event loop, at the top level of a cell, are awaited: a page must not block.

`asyncio.run(main())` becomes `await <wait>(asyncio.run, main())`, so does `asyncio.get_event_loop()`, which
is to return the loop that the cell has set, not the one that runs the cell; and `with asyncio.Runner() as r:`
becomes `async with <waiting>(asyncio.Runner()) as r:`. What is called when the cell runs decides the rest
(`asyncio_run`): `<wait>` calls what is no such function as if nothing had happened.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping
from typing import Final

#: Built-in names that no code can spell.
WAIT: Final = "<wait>"
WAITING: Final = "<waiting>"

_OF_LOOPS: Final = ("run_until_complete", "run_forever")
_OF_RUNNERS: Final = ("run", "close")


class AwaitRuns(ast.NodeTransformer):
    """The transformer that awaits `asyncio.run`, and what runners and loops have like it.

    `namespace` has the names that earlier cells have defined. `found` tells whether there was something.
    """

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self.found = False
        values = namespace.items()
        self._modules = {name for name, value in values if value is asyncio}
        self._functions = {name for name, value in values if value is asyncio.run}
        self._getters = {name for name, value in values if value is asyncio.get_event_loop}
        self._classes = {name for name, value in values if value is asyncio.Runner}
        self._runners = {name for name, value in values if isinstance(value, asyncio.Runner)}

    # Code in these does not run at the top level, except for what is evaluated where they are defined.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Visit decorators and defaults."""
        return self._visit_head(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Visit decorators and defaults."""
        return self._visit_head(node)

    def _visit_head(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Visit decorators. The body of a class cannot await."""
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Leave it alone."""
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        """Visit only what is evaluated at once."""
        node.generators[0].iter = self.visit(node.generators[0].iter)
        return node

    # Which name is what.

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Note the names of `asyncio`."""
        for alias in node.names:
            if alias.name == "asyncio":
                self._modules.add(alias.asname or alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Note the names of `asyncio.run`, `asyncio.get_event_loop` and `asyncio.Runner`."""
        named = (("run", self._functions), ("get_event_loop", self._getters), ("Runner", self._classes))
        for alias in node.names if node.module == "asyncio" else ():
            for name, known in named:
                if alias.name in (name, "*"):
                    known.add(alias.asname or name)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Note other names of these, and of runners."""
        for target in node.targets:
            self._note(target, node.value)
        return self.generic_visit(node)

    def _note(self, target: ast.expr | None, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            for known, is_one in (
                (self._functions, self._is(value, "run", self._functions)),
                (self._getters, self._is(value, "get_event_loop", self._getters)),
                (self._classes, self._is(value, "Runner", self._classes)),
                (self._runners, self._is_runner(value)),
            ):
                if is_one:
                    known.add(target.id)

    def _is(self, node: ast.expr, attribute: str, names: set[str]) -> bool:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=found):
                return found == attribute and name in self._modules
            case ast.Name(id=name):
                return name in names
        return False

    def _is_runner(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return self._is(node.func, "Runner", self._classes)
        return isinstance(node, ast.Name) and node.id in self._runners

    # What is awaited.

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return an `await` in place of a call that may wait for a loop."""
        function = node.func
        is_known = self._is(function, "run", self._functions) or self._is(
            function, "get_event_loop", self._getters
        )
        waits = is_known or (
            isinstance(function, ast.Attribute)
            and (
                function.attr in _OF_LOOPS
                or (function.attr in _OF_RUNNERS and self._is_runner(function.value))
            )
        )
        self.generic_visit(node)
        if not waits:
            return node
        self.found = True
        name = ast.copy_location(ast.Name(WAIT, ast.Load()), node.func)
        call = ast.copy_location(ast.Call(name, [node.func, *node.args], node.keywords), node)
        return ast.copy_location(ast.Await(call), node)

    def visit_With(self, node: ast.With) -> ast.AST:
        """Return an `async with` in place of one that closes a runner."""
        runners = [self._is_runner(item.context_expr) for item in node.items]
        for item, is_runner in zip(node.items, runners, strict=True):
            if is_runner:
                self._note(item.optional_vars, item.context_expr)
        self.generic_visit(node)
        if not any(runners):
            return node
        self.found = True
        for item in node.items:
            value = item.context_expr
            name = ast.copy_location(ast.Name(WAITING, ast.Load()), value)
            item.context_expr = ast.copy_location(ast.Call(name, [value], []), value)
        return ast.copy_location(ast.AsyncWith(node.items, node.body), node)


def waits_for_a_loop(source: str, namespace: Mapping[str, object]) -> bool:
    """Return whether `source` calls `asyncio.run`, or something like it, at its top level."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    finder = AwaitRuns(namespace)
    finder.visit(tree)
    return finder.found
