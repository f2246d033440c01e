"""`asyncio.run` in a cell does what it does in a program: the same lines as from CPython itself."""

import functools
import subprocess

import pytest

from tests.conftest import LACKING
from tools.browser import cell, edit_and_run, finish, live_text, run
from tools.running import interpreters

from .conftest import BROWSERS, VIRTUAL
from .test_stop import start_and_stop

PROGRAMS = {
    "loop factory": """\
import asyncio
async def main(): print("ran")
asyncio.run(main(), loop_factory=asyncio.EventLoop)
asyncio.run(main=main(), loop_factory=asyncio.new_event_loop)
class Loop(asyncio.SelectorEventLoop):
    def call_later(self, delay, *args, **options):
        print("later", delay)
        return super().call_later(delay, *args, **options)
async def wait():
    await asyncio.sleep(0.01)
    print(isinstance(asyncio.get_running_loop(), Loop))
asyncio.run(wait(), loop_factory=Loop)
""",
    "what is left": """\
import asyncio
said = []  # tasks are cancelled in no order
async def bg(n):
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        said.append(f"{n} cancelled")
        if n == 2: await asyncio.sleep(0.01); said.append("swallowed"); return
        if n == 3: raise ValueError("on the way out")
        raise
    finally:
        said.append(f"{n} cleanup")
async def gen():
    try:
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0)
        print("gen finalised")
async def main():
    global g
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: print(context["message"]))
    for n in range(1, 4):
        asyncio.create_task(bg(n))
    g = gen()
    print(await anext(g))
    await asyncio.sleep(0.01)
    print("main returns")
asyncio.run(main())
print("after run", sorted(said))
""",
    "names and contexts": """\
import asyncio, contextvars
v = contextvars.ContextVar("v", default="outside")
def who():
    task = asyncio.current_task()
    return task.get_name(), len(asyncio.all_tasks()), task.get_coro().__name__
async def main():
    v.set("inside")
    print(v.get(), who())
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
        group.create_task(child(), name="mine")
async def child(): print(who(), v.get())
asyncio.run(main())
asyncio.run(main())
print(v.get())
with asyncio.Runner() as r:
    r.run(main())
    async def show(): print(v.get(), who())
    r.run(show())
    r.run(show(), context=contextvars.Context())
    loop = r.get_loop()
print(loop.is_closed())
""",
    "errors": """\
import asyncio
async def fail(error): raise error
async def stop(): asyncio.get_running_loop().stop(); await asyncio.sleep(1)
async def close(): asyncio.get_running_loop().close()
async def nested():
    c = fail(ValueError())
    try: asyncio.run(c)
    finally: c.close()
async def cancel_all():
    for task in asyncio.all_tasks(): task.cancel()
    await asyncio.sleep(1)
for make in (stop, close, nested, cancel_all):
    try: asyncio.run(make())
    except BaseException as error: print(type(error).__name__, error)
for kind in (ValueError, SystemExit, KeyboardInterrupt, GeneratorExit):
    try: asyncio.run(fail(kind("x")))
    except BaseException as error: print(type(error).__name__, error)
for bad in (1, None, fail):
    try: asyncio.run(bad)
    except Exception as error: print(type(error).__name__, error)
async def left(kind): raise kind
async def starts(kind):
    asyncio.create_task(fail(kind("left")))
    await asyncio.sleep(0.01)
for kind in (SystemExit, KeyboardInterrupt):
    try: asyncio.run(starts(kind))
    except BaseException as error: print(type(error).__name__, error)
lock = asyncio.Lock()
async def use():
    async with lock:
        try: await asyncio.wait_for(lock.acquire(), 0.01)
        except TimeoutError: print("waited")
asyncio.run(use())
try: asyncio.run(use())
except RuntimeError as error: print("bound to a different event loop" in str(error))
""",
    "everywhere": """\
import asyncio
from asyncio import run as go
async def double(n):
    await asyncio.sleep(0)
    return 2 * n
if __name__ == "__main__":
    print(f"{go(double(1))}", [asyncio.run(double(n)) for n in range(3)])
    for n in range(2):
        try: print(asyncio.run(double(n), debug=True))
        finally: print("finally")
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.call_soon(loop.stop)
loop.run_forever()
print(loop.run_until_complete(double(4)), loop.is_running(), loop.is_closed())
loop.close()
c = double(0)
try: loop.run_until_complete(c)
except RuntimeError as error: print(error)
c.close()
runner = asyncio.Runner()
print(runner.run(double(5)))
runner.close()
try: runner.run(None)
except RuntimeError as error: print(error)
asyncio.set_event_loop(None)
print(asyncio.run(double(6)))
""",
    "a loop that is set": """\
import asyncio
from asyncio import get_event_loop
async def main():
    await asyncio.sleep(0.001)
    print(get_event_loop() is asyncio.get_running_loop() is loop)
    return "result"
loop = asyncio.new_event_loop()
task = loop.create_task(main())
asyncio.set_event_loop(loop)
try:
    loop = asyncio.get_event_loop()
    print(loop.run_until_complete(task), get_event_loop().run_until_complete(main()))
finally:
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
print(get_event_loop().is_closed())
asyncio.run(asyncio.sleep(0))
try: asyncio.get_event_loop()
except RuntimeError as error: print(error)
""",
    "names": """\
import asyncio, re
print(__doc__, __name__)
async def main():
    loop = asyncio.get_running_loop()
    print(re.sub(r"<\\w*EventLoop", "<EventLoop", repr(loop)), "EventLoop" in type(loop).__name__)
    print(type(loop).__module__.startswith("asyncio"))
    task, future = asyncio.current_task(), loop.create_future()
    print(type(task), type(future), future, re.sub(" coro=.*", "", repr(task)))
asyncio.run(main())
""",
    "debug": """\
import asyncio, logging, time, sys
logging.basicConfig(stream=sys.stdout, format="%(levelname)s")
async def main():
    print(asyncio.get_running_loop().get_debug(), sys.get_coroutine_origin_tracking_depth() > 0)
    time.sleep(0.15)
asyncio.run(main(), debug=True)
print(sys.get_coroutine_origin_tracking_depth())
""",
}


