"""Bring JupyterLite's kernel to the state that the snapshot keeps.

Runs in Pyodide while the snapshot is made. `warm` uses the kernel once, so that what it
imports and computes lazily is in memory already; `clean` removes every trace of that use.
Each task has a name: unnamed ones would move the number in the reader's "Task-1".
"""

import asyncio
import gc
import importlib
import linecache
import logging
import os
import sys
from typing import Any

import __main__ as main

#: What cells of a guide to concurrency import, and what Python itself imports late: for
#: `asyncio.run` (its name in an error), for coroutines that were never awaited. Anything else
#: comes from python_stdlib.zip, which is 2.5 MB and then has to be fetched first.
MODULES = [
    "_ast_unparse",
    "abc",
    "asyncio",
    "bisect",
    "collections",
    "collections.abc",
    "concurrent.futures",
    "concurrent.futures.thread",
    "contextlib",
    "contextvars",
    "copy",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "gc",
    "heapq",
    "html",
    "inspect",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "pathlib",
    "queue",
    "random",
    "re",
    "secrets",
    "signal",
    "statistics",
    "string",
    "symtable",
    "sys",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "tracemalloc",
    "types",
    "typing",
    "uuid",
    "warnings",
    "weakref",
    "pyodide.http",
]

CELL = """
import asyncio, time, contextlib
from dataclasses import dataclass
from IPython.display import HTML, Markdown, display

@dataclass
class Job:
    name: str
    def _repr_html_(self):
        return f"<b>{self.name}</b>"

async def work(name, queue, limit):
    async with limit:
        await queue.put(name)
        await asyncio.sleep(0)
        return await queue.get()

async def main():
    queue, limit, event = asyncio.Queue(), asyncio.Semaphore(2), asyncio.Event()
    async with asyncio.timeout(60):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work(i, queue, limit), name=f"warm {i}") for i in range(3)]
        event.set()
        await event.wait()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(), name="warm fail")
            group.create_task(asyncio.sleep(60), name="warm long")
    except* ValueError as group:
        print("caught", group.exceptions)
    return [task.result() for task in tasks]

async def fail():
    raise ValueError("warm")

display(HTML("<b>1</b>"), Markdown("*1*"), {"a": [1]})
print(f"{time.perf_counter():.2f}", sep="", flush=True)
await main()
Job("warm")
"""

TRACED = """
import asyncio
from overlap_trace import trace
async def tick():
    await asyncio.sleep(0)
with trace() as picture:
    await asyncio.create_task(tick(), name="warm tick")
str(picture)
picture
"""

ERROR = """
def broken(x):
    return 1 / x
broken(0)
"""


# They run whole programs, with processes and signals: not in a page.
ELSEWHERE = {"__init__", "__main__", "formats", "inside", "program", "reading", "spooled"}


def prepare() -> None:
    """Import the kernel, what cells import, and our own packages."""
    sys.dont_write_bytecode = False  # for the second run; Pyodide writes none
    for name in MODULES:
        importlib.import_module(name)
    main.__dict__["pyodide_kernel"] = importlib.import_module("pyodide_kernel")
    for package in ("overlap_trace", "overlap_page"):
        folder = importlib.import_module(package).__path__[0]
        for file in sorted(os.listdir(folder)):
            if file.endswith(".py") and file.removesuffix(".py") not in ELSEWHERE:
                importlib.import_module(f"{package}.{file.removesuffix('.py')}")


