"""The modules of overlap_trace stand in layers."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import overlap_trace

FOLDER = Path(overlap_trace.__file__).parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def siblings(node):
    """The modules of the package that statements below a node import, under TYPE_CHECKING too."""
    found = set()
    for child in ast.walk(node):
        if isinstance(child, ast.ImportFrom) and child.level:
            found |= {child.module} if child.module else {name.name for name in child.names}
        elif isinstance(child, ast.ImportFrom):
            found |= {child.module} if child.module.startswith("overlap_trace") else set()
        elif isinstance(child, ast.Import):
            found |= {name.name for name in child.names if name.name.startswith("overlap_trace")}
    return found


def modules():
    return {file.stem: ast.parse(file.read_text("utf8")) for file in sorted(FOLDER.glob("*.py"))}


def test_modules_import_no_other_in_a_circle():
    """Each module can be read after those that it imports: spans, words, svg and text, timeline, …"""
    imports = {name: siblings(tree) for name, tree in modules().items()}
    order = list(TopologicalSorter(imports).static_order())  # a circle raises CycleError
    assert set(order) == set(imports)
    assert imports["__init__"].isdisjoint(
        {"inside", "spooled", "reading", "formats", "program"}
    )  # not in a page
    below = ["spans", "words", "svg", "timeline", "step_recording", "stepper", "explorer"]
    assert sorted(below, key=order.index) == below


def test_no_function_imports_a_module_of_the_package():
    """An import inside a function would hide a circle."""
    late = {
        f"{name}.{function.name}": siblings(function)
        for name, tree in modules().items()
        for function in ast.walk(tree)
        if isinstance(function, FUNCTIONS)
    }
    assert len(late) > 100
    assert {where: names for where, names in late.items() if names} == {}
