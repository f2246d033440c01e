"""The event loop of the essay: as small as the page says."""

import ast

from myst_nb.core.read import read_myst_markdown_notebook

from book.examples.scripts import ROOT

PAGE = ROOT / "concepts" / "how-a-coroutine-pauses.md"


def lines_of_code(node):
    """Lines of a class without its docstrings and without blank lines."""

    class Bare(ast.NodeTransformer):
        def generic_visit(self, node):
            super().generic_visit(node)
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                node.body = node.body[1:]
            return node

    return len([line for line in ast.unparse(Bare().visit(node)).splitlines() if line.strip()])


def test_the_loop_has_some_forty_lines():
    """`Loop`, `Future` and `Task`, as they are first shown."""
    notebook = read_myst_markdown_notebook(PAGE.read_text(encoding="utf-8"))
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and node.name in ("Loop", "Future", "Task"):
                    found.setdefault(node.name, lines_of_code(node))
    assert set(found) == {"Loop", "Future", "Task"}
    assert 38 <= sum(found.values()) <= 46
