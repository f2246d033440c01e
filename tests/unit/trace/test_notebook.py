"""Cells of a notebook: traced without a change, drawn while they run, run in virtual time."""

import asyncio
import importlib._bootstrap
import re
import sys
import time

import pytest
from IPython.core.interactiveshell import InteractiveShell
from overlap_trace import notebook
from overlap_trace.notebook import Cells, Options

FETCH = """
import asyncio

async def fetch(name, seconds):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        print(name, "was cancelled")
        raise
    return name
"""


class Kernel:
    """An IPython shell whose cells are traced, and what was shown of them."""

    def __init__(self, capsys):
        self.shell = InteractiveShell()
        self.capsys = capsys
        self.options = Options()
        self.shown = []
        self.drawn = asyncio.Event()
        self.cells = Cells(self.shell, lambda: self.options, self.show)

    def show(self, cell):
        self.shown.append((cell, cell.timeline()))
        self.drawn.set()

    @property
    def timeline(self):
        return self.shown[-1][1]

    async def run(self, code):
        """Run one cell; what it printed and what IPython says of it."""
        transformed = self.shell.transform_cell(code)
        result = await self.shell.run_cell_async(code, transformed_cell=transformed, store_history=False)
        return self.capsys.readouterr().out, result


@pytest.fixture
def in_notebook(capsys):
    """Run a coroutine function with a notebook's kernel, inside one event loop."""

    def run(play, options=None):
        async def main():
            kernel = Kernel(capsys)
            kernel.options = options or Options()
            await kernel.run(FETCH)
            await play(kernel)

        asyncio.run(main())

    return run


PROGRAMS = [
    "print(await asyncio.gather(fetch('a', 0.01), fetch('b', 0)))\n'the value'",
    "await fetch('a', 0)\n1 / 0",
    "async with asyncio.timeout(0.01):\n    await fetch('slow', 9)",
    "task = asyncio.create_task(fetch('a', 9))\nawait asyncio.sleep(0)\ntask.cancel()\nawait task",
    "async with asyncio.TaskGroup() as group:\n    group.create_task(fetch('a', 9))\n"
    "    raise ValueError('b')",
    "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n"
    "    warnings.simplefilter('always')\n    fetch('never', 0)\nawait asyncio.sleep(0)\n"
    "print(*[each.message for each in caught])",
    "x = [await fetch(n, 0) for n in 'ab']\nprint(x)",
    "print('nothing to wait for')",
]


@pytest.mark.parametrize("code", PROGRAMS)
def test_a_traced_cell_says_what_an_untraced_one_says(in_notebook, code):
    """Output, result and exception do not depend on the trace."""

    async def play(kernel):
        traced, with_trace = await kernel.run(code)
        kernel.options = Options(timeline=False)
        plain, without = await kernel.run(code)
        assert _without_addresses(traced) == _without_addresses(plain)
        assert with_trace.result == without.result
        assert repr(with_trace.error_in_exec) == repr(without.error_in_exec)

    in_notebook(play)


def _without_addresses(text):
    return re.sub(r"0x[0-9a-f]+|Task-\d+", "…", text)


def test_only_a_cell_that_awaits_is_shown(in_notebook):
    """A cell that only defines functions has nothing to draw."""

    async def play(kernel):
        await kernel.run("async def f():\n    await asyncio.sleep(0)\nclass A:\n    pass\nf = lambda: 0")
        assert kernel.shown == []
        await kernel.run("async for _ in (fetch(n, 0) for n in ()):\n    pass")
        assert len(kernel.shown) == 1

    in_notebook(play)


def test_places_say_which_line_of_which_cell(in_notebook):
    """A wait in a function of another cell names that cell; the cell's own lines have no name."""

    async def play(kernel):
        kernel.cells.name_file = lambda file: "cell 1"
        await kernel.run("x = 0\nawait fetch('a', 0.001)\nawait asyncio.sleep(0.001)")
        waits = [span for span in kernel.timeline.spans if span.name == "sleep"]
        assert [span.places for span in waits] == [(("", 2), ("cell 1", 5)), (("", 3),)]
        assert waits[0].note == "waiting for sleep, line 5 of cell 1"

    in_notebook(play)


