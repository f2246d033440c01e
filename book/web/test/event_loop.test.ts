import path from "node:path";
import { loadPyodide, type PyodideAPI } from "pyodide";
import { beforeAll, expect, test } from "vitest";

/** event_loop.py in Pyodide itself. `loop` is the page's; `asked` counts what it asks the browser for. */
let python: PyodideAPI;
beforeAll(async () => {
  python = await loadPyodide();
  python.mountNodeFS("/repo", path.resolve(import.meta.dirname, "../../.."));
  python.runPython(`
import asyncio, sys
from pyodide import webloop

sys.path[:0] = ["/repo/book/page_python", "/repo/book/contract", "/repo/book/trace", "/repo"]
from overlap_page import event_loop

webloop.WebLoop = event_loop.PageLoop
loop = asyncio.get_event_loop()
event_loop.PageLoop.adopt(loop)

asked = 0
plain = event_loop.scheduleCallback
def counting(callback, milliseconds):
    global asked
    asked += 1
    plain(callback, milliseconds)
event_loop.scheduleCallback = counting
`);
}, 60_000);

async function run(code: string): Promise<unknown> {
  const result = await python.runPythonAsync(code);
  return result?.toJs ? result.toJs({ dict_converter: Object.fromEntries }) : result;
}

test("random programs run in the order of CPython's loop", async () => {
  // Virtual time has it: tests/unit/virtual compares that with CPython.
  expect(
    await run(`
from overlap_trace.virtual_time import virtual
from tests.unit.virtual.programs import RandomProgram

other, events = [], 0
for seed in range(80):
    program = RandomProgram(seed, tasks=2 + seed % 4)
    expected = await virtual(program())
    events += len(expected)
    log = await program()
    for _ in range(3):  # what its end makes ready, such as done callbacks
        await asyncio.sleep(0)
    if log != expected:
        other.append(seed)
assert events > 3000
other`),
  ).toEqual([]);
}, 60_000);

test("timers that are due at the same moment come in their order, after what was ready before", async () => {
  expect(
    await run(`
log = []
done = asyncio.Event()
due = loop.time() + 0.01
for name in "abc":
    loop.call_at(due, log.append, name)
loop.call_at(due - 0.005, log.append, "earlier")
loop.call_at(due + 0.001, done.set)
await done.wait()
loop.call_later(0, log.append, "later")
loop.call_at(loop.time() - 1, log.append, "for the past")
loop.call_later(-2, log.append, "further past")
loop.call_soon(log.append, "soon")
await asyncio.sleep(0)
log.append("a turn has passed")
await asyncio.sleep(0)
log`),
  ).toEqual(["earlier", "a", "b", "c", "soon", "a turn has passed", "further past", "for the past", "later"]);
});

test("a thousand tasks take a callback of the browser for each turn, not for each step", async () => {
  expect(
    await run(`
async def step():
    for _ in range(10):
        await asyncio.sleep(0)
before = asked
await asyncio.gather(*(step() for _ in range(1000)))
10 < asked - before < 20`),
  ).toBe(true);
});

test("sleeps that end together need one timer of the browser, and cancelled ones none", async () => {
  expect(
    await run(`
before = asked
tasks = [asyncio.create_task(asyncio.sleep(1000)) for _ in range(1000)]
await asyncio.sleep(0)
begun = asked - before
for task in tasks:
    task.cancel()
await asyncio.wait(tasks)
waiting = len(loop._scheduled)
[begun < 10, asked - before < 20, waiting]`),
  ).toEqual([true, true, 0]);
});

test("no sleep ends early, however short", async () => {
  // Pyodide calls at once what is to wait for 2 ms or less.
  expect(
    await run(`
early = []
for ms in [0.3, 1, 1.5, 2, 2.5, 3.7] * 10:
    end = loop.time() + ms / 1000
    await asyncio.sleep(ms / 1000)
    if loop.time() < end - 1e-6:
        early.append(ms)
early`),
  ).toEqual([]);
});

test("a longer sleep that is asked for first does not hold up a shorter one", async () => {
  expect(
    await run(`
done, _ = await asyncio.wait(
    [asyncio.create_task(asyncio.sleep(seconds, seconds)) for seconds in (1000, float("inf"), 0.01, 3e9)],
    return_when=asyncio.FIRST_COMPLETED,
)
[task.result() for task in done]`),
  ).toEqual([0.01]);
});

test.each(["SystemExit", "KeyboardInterrupt"])(
  "%s in a callback leaves the others their turn",
  async (name) => {
    expect(
      await run(`
log = []
def fail():
    raise ${name}(3)
loop._system_exit_handler, loop._keyboard_interrupt_handler = log.append, lambda: log.append("interrupt")
loop.call_soon(fail)
loop.call_soon(log.append, "next")
await asyncio.sleep(0)
await asyncio.sleep(0)
log`),
    ).toEqual([name === "SystemExit" ? 3 : "interrupt", "next"]);
  },
);