@functools.cache
def from_cpython(program):
    """What the newest CPython here prints."""
    python = interpreters()[-1]
    if python.release < (3, 14):
        pytest.skip(LACKING.format("3.14"))
    done = subprocess.run(
        [python.path, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_programs_print_what_cpython_prints(either_page):
    """Loops, leftovers, names, contexts, errors: each program twice, as a reader runs a cell again."""
    printed = {}
    for name, program in PROGRAMS.items():
        for _ in range(2):
            run(either_page, 1, program)
            state = finish(either_page, 1)
            printed[name] = live_text(cell(either_page, 1))
            assert (state, printed[name]) == ("done", from_cpython(program)), name


LEFT = """\
import asyncio
async def left():
    try:
        await asyncio.sleep(3600)
    finally:
        print("left cleans up")
async def main():
    task = asyncio.create_task(left())
    try:
        print("main waits")
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        print("main cancelled")
        raise
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("KeyboardInterrupt came out")
    raise
"""


def test_stop_is_ctrl_c(either_page):
    """Main is cancelled, then what is left, and KeyboardInterrupt comes out of the run."""
    said = start_and_stop(either_page, LEFT, when="main waits")
    lines = ["main cancelled", "left cleans up", "KeyboardInterrupt came out"]
    places = [said.find(line) for line in lines]
    assert -1 not in places, said
    assert places == sorted(places), said
    assert edit_and_run(either_page, 1, "print('next')")[0] == "done"


HARMFUL = {
    "stop": ("error", "import asyncio\nasyncio.get_running_loop().stop()"),
    "close": ("error", "import asyncio\nasyncio.get_running_loop().close()"),
    "run_forever": ("error", "import asyncio\nasyncio.get_running_loop().run_forever()"),
    "no loop": ("done", "import asyncio\nasyncio.set_event_loop(None)\nprint('said')"),
    "closed loop": (
        "done",
        "import asyncio\nloop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\n"
        "loop.close()\nprint('said')",
    ),
    "policy": (
        "done",
        "import asyncio, warnings\nwarnings.simplefilter('ignore')\n"
        "class Policy(asyncio.DefaultEventLoopPolicy):\n"
        "    def get_event_loop(self): raise RuntimeError('none')\n"
        "asyncio.set_event_loop_policy(Policy())\nasync def main(): print('said')\nasyncio.run(main())",
    ),
    "generator exit": ("error", "raise GeneratorExit('said')"),
    "generator exit of a task": (
        "error",
        "import asyncio\nasync def end(): raise GeneratorExit('said')\nawait asyncio.create_task(end())",
    ),
    "generator exit in a run": (
        "error",
        "import asyncio\nasync def main(): raise GeneratorExit('said')\nasyncio.run(main())",
    ),
    "generator exit in a group": (
        "error",
        "import asyncio\nasync def end(): raise GeneratorExit('said')\n"
        "async with asyncio.TaskGroup() as group:\n    group.create_task(end())",
    ),
    "interrupt": ("error", "raise KeyboardInterrupt('said')"),
    "exit in a run": (
        "error",
        "import asyncio\nasync def main(): raise SystemExit('said')\nasyncio.run(main())",
    ),
    "cancel all": (
        "error",
        "import asyncio\nfor task in asyncio.all_tasks(): task.cancel()\nawait asyncio.sleep(1)",
    ),
}


def test_what_ends_a_loop_ends_one_cell(either_page):
    """The page says what happened, and the next cell runs, with a loop of its own, too."""
    for name, (expected, code) in HARMFUL.items():
        state, text = edit_and_run(either_page, 1, code)
        assert state == expected, (name, state, text)
        assert text.strip(), name
        state, text = edit_and_run(
            either_page,
            1,
            "import asyncio\nawait asyncio.sleep(0.01)\n"
            "async def main():\n    await asyncio.sleep(0.01)\n    print('alive')\nasyncio.run(main())",
        )
        assert (state, "alive" in text) == ("done", True), (name, text)


def test_a_run_that_cannot_be_says_the_way_out(page):
    """A run inside a function that the cell calls."""
    code = "import asyncio\nasync def main(): pass\ndef start():\n    asyncio.run(main())\nstart()"
    state, text = edit_and_run(page, 1, code)
    assert state == "error"
    assert "asyncio.run() cannot be called from a running event loop" in text
    cell(page, 1).locator(".run-hint").get_by_text("at the top level of the cell").wait_for()


def test_the_pages_loop_is_not_to_be_run_and_says_the_way_out(page):
    """As programs before `asyncio.run` began."""
    code = "import asyncio\nasync def main(): pass\nloop = asyncio.get_event_loop()\nprint(loop)\n"
    code += "c = main()\ntry: loop.run_until_complete(c)\nfinally: c.close()"
    state, text = edit_and_run(page, 1, code)
    assert state == "error"
    assert "<EventLoop running=True closed=False debug=False>" in text
    cell(page, 1).locator(".run-hint").get_by_text("at the top level of the cell, or await main()").wait_for()


def test_the_compiler_warns_once(page):
    """With the name of the cell, however often the page has looked at the code."""
    state, text = edit_and_run(page, 1, "import asyncio\nprint('x' is 'y', '\\d')\nawait asyncio.sleep(0)")
    assert state == "done"
    assert text.count("SyntaxWarning") == text.count("cell 1:2: SyntaxWarning") == 2, text


STACKS = """\
import asyncio, logging, sys, traceback
logging.basicConfig(stream=sys.stdout, force=True)
def inner():
    traceback.print_stack(file=sys.stdout)
    logging.warning("said", stack_info=True)
inner()
async def main():
    inner()
    asyncio.current_task().print_stack(file=sys.stdout)
asyncio.run(main())
logging.root.handlers.clear()
"""


def test_a_printed_stack_begins_in_the_cell(page):
    """That of `traceback`, of logging and of a task, in a function and in a task."""
    state, text = edit_and_run(page, 1, STACKS)
    assert state == "done", text
    assert [text.count(f"line {n}, in {name}") for n, name in ((4, "inner"), (5, "inner"), (8, "main"))] == [
        2,
        2,
        2,
    ]
    assert text.count("line 9, in main") == 1
    assert not any(name in text for name in ("pyodide", "overlap_page", "IPython")), text


def test_what_a_tab_lacks_names_nothing_of_the_pages(page):
    """Neither Pyodide nor the kernel."""
    code = (
        "import asyncio, signal\nasync def main():\n"
        "    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print)\nasyncio.run(main())"
    )
    state, text = edit_and_run(page, 1, code)
    assert state == "error"
    assert "line 3" in text
    assert not any(name in text for name in ("pyodide", "overlap_page", "IPython")), text


def test_a_traceback_shows_the_programs_own_lines(page):
    """None of the page's own frames."""
    code = "import asyncio\nasync def main():\n    1 / 0\nasyncio.run(main())"
    state, text = edit_and_run(page, 1, code)
    assert state == "error"
    assert "line 4" in text
    assert "line 3" in text
    assert "overlap_page" not in text


IN_VIRTUAL_TIME = """\
import asyncio
async def work(seconds):
    await asyncio.sleep(seconds)
    print(seconds, asyncio.get_running_loop().time())
async def main(n):
    asyncio.create_task(work(9999))
    await asyncio.gather(work(n), work(n * 3600))
asyncio.run(main(1))
with asyncio.Runner() as r:
    r.run(main(2))
async def forever():
    await asyncio.Event().wait()
try:
    asyncio.run(forever())
except RuntimeError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_run_in_virtual_time(open_page, kind):
    """It goes on with the clock of the cell, and the picture has the tasks of all runs."""
    page = open_page(VIRTUAL, before=BROWSERS[kind])
    target = page.locator('[data-clock="virtual"]').first
    number = int(target.get_attribute("data-cell"))
    run(page, number, IN_VIRTUAL_TIME)
    assert finish(page, number) == "done"
    expected = "1 1.0\n3600 3600.0\n2 3602.0\n7200 10800.0\nDeadlock\n"
    assert live_text(target) == expected
    target.get_by_role("button", name="Timeline", exact=True).click()
    figure = target.locator('[data-output="live"] [data-timeline]')
    figure.locator("figcaption").get_by_text("10800 s of virtual time").wait_for()
    drawn = figure.text_content()
    assert all(
        words in drawn for words in ("main(1)", "main(2)", "work(9999) #2", "asyncio.run", "Runner.run")
    ), drawn


def test_the_timeline_shows_the_tasks_of_a_run(page):
    """In real time; the cell's own lane waits for asyncio.run."""
    code = (
        "import asyncio\nasync def work(): await asyncio.sleep(0.05)\n"
        "async def main(): await asyncio.gather(work(), work())\nasyncio.run(main())"
    )
    target = cell(page, 1)
    run(page, 1, code)
    assert finish(page, 1) == "done"
    target.get_by_role("button", name="Timeline", exact=True).click()
    target.get_by_role("button", name="Run", exact=True).click()
    figure = target.locator(".cell-timeline [data-timeline]")
    figure.wait_for()
    drawn = figure.text_content()
    assert all(words in drawn for words in ("main", "work #1", "work #2", "asyncio.run")), drawn