def test_a_running_cell_is_drawn_and_one_task_cancelled(in_notebook, monkeypatch):
    """A drawing while tasks wait; cancelling one lane leaves the others alone."""
    monkeypatch.setattr(notebook, "REDRAW_SECONDS", 0.0)

    async def play(kernel):
        both = "fetch('a', 9), fetch('b', 0.05)"
        code = f"print(*map(str, await asyncio.gather({both}, return_exceptions=True)))"
        running = asyncio.ensure_future(kernel.run(code))
        while True:
            await kernel.drawn.wait()
            kernel.drawn.clear()
            cell, timeline = kernel.shown[-1]
            if "fetch('a', 9)" in timeline.lanes and len(cell.living()) == 3:
                break
        assert timeline.lane("fetch('a', 9)")[-1].note.endswith("still waiting")
        lane = timeline.lanes.index("fetch('a', 9)")
        assert cell.cancel(lane) == "fetch('a', 9)"
        printed, _ = await running
        assert printed == "a was cancelled\n b\n"
        assert cell.ended
        assert cell.living() == []
        assert cell.cancel(lane) is None
        assert kernel.timeline.lane("fetch('a', 9)")[-1].state == "cancelled"
        assert kernel.timeline.lane("fetch('b', 0.05)")[-1].state == "running"

    in_notebook(play, Options(live=True))


def test_drawings_take_a_small_part_of_the_time(in_notebook, monkeypatch):
    """A drawing that takes long is made less often: at most 1/SHARE of the time."""
    monkeypatch.setattr(notebook, "REDRAW_SECONDS", 0.0)

    async def play(kernel):
        delays = []
        loop = asyncio.get_running_loop()
        plain = loop.call_later

        def call_later(delay, callback, *args, **options):
            if getattr(callback, "__name__", "") == "_tick":
                delays.append(delay)
            return plain(delay, callback, *args, **options)

        loop.call_later = call_later
        kernel.show = lambda cell: time.sleep(0.002)
        kernel.cells.show = kernel.show
        await kernel.run("await asyncio.sleep(0.2)")
        assert delays[0] == 0.0
        assert min(delays[1:], default=0) >= 0.002 * notebook.SHARE

    in_notebook(play, Options(live=True))


def test_a_cell_in_virtual_time(in_notebook):
    """Two hours take no time, the order is exact, and the picture has virtual seconds."""

    async def play(kernel):
        began = time.perf_counter()
        printed, _ = await kernel.run("print(await asyncio.gather(fetch('a', 7200), fetch('b', 3600)))")
        assert time.perf_counter() - began < 60
        assert printed == "['a', 'b']\n"
        assert kernel.timeline.virtual
        assert kernel.timeline.duration == 7200
        assert kernel.timeline.lanes == ("this cell", "fetch('a', 7200)", "fetch('b', 3600)")
        assert "7200 s of virtual time" in str(kernel.timeline)

    in_notebook(play, Options(virtual=True))


def test_a_deadlock_in_virtual_time_is_the_cells_error(in_notebook):
    """It is reported once, names the cell's line, and the next cell runs."""

    async def play(kernel):
        printed, result = await kernel.run("x = 0\nawait asyncio.Event().wait()")
        assert type(result.error_in_exec).__name__ == "Deadlock"
        assert printed.count("Deadlock at 0 s") == 1
        assert "this cell waits for Event.wait, line 2" in printed
        assert "CancelledError" not in printed
        printed, _ = await kernel.run("print(await fetch('next', 1))")
        assert printed == "next\n"

    in_notebook(play, Options(virtual=True))


def test_a_context_variable_set_in_virtual_time_is_set_after_the_cell(in_notebook):
    """The task that runs the cell has a context of its own, which the reader never asked for."""

    async def play(kernel):
        await kernel.run(
            "import contextvars\nv = contextvars.ContextVar('v')\nw = contextvars.ContextVar('w')"
        )
        await kernel.run("v.set(1)\nawait asyncio.sleep(5)\nw.set(None)\n1 / 0")
        printed, _ = await kernel.run("print(v.get(), w.get())\nawait asyncio.sleep(0)")
        assert printed == "1 None\n"

    in_notebook(play, Options(virtual=True))


def test_virtual_time_that_the_cell_asks_for_is_what_is_drawn(in_notebook):
    """await virtual(main()) in a cell: the drawing is of the virtual run, the last of several."""

    async def play(kernel):
        await kernel.run(
            "from overlap_trace import virtual\nawait virtual(fetch('a', 5))\nawait virtual(fetch('b', 50))"
        )
        assert kernel.timeline.lanes == ("fetch('b', 50)",)
        assert kernel.timeline.duration == 50
        assert "run 2" in kernel.timeline.remark

    in_notebook(play)