async def warm() -> None:
    """Use the kernel once."""
    import traceback

    from pyodide_kernel import ipython_shell as shell
    from pyodide_kernel import kernel as kernel_module
    from pyodide_kernel import kernel_instance as kernel
    from pyodide_kernel import stderr_stream, stdout_stream

    async def load_nothing(code: str) -> None:
        """Load nothing: the real one leaves a JavaScript array behind."""

    printed: list[str] = []
    shown: list[Any] = []
    load_packages = kernel_module._load_packages_from_imports
    kernel_module._load_packages_from_imports = load_nothing
    stdout_stream.publish_stream_callback = lambda name, text: printed.append(text)
    stderr_stream.publish_stream_callback = lambda name, text: printed.append(text)
    shell.display_pub.display_data_callback = lambda *bundle: shown.append(bundle)
    shell.displayhook.publish_execution_result = lambda *bundle: shown.append(bundle)
    kernel._parent_header = {"header": {"run": 0, "cell": 0}}
    use_jedi, shell.Completer.use_jedi = shell.Completer.use_jedi, False
    show, shell.showtraceback = shell.showtraceback, lambda *args, **options: None
    # IPython's own tracebacks need 2 MB more; the page makes shorter ones.
    store, shell._format_exception_for_storage = shell._format_exception_for_storage, repr
    errors: list[str] = []
    try:
        for code in (CELL, TRACED):
            reply = await kernel.run(code)
            if reply["status"] != "ok" or shell.user_ns["_"] is None:
                raise RuntimeError(f"The kernel did not run a cell: {reply} {printed}")
        shell.showtraceback = lambda *args, **options: errors.append(traceback.format_exc())
        await kernel.run(ERROR)
        if "ZeroDivisionError" not in "".join(errors):
            raise RuntimeError(f"The kernel did not show an error: {errors}")
        names = kernel.complete("asyncio.TaskGr", 14)["matches"]
        if not any("TaskGroup" in name for name in names):
            raise RuntimeError(f"The kernel did not complete a name: {names}")
    finally:
        kernel_module._load_packages_from_imports = load_packages
        shell.showtraceback = show
        shell._format_exception_for_storage = store
        shell.Completer.use_jedi = use_jedi
    if "caught" not in "".join(printed) or len(shown) < 5:
        raise RuntimeError(f"The kernel did not show output: {printed} {shown}")


def clean() -> None:
    """Leave the kernel as it is before its first cell."""
    from pyodide_kernel import ipython_shell as shell
    from pyodide_kernel import kernel_instance as kernel
    from pyodide_kernel import stderr_stream, stdout_stream

    stdout_stream.publish_stream_callback = stderr_stream.publish_stream_callback = None
    shell.display_pub.display_data_callback = None
    shell.displayhook.publish_execution_result = None
    del kernel._parent_header
    shell.reset(new_session=True)
    shell.execution_count = 1
    hook = shell.displayhook
    hook._ = hook.__ = hook.___ = ""
    shell.user_ns.update({"_": "", "__": "", "___": ""})
    shell._last_traceback = None
    shell.last_execution_result = None
    shell.last_execution_succeeded = True
    shell.compile._filename_map.clear()
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        sys.__dict__.pop(name, None)
    for cell in [name for name in linecache.cache if not name.startswith("<frozen")]:
        del linecache.cache[cell]
    linecache.__dict__["_interactive_cache"].clear()
    for logger in logging.root.manager.loggerDict.values():
        getattr(logger, "_cache", {}).clear()
    while "" in sys.path:  # loadPyodide puts it there each time
        sys.path.remove("")
    sys.dont_write_bytecode = True
    # IPython puts the reader's namespace there; loadPyodide looks for its own. `renew`
    # puts IPython's back.
    sys.modules["__main__"] = main
    # The time zone and the files of this folder may be others after the restore.
    sys.path_importer_cache.pop("/home/pyodide", None)
    for _ in range(3):
        gc.collect()


def leftovers() -> list[str]:
    """Return what must not be in a snapshot: running tasks, open files."""
    import io

    found = [repr(task) for task in asyncio.all_tasks() if not task.get_name().startswith("build")]
    for thing in gc.get_objects():
        if isinstance(thing, io.FileIO) and not thing.closed and thing.fileno() > 2:
            found.append(repr(thing))
    return found