test("a callback that cannot be asked for is an error once, and not the end of the loop", async () => {
  expect(
    await run(`
log = []
def refuse(*_):
    raise RecursionError("too deep")
counted, event_loop.scheduleCallback = event_loop.scheduleCallback, refuse
for call in (loop.call_soon, loop.call_later):
    try:
        call(*[0.001][: call == loop.call_later], log.append, "never" if call == loop.call_soon else "timer")
    except RecursionError as error:
        log.append(str(error))
event_loop.scheduleCallback = counted
loop.call_soon(log.append, "next")
await asyncio.sleep(0.01)
log`),
  ).toEqual(["too deep", "too deep", "next", "timer"]);
});

test("an exception in a callback is reported, and the others have their turn", async () => {
  expect(
    await run(`
said = []
loop.set_exception_handler(lambda loop, context: said.append(context["message"]))
loop.call_soon(lambda: 1 / 0)
loop.call_soon(said.append, "next")
await asyncio.sleep(0)
loop.set_exception_handler(None)
[text.partition(" <")[0] for text in said]`),
  ).toEqual(["Exception in callback", "next"]);
});

test("tasks start eagerly if they are asked to", async () => {
  expect(
    await run(`
log = []
async def work(name):
    log.append(name)
    await asyncio.sleep(0)
    log.append(name + " ends")
    return name

async def counted():
    asyncio.current_task().add_done_callback(lambda task: log.append("done"))
    return await work("one")

task = asyncio.create_task(counted(), name="first", eager_start=True)
log.append("made")
await task
loop.set_task_factory(asyncio.eager_task_factory)
try:
    other = asyncio.create_task(work("two"), name="second")
    log.append("made")
finally:
    loop.set_task_factory(None)
log += [await other, task.get_name(), other.get_name()]
log`),
  ).toEqual(["one", "made", "one ends", "done", "two", "made", "two ends", "two", "first", "second"]);
});

test("in debug mode it reports what holds it up", async () => {
  expect(
    await run(`
import io, logging, time
heard = io.StringIO()
handler = logging.StreamHandler(heard)
logging.getLogger("asyncio").addHandler(handler)
async def block():
    end = time.monotonic() + 0.02
    while time.monotonic() < end:
        pass
loop.slow_callback_duration = 0.01
for debug in (False, True):
    loop.set_debug(debug)
    await asyncio.create_task(block(), name=f"debug is {debug}")
loop.set_debug(False)
del loop.slow_callback_duration
logging.getLogger("asyncio").removeHandler(handler)
said = [line for line in heard.getvalue().splitlines() if "name='debug is" in line]  # a step of this test may be slow too
[len(said), "name='debug is True'" in said[0], said[0].startswith("Executing <Task"), said[0].partition(" took ")[2][-8:]]`),
  ).toEqual([1, true, true, " seconds"]);
});

test("a handle says when it is due, and a wrong time is refused", async () => {
  expect(
    await run(`
timer = loop.call_at(loop.time() + 5, print)
is_right = 4 < timer.when() - loop.time() <= 5
timer.cancel()
said = [is_right]
for call in (loop.call_later, loop.call_at):
    try:
        call(None, print)
    except TypeError as error:
        said.append(str(error))
said`),
  ).toEqual([true, "delay must not be None", "when cannot be None"]);
});

test.each([
  ["datetime.datetime.now()", "TypeError"],
  ["float('nan')", "ValueError"],
  ["loop.time() + float('nan')", "ValueError"],
])("a time that is no time is refused, and the loop goes on: %s", async (when, error) => {
  expect(
    await run(`
import datetime
try:
    loop.call_at(${when}, print)
    said = None
except (TypeError, ValueError) as error:
    said = type(error).__name__
await asyncio.sleep(0.001)
said`),
  ).toBe(error);
});

test("the longest waits are none the browser cannot make", async () => {
  expect(
    await run(`
tasks = [asyncio.create_task(asyncio.sleep(seconds)) for seconds in (sys.float_info.max, 1e300, 10**40, 3e6)]
await asyncio.sleep(0.01)
pending = [not task.done() for task in tasks]
for task in tasks:
    task.cancel()
pending`),
  ).toEqual([true, true, true, true]);
});

test("short sleeps below a long timeout leave no timers behind in the browser", async () => {
  expect(
    await run(`
before = len(loop._wakes)
async with asyncio.timeout(3600):
    for _ in range(50):
        await asyncio.sleep(0.003)
len(loop._wakes) - before <= 1`),
  ).toBe(true);
});

test("a task that calls sys.exit keeps that for who awaits it", async () => {
  expect(
    await run(`
loop._system_exit_handler = lambda code: None
async def leave():
    await asyncio.sleep(0)
    sys.exit(3)
task = asyncio.create_task(leave())
await asyncio.sleep(0.001)
said = [task.done()]
try:
    await task
except SystemExit as error:
    said.append(error.code)
said`),
  ).toEqual([true, 3]);
});