def test_load_ext_draws_and_unload_ext_stops(capsys):
    """%load_ext in any notebook: a drawing after a cell that awaits; %%virtual for virtual time."""

    async def main():
        shell = InteractiveShell()
        shown = []
        notebook.load_ipython_extension(shell)
        notebook.load_ipython_extension(shell)  # a second time changes nothing
        loaded = notebook._loaded[shell]
        loaded.cells.show = lambda cell: shown.append(cell.timeline())

        async def run(code):
            transformed = shell.transform_cell(code)
            return await shell.run_cell_async(code, transformed_cell=transformed)

        await run("import asyncio\nawait asyncio.sleep(0)")
        assert [timeline.virtual for timeline in shown] == [False]
        result = await run("%%virtual\nawait asyncio.sleep(3600)\n1 + 1")
        assert result.result == 2
        assert [timeline.virtual for timeline in shown] == [False, True]
        assert shown[-1].spans[1].places == (("", 2),)
        await run("await asyncio.sleep(0)")
        assert shown[-1].virtual is False
        notebook.unload_ipython_extension(shell)
        await run("await asyncio.sleep(0)")
        assert len(shown) == 3

    asyncio.run(main())


def test_the_drawing_is_the_timeline(in_notebook):
    """Bars and rows carry the same keys: one bar and one row for each span."""
    from overlap_trace import to_html

    async def play(kernel):
        await kernel.run("await asyncio.gather(fetch('a', 0.001), fetch('b', 0.002))")
        html = to_html(kernel.timeline)
        keys = [
            f"{row}.{number}"
            for row, lane in enumerate(kernel.timeline.lanes)
            for number, _ in enumerate(kernel.timeline.lane(lane))
        ]
        for key in keys:
            assert html.count(f'<g data-span="{key}"') == html.count(f'<tr data-span="{key}"') == 1

    in_notebook(play)


def test_the_notebooks_own_work_is_not_charged_to_the_cell(in_notebook, monkeypatch):
    """Compiling, a traceback and the display of a value, however slow they are; the reader's own pause is."""

    def slow(function):
        def run(*args, **kwargs):
            time.sleep(0.06)
            return function(*args, **kwargs)

        return run

    async def play(kernel):
        compiler = type(kernel.shell.compile)
        monkeypatch.setattr(compiler, "__call__", slow(compiler.__call__))
        monkeypatch.setattr(type(kernel.shell.displayhook), "__call__", slow(lambda self, value: None))
        hook = sys.displayhook
        for last in ("7", "1 / 0", "missing_name"):
            kernel.shell.showtraceback = slow(traceback := kernel.shell.showtraceback)
            await kernel.run(f"import asyncio\nawait asyncio.sleep(0.001)\nx = 1\n{last}")
            kernel.shell.showtraceback = traceback
            assert not kernel.timeline.holds, kernel.timeline.holds
            assert "held the event loop" not in str(kernel.timeline)
        await kernel.run("import time\ntime.sleep(0.06)\nawait asyncio.sleep(0)")
        assert [span.lane for span in kernel.timeline.holds] == ["this cell"]
        assert sys.displayhook is hook

    in_notebook(play)


def test_first_imports_are_not_charged_to_the_cell(in_notebook, monkeypatch, tmp_path):
    """Wherever they stand, and what they import themselves; a failed one has its usual traceback."""
    (tmp_path / "slow_outer.py").write_text("import time, slow_inner\ntime.sleep(0.06)\n")
    (tmp_path / "slow_inner.py").write_text("import time\ntime.sleep(0.06)\n")
    (tmp_path / "slow_other.py").write_text("import time\ntime.sleep(0.06)\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def play(kernel):
        before = importlib._bootstrap._find_and_load
        await kernel.run(
            "import asyncio, slow_outer\n"
            "async def use():\n    from slow_other import time\n    await asyncio.sleep(0)\n"
            "await asyncio.gather(use(), use())\n"
            "import traceback\n"
            "try:\n    import missing_module\n"
            "except ImportError as error:\n    frames = len(traceback.extract_tb(error.__traceback__))"
        )
        assert not kernel.timeline.holds, kernel.timeline.holds
        assert kernel.shell.user_ns["frames"] == 1
        assert importlib._bootstrap._find_and_load is before

    try:
        in_notebook(play)
    finally:
        for name in ("slow_outer", "slow_inner", "slow_other"):
            sys.modules.pop(name, None)
