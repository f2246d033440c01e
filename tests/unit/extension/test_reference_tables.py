"""The hand-written tables of the reference say what the Pythons of this machine do."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import CancelledError, Future
from functools import cache
from pathlib import Path

import pytest

from book.examples.scripts import ROOT
from book.extension.reference import anchors
from tools.running import interpreters

PROBES = Path(__file__).parent / "probes"
PYTHONS = [pytest.param(python, id=python.tag) for python in interpreters()]
THREADS, PROCESSES, INTERPRETERS = "ThreadPoolExecutor", "ProcessPoolExecutor", "InterpreterPoolExecutor"
EXECUTORS = (THREADS, PROCESSES, INTERPRETERS)


def table(page, heading):
    """The first Markdown table below a heading: by first cell, the others."""
    text = (ROOT / "reference" / page).read_text(encoding="utf8").partition(f"# {heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)[0].splitlines()
    plain = [re.sub(r"\{term\}`([^`<]*?)(?: <[^`]*>)?`", r"\1", line).replace("`", "") for line in lines]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in plain]
    return {row[0]: row[1:] for row in [cells[0], *cells[2:]]}


@cache
def probe(python, *arguments):
    """Run a probe; its output, and whether it ended well."""
    done = subprocess.run(
        [python.path, *arguments], cwd=PROBES, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip(), done.returncode


def facts(python):
    return json.loads(probe(python, "executors.py")[0])


@pytest.fixture(params=PYTHONS)
def python(request):
    return request.param


@pytest.fixture
def column(python):
    """The executors that this Python has, with their column of the table: (name, row -> cell)."""
    whole = table("concurrent-futures.md", "Choose one of three executors")
    assert [name for name in whole[""] if name in EXECUTORS] == list(EXECUTORS)
    columns = {
        name: {row: cells[index] for row, cells in whole.items()} for index, name in enumerate(EXECUTORS)
    }
    return {name: columns[name] for name in facts(python)}


def test_every_row_of_the_executors_table_is_tested_below():
    """But for the advice; a new row needs a test."""
    rows = set(table("concurrent-futures.md", "Choose one of three executors"))
    assert rows - {"", "take it for"} == {
        "since",
        "a worker is",
        "Python code on several cores",
        "workers share",
        "arguments and results",
        "needs the __main__ guard",
        "default max_workers",
        "a crash in C code ends",
        "work can be ended from outside",
        "chunksize of map",
    }


def test_since(python):
    """The class is there from the version on that the documentation names."""
    places = {THREADS: "module-concurrent.futures", INTERPRETERS: "interpreterpoolexecutor"}
    cells = table("concurrent-futures.md", "Choose one of three executors")["since"]
    for name, cell in zip(EXECUTORS, cells, strict=True):
        place = places.get(name, places[THREADS])
        assert cell in anchors()["library/concurrent.futures.html"][place]
        assert (name in facts(python)) == (python.release >= tuple(map(int, cell.split("."))))


def test_what_a_worker_is(python, column):
    for name, cells in column.items():
        seen = facts(python)[name]
        kind = {
            (True, True, False): "a thread",
            (False, True, True): "a process",
            (True, False, False): "a thread with a sub-interpreter",
        }[seen["same process"], seen["same interpreter"], seen["main thread of its process"]]
        assert cells["a worker is"] == kind


def test_who_computes_on_several_cores(python, column):
    """A worker with a GIL of its own does; a thread where there is none. Other pages measure it."""
    for name, cells in column.items():
        cell = cells["Python code on several cores"]
        assert cell == ("yes" if facts(python)[name]["own GIL"] else "on a free-threaded build only")


def test_what_workers_share(python, column):
    for name, cells in column.items():
        shares = facts(python)[name]["sees its globals changed"]
        assert (cells["workers share"] == "all memory") == shares
        assert cells["workers share"].startswith(("all", "nothing"))


def test_how_arguments_and_results_travel(python, column):
    """The same object, a copy, or for some types the same memory."""
    for name, cells in column.items():
        seen = facts(python)[name]
        how = {
            (True, True): "are handed over",
            (False, False): "are pickled",
            (False, True): "are mostly pickled; some are shared",
        }[seen["gets the same object"], seen["takes a memoryview"]]
        assert cells["arguments and results"] == how


def test_which_needs_the_guard(python, column):
    """A script that opens the pool without asking works, or fails."""
    for name, cells in column.items():
        output, status = probe(python, "executors.py", "open", name)
        works = status == 0 and output == "no guard needed"
        assert cells["needs the __main__ guard"] == ("no" if works else "yes")


def test_the_default_number_of_workers(python, column):
    """The sentence below the table says what a core is."""
    cores = python.cores if python.release >= (3, 13) else os.cpu_count()
    for name, cells in column.items():
        workers = facts(python)[name]["workers"]
        if cells["default max_workers"].startswith("cores"):
            assert workers == min(cores, 61 if sys.platform == "win32" else cores)
        else:
            assert cells["default max_workers"] in ("min(32, cores + 4)", "as threads")
            assert workers == min(32, cores + 4)


def test_what_a_crash_ends(python, column):
    """The pool reports the death of a process; a crash in a thread is the program's."""
    for name, cells in column.items():
        output, status = probe(python, "executors.py", "crash", name)
        if cells["a crash in C code ends"] == "the program":
            assert status != 0
            assert output == ""
        else:
            assert cells["a crash in C code ends"] == f"the pool: {output}"


def test_who_can_be_ended_from_outside(python, column):
    for name, cells in column.items():
        can = facts(python)[name]["can end workers"]
        promised = re.search(r"kill_workers, (3)\.(\d+)", cells["work can be ended from outside"])
        assert can == bool(promised and python.release >= tuple(map(int, promised.groups())))