test("a task, a future and a factory's own show nothing of the page's", async () => {
  expect(
    await run(`
async def work():
    pass
task = asyncio.create_task(work(), name="task")
said = [" cb=" in repr(task), " cb=" in repr(loop.create_future())]
loop.set_task_factory(lambda loop, coro, **options: (coro.close(), "mine")[1])
said.append(asyncio.create_task(work()))
loop.set_task_factory(None)
said`),
  ).toEqual([false, false, "mine"]);
});

test("debug mode says where things were made, and refuses what cannot be called", async () => {
  expect(
    await run(`
loop.set_debug(True)
async def work():
    pass
handles = [loop.call_soon(int), loop.call_later(9, int), loop.call_at(loop.time() + 9, int)]
handles += [asyncio.create_task(work())]
places = [handle._source_traceback[-1].filename.rpartition("/")[2] for handle in handles]
handles[1].cancel(), handles[2].cancel()
for call in (lambda: loop.call_soon(work), lambda: loop.call_later(1, 3)):
    try:
        call()
    except TypeError as error:
        places.append(str(error)[:30])
loop.set_debug(False)
places`),
  ).toEqual([
    "<exec>",
    "<exec>",
    "<exec>",
    "tasks.py",
    "coroutines cannot be used with",
    "a callable object was expected",
  ]);
});

test("another loop is not run, by nobody", async () => {
  expect(
    await run(`
new = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
log = [asyncio.get_running_loop() is loop, type(new) is event_loop.PageLoop, new.is_running()]
new.call_soon(log.append, "never")
new.call_later(0.001, log.append, "never")
for each in (new, loop):
    for call in (each.run_forever, each.close):
        try:
            call()
        except RuntimeError as error:
            log.append(str(error))
await asyncio.sleep(0.01)
log += [asyncio.get_running_loop() is loop, new.is_closed(), loop.is_closed()]
log`),
  ).toEqual([
    true,
    true,
    false,
    "Cannot run the event loop while another loop is running",
    "This event loop is already running",
    "Cannot close a running event loop",
    true,
    true,
    false,
  ]);
});

test("what needs a thread fails as where none can be started", async () => {
  expect(
    await run(`
said = []
for start in (lambda: loop.run_in_executor(None, print), lambda: asyncio.to_thread(print)):
    try:
        await start()
    except RuntimeError as error:
        said.append(str(error))
try:
    loop.run_until_complete(None)
except RuntimeError as error:
    said.append(str(error))
said`),
  ).toEqual(["can't start new thread", "can't start new thread", "This event loop is already running"]);
});

test("a done callback has the context of who added it, not of the task", async () => {
  expect(
    await run(`
import contextvars
who = contextvars.ContextVar("who")
who.set("adder")
seen = []
async def work():
    who.set("task")
tasks = [loop.create_task(work()), loop.create_task(work(), eager_start=True)]
for task in tasks:
    task.add_done_callback(lambda task: seen.append(who.get()))
await asyncio.wait(tasks)
await asyncio.sleep(0)
seen + [type(task).__name__ for task in tasks] + [hasattr(tasks[0], "_num_done_callbacks")]`),
  ).toEqual(["adder", "adder", "Task", "Task", false]);
});

test.each([false, true])("a task that failed is kept by nobody (debug mode: %s)", async (debug) => {
  expect(
    await run(`
import gc, weakref
loop.set_debug(${debug ? "True" : "False"})
heard = []
loop.set_exception_handler(lambda loop, context: heard.append(context["message"]))
async def fail():
    await asyncio.sleep(0)
    raise ValueError
gc.disable()
task = weakref.ref(loop.create_task(fail()))
for _ in range(4):
    await asyncio.sleep(0)
kept = task() is not None
gc.enable()
loop.set_exception_handler(None)
loop.set_debug(False)
[kept, *heard]`),
  ).toEqual([false, "Task exception was never retrieved"]);
});

test("with turns of its own, as in a browser, the loop leaves none out and lets messages through", async () => {
  const told = await run(`
import js
event_loop._turns = event_loop.BrowserTurns(js)
try:
    messages = turns = 0
    channel = js.MessageChannel.new()
    def hear(_event):
        global messages
        messages += 1
        channel.port2.postMessage(None)
    proxy = event_loop.create_proxy(hear)
    channel.port1.onmessage = proxy
    channel.port2.postMessage(None)
    order = []
    tasks = [asyncio.create_task(asyncio.sleep(0.001 * (n % 3), n)) for n in range(50)]
    while messages < 10:
        turns += 1
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks)
finally:
    channel.port1.close()
    event_loop._turns = None
    proxy.destroy()
{"results": results == list(range(50)), "turns": turns > messages}`);
  expect(told).toEqual({ results: true, turns: true });
});