def test_what_chunksize_does(python, column):
    for name, cells in column.items():
        seen = facts(python)[name]["submissions"]
        assert cells["chunksize of map"] == {10: "has no effect", 2: "sends many items at once"}[seen]


def test_parameters_and_the_version_that_adds_them(python):
    """As inspect shows them; those that came before 3.11 are there everywhere."""
    ask = """
import concurrent.futures as f, inspect, json
print(json.dumps({name: str(inspect.signature(thing)) for name in %r
    for thing in [getattr(f, name, None) or getattr(f.Executor, name, None)] if thing}))
"""
    names = (*EXECUTORS, "map", "shutdown")
    output, _ = probe(python, "-c", ask % (names,))
    signatures = json.loads(output)
    groups = {
        "all": EXECUTORS,
        "processes": [PROCESSES],
        "threads": [THREADS],
        "threads, interpreters": [THREADS, INTERPRETERS],
    }
    rows = table("concurrent-futures.md", "Parameters, by version")
    assert len(rows) > 6
    for shown, (executors, since, _) in rows.items():
        if shown == "parameter":
            continue
        there = python.release >= tuple(map(int, since.split(".")))
        method = re.fullmatch(r"(\w+)\((\w+)=\)", shown)
        where = [method[1]] if method else [name for name in groups[executors] if name in signatures]
        for parameter in [method[2]] if method else shown.replace("**", "").split(", "):
            for name in where:
                found = bool(re.search(rf"\b{parameter}\b", signatures[name]))
                assert found == there, f"{name}({parameter}) on {python.tag}"


def futures_in_each_state():
    futures = {state: Future() for state in ("pending", "running", "cancelled", "finished")}
    futures["running"].set_running_or_notify_cancel()
    futures["cancelled"].cancel()
    futures["finished"].set_result("value")
    return futures


def test_the_states_of_a_future():
    """Each cell of the table is what the method of such a future gives."""
    rows = table("concurrent-futures.md", "Know the states of a future")
    methods = [head.removesuffix("()") for head in rows.pop("state")]
    assert methods == ["cancel", "running", "done", "cancelled", "result"]
    for state, cells in rows.items():
        said = dict(zip(methods, cells, strict=True))
        for method in ("running", "done", "cancelled"):
            assert str(getattr(futures_in_each_state()[state], method)()) == said[method]
        assert str(futures_in_each_state()[state].cancel()) == said["cancel"].rpartition(" ")[2]
        future = futures_in_each_state()[state]
        match said["result"]:
            case "waits":
                with pytest.raises(TimeoutError):
                    future.result(timeout=0)
            case "raises CancelledError":
                with pytest.raises(CancelledError):
                    future.result(timeout=0)
            case _:
                assert future.result(timeout=0) == "value"
    assert futures_in_each_state().keys() == rows.keys()


def test_the_default_start_methods(python):
    """The row and the column of this machine."""
    if sys.platform not in ("linux", "darwin", "win32"):
        pytest.skip("the table has no column for this system")
    rows = table("threading-and-multiprocessing.md", "Processes")
    heads = rows.pop("default start method")
    here = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}[sys.platform]
    column = next(i for i, head in enumerate(heads) if here in head)
    before, after = rows["Python 3.8 to 3.13"], rows["Python 3.14 and newer"]
    output, _ = probe(python, "-c", "import multiprocessing; print(multiprocessing.get_start_method())")
    assert output == (after if python.release >= (3, 14) else before)[column]


def test_names_in_the_table_of_three_models_exist():
    """`module.name` in any cell can be imported here; versions in brackets are those of the entries."""
    rows = table("threading-and-multiprocessing.md", "Same idea, three models")
    names = {
        name
        for cells in rows.values()
        for cell in cells
        for name in re.findall(r"\b(?:asyncio|threading|multiprocessing|queue)\.\w+", cell)
    }
    assert len(names) >= 20
    for name in sorted(names):
        module, _, attribute = name.partition(".")
        assert hasattr(__import__(module), attribute), name


def test_what_is_atomic(python):
    """What can be shown for certain is; for what must not get lost, nothing was lost in a short try.

    That something else is seen half done on a free-threaded build is what the documentation says; no run
    can be counted on to show it.
    """
    rows = table("threading-and-multiprocessing.md", "Know what is atomic")
    assert rows.pop("operation") == ["standard build", "free-threaded build"]
    output, status = probe(python, "atomic.py")
    assert status == 0
    seen = json.loads(output)
    column = 1 if python.free_threaded else 0
    said = {operation: cells[column] for operation, cells in rows.items()}
    assert list(said) == [
        "x = d[key], key in d, len(d)",
        "d[key] = x, items.append(x), items.pop()",
        "items.insert(0, x), items.pop(0)",
        "items.sort()",
        "n += 1, d[key] += 1",
        "if key not in d: d[key] = x",
        "iterating while another thread changes it",
    ]
    assert said["n += 1, d[key] += 1"] == "**not atomic**"
    assert (seen["n += 1"], seen["d[key] += 1"]) == (1, 1)  # of two additions
    assert seen["two steps"] == [True, True]
    assert said["if key not in d: d[key] = x"].startswith("**not atomic**")
    assert seen["check then set"] == 2
    assert said["d[key] = x, items.append(x), items.pop()"] == "atomic"
    assert seen["lost"] == dict.fromkeys(seen["lost"], 0)
    assert said["items.sort()"] in ("atomic if comparing runs no Python code", "not atomic")
    assert seen["length while sorting"] == [0]  # of three items
    assert said["iterating while another thread changes it"] in ("error, or items missed", "not safe")
    assert seen["changed while iterating"] == ["RuntimeError", 2]  # two of four items
