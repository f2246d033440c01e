"""What the reference calls a usual mistake does what the entry says, on the Python that runs the tests.

Only mistakes that end by themselves: in an exception or a printed value. Those that wait for ever,
or need other processes, are left to whoever writes the entry.
"""

import json
import subprocess
import sys
import tomllib
from typing import NamedTuple

import pytest

from book.extension.reference import DATA

# Runs every program, one after another, and says how each ended: the class of the exception that
# came out, else the last line printed.
RUN_ALL = r"""
import asyncio, contextlib, io, json, sys, types, warnings

def outcome(program):
    printed = io.StringIO()
    module = sys.modules["mistake"] = types.ModuleType("mistake")
    module.asyncio = asyncio
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            exec(program, vars(module))
            if hasattr(module, "main"):
                asyncio.run(module.main())
    except BaseException as error:
        return type(error).__name__
    return printed.getvalue().strip().rpartition("\n")[2]

print(json.dumps([outcome(program) for program in json.load(sys.stdin)]))
"""


class Mistake(NamedTuple):
    """A program that makes the mistake of an entry, and what the entry says of it."""

    entry: str
    says: str  # words of the entry that the outcome proves
    outcome: str
    program: str
    since: tuple[int, int] = (3, 11)
    before: tuple[int, int] = (4, 0)


ASYNCIO = [
    Mistake(
        "asyncio.run",
        "where a loop runs already",
        "RuntimeError",
        """
async def main():
    coroutine = asyncio.sleep(0)
    try:
        asyncio.run(coroutine)
    finally:
        coroutine.close()
""",
    ),
    Mistake(
        "asyncio.Runner.run",
        "where a loop runs already: `RuntimeError`",
        "RuntimeError",
        """
async def main():
    coroutine = asyncio.sleep(0)
    try:
        asyncio.Runner().run(coroutine)
    finally:
        coroutine.close()
""",
    ),
    Mistake(
        "asyncio.EventLoop",
        "deprecated since 3.14",
        "DeprecationWarning",
        """
import warnings
warnings.simplefilter("error")
asyncio.get_event_loop_policy()
""",
        since=(3, 14),
    ),
    Mistake("asyncio.get_running_loop", "where none runs", "RuntimeError", "asyncio.get_running_loop()"),
    Mistake(
        "asyncio.TaskGroup",
        "`except ValueError`: the errors arrive in a group",
        "ExceptionGroup",
        """
async def fails():
    raise ValueError

async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
    except ValueError:
        print("caught")
""",
    ),
    Mistake(
        "asyncio.TaskGroup.create_task",
        "after the block has ended: `RuntimeError`",
        "RuntimeError",
        """
async def main():
    coroutine = asyncio.sleep(0)
    async with asyncio.TaskGroup() as group:
        pass
    try:
        group.create_task(coroutine)
    finally:
        coroutine.close()
""",
    ),
    Mistake(
        "asyncio.TaskGroup.cancel",
        "Expecting it in 3.14",
        "AttributeError",
        "asyncio.TaskGroup.cancel",
        before=(3, 15),
    ),
    Mistake(
        "asyncio.gather",
        "that one failure cancels the others: they run on",
        "cancelled: False",
        """
async def fails():
    raise ValueError

async def main():
    other = asyncio.create_task(asyncio.sleep(0))
    try:
        await asyncio.gather(fails(), other)
    except ValueError:
        await other
        print("cancelled:", other.cancelled())
""",
    ),
    Mistake(
        "asyncio.Task.result",
        "`InvalidStateError`",
        "InvalidStateError",
        """
async def main():
    asyncio.current_task().result()
""",
    ),
    Mistake(
        "asyncio.Task.exception",
        "it raises `CancelledError`",
        "CancelledError",
        """
async def main():
    task = asyncio.create_task(asyncio.sleep(9))
    task.cancel()
    await asyncio.wait([task])
    task.exception()
""",
    ),
    Mistake(
        "asyncio.current_task",
        "it gives `None`",
        "None",
        """
async def main():
    asyncio.get_running_loop().call_soon(lambda: print(asyncio.current_task()))
    await asyncio.sleep(0)
""",
    ),
    Mistake(
        "asyncio.eager_task_factory",
        "the child runs before its parent goes on",
        "child, parent",
        """
async def child():
    print("child", end=", ")

async def main():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    asyncio.create_task(child())
    print("parent")
""",
        since=(3, 12),
    ),
    Mistake(
        "asyncio.Future",
        "Passing it a coroutine: `TypeError`",
        "TypeError",
        """
async def main():
    coroutine = asyncio.sleep(0)
    try:
        asyncio.Future(coroutine)
    finally:
        coroutine.close()
""",
    ),
    Mistake(
        "asyncio.Future.set_result",
        "Setting it twice",
        "InvalidStateError",
        """
async def main():
    future = asyncio.Future()
    future.set_result(1)
    future.set_result(2)
""",
    ),
    Mistake(
        "asyncio.Future.set_result",
        "after it was cancelled: `InvalidStateError`",
        "InvalidStateError",
        """
async def main():
    future = asyncio.Future()
    future.cancel()
    future.set_result(2)
""",
    ),
    Mistake(
        "asyncio.loop.call_soon",
        "it never runs",
        "[]",
        """
ran = []
async def callback():
    ran.append(True)

async def main():
    asyncio.get_running_loop().call_soon(callback)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(ran)
""",
    ),
    Mistake(
        "asyncio.loop.call_later",
        "From another thread",
        "RuntimeError",
        """
async def main():
    loop = asyncio.get_running_loop()
    loop.set_debug(True)               # says what else happens in silence
    await asyncio.to_thread(loop.call_later, 0, print)
""",
    ),
    Mistake(
        "asyncio.wait",
        "it raises none",
        "1 done, raised nothing",
        """
async def fails():
    raise ValueError

async def main():
    done, _ = await asyncio.wait([asyncio.create_task(fails())])
    print(len(done), "done, raised nothing")
""",
    ),
    Mistake(
        "asyncio.wait",
        "refuses bare coroutines",
        "TypeError",
        """
async def main():
    coroutine = asyncio.sleep(0)
    try:
        await asyncio.wait([coroutine])
    finally:
        coroutine.close()
""",
    ),
    Mistake(
        "asyncio.as_completed",
        "with `for`",
        "False",
        """
async def main():
    task = asyncio.create_task(asyncio.sleep(0))
    for given in asyncio.as_completed([task]):
        await given
        print(given is task)
""",
    ),
    Mistake(
        "asyncio.as_completed",
        "only `async for` (3.13) gives your own tasks back",
        "True",
        """
async def main():
    task = asyncio.create_task(asyncio.sleep(0))
    async for given in asyncio.as_completed([task]):
        print(given is task)
""",
        since=(3, 13),
    ),
    Mistake(
        "contextlib.aclosing",
        "`finally` runs later, in another task",
        "break, finally in another task: True",
        """
async def numbers():
    try:
        while True:
            yield 1
    finally:
        print("finally in another task:", asyncio.current_task() is not consumer)

async def main():
    global consumer
    consumer = asyncio.current_task()
    async for _ in numbers():
        break
    print("break", end=", ")
""",
    ),
    Mistake(
        "asyncio.timeout",
        "Catching `TimeoutError` inside the block",
        "CancelledError",
        """
async def main():
    try:
        async with asyncio.timeout(0):
            try:
                await asyncio.sleep(9)
            except BaseException as error:
                print(type(error).__name__)
                raise
    except TimeoutError:
        pass
""",
    ),
    Mistake(
        "asyncio.timeout_at",
        "the limit never comes",
        "True",
        """
import time
async def main():
    async with asyncio.timeout_at(time.time()) as limit:
        print(limit.when() - asyncio.get_running_loop().time() > 365 * 24 * 3600)
""",
    ),
    Mistake(
        "asyncio.Timeout.reschedule",
        "once the limit has struck",
        "RuntimeError",
        """
async def main():
    async with asyncio.timeout(0) as limit:
        try:
            await asyncio.sleep(9)
        finally:
            limit.reschedule(None)
""",
    ),
    Mistake(
        "asyncio.Timeout.reschedule",
        "or after the block: `RuntimeError`",
        "RuntimeError",
        """
async def main():
    async with asyncio.timeout(9) as limit:
        pass
    limit.reschedule(None)
""",
    ),
    Mistake(
        "asyncio.Timeout.expired",
        "code inside can raise one too",
        "False",
        """
async def main():
    try:
        async with asyncio.timeout(9) as limit:
            raise TimeoutError
    except TimeoutError:
        print(limit.expired())
""",
    ),
    Mistake(
        "asyncio.Task.cancel",
        "it has stopped when the call returns",
        "False",
        """
async def main():
    task = asyncio.create_task(asyncio.sleep(9))
    await asyncio.sleep(0)
    task.cancel()
    print(task.done())
""",
    ),
    Mistake(
        "asyncio.Task.cancelled",
        "it is still `False`",
        "False",
        """
async def main():
    task = asyncio.create_task(asyncio.sleep(9))
    await asyncio.sleep(0)
    task.cancel()
    print(task.cancelled())
""",
    ),
    Mistake(
        "asyncio.Task.uncancel",
        "`timeout` then raises `CancelledError`",
        "CancelledError",
        """
async def stubborn():
    async with asyncio.timeout(0.01):
        try:
            await asyncio.sleep(9)
        except asyncio.CancelledError:
            pass
        await asyncio.sleep(9)

async def main():
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    [ended] = await asyncio.gather(task, return_exceptions=True)
    print(type(ended).__name__)
""",
    ),
    Mistake(
        "asyncio.Task.cancelling",
        "that is `cancelled()`",
        "1 False",
        """
async def stubborn():
    try:
        await asyncio.sleep(9)
    except asyncio.CancelledError:
        pass

async def main():
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    await task
    print(task.cancelling(), task.cancelled())
""",
    ),
    Mistake(
        "asyncio.CancelledError",
        "on results of `gather`: it says no",
        "False",
        """
async def main():
    task = asyncio.create_task(asyncio.sleep(9))
    task.cancel()
    [result] = await asyncio.gather(task, return_exceptions=True)
    print(isinstance(result, Exception))
""",
    ),
    Mistake(
        "asyncio.Condition.notify_all",
        "without holding the lock: `RuntimeError`",
        "RuntimeError",
        """
async def main():
    asyncio.Condition().notify_all()
""",
    ),
    Mistake(
        "asyncio.BoundedSemaphore",
        "without `acquire()`: `ValueError`",
        "ValueError",
        """
async def main():
    asyncio.BoundedSemaphore().release()
""",
    ),
    Mistake(
        "asyncio.BoundedSemaphore",
        "only if nobody else holds it",
        "no error",
        """
async def main():
    room = asyncio.BoundedSemaphore(2)
    await room.acquire()
    room.release()                     # by a task that holds nothing
    print("no error")
""",
    ),
    Mistake(
        "asyncio.Queue.put",
        "`put_nowait` on a full queue: `QueueFull`",
        "QueueFull",
        """
async def main():
    queue = asyncio.Queue(1)
    queue.put_nowait(1)
    queue.put_nowait(2)
""",
    ),
    Mistake(
        "asyncio.Queue.get_nowait",
        "On an empty queue: `QueueEmpty`",
        "QueueEmpty",
        """
async def main():
    asyncio.Queue().get_nowait()
""",
    ),
    Mistake(
        "asyncio.Queue.get",
        "it never pauses",
        "0 turns",
        """
async def main():
    turns, queue = [], asyncio.Queue()
    asyncio.get_running_loop().call_soon(turns.append, 1)
    for number in range(100):
        queue.put_nowait(number)
    for _ in range(100):
        await queue.get()
    print(len(turns), "turns")
""",
    ),
    Mistake(
        "asyncio.Queue.shutdown",
        "Expecting it before 3.13",
        "AttributeError",
        "asyncio.Queue.shutdown",
        before=(3, 13),
    ),
    Mistake(
        "asyncio.QueueShutDown",
        "fail a worker of a group",
        "ExceptionGroup",
        """
async def main():
    queue = asyncio.Queue()
    queue.shutdown()
    async with asyncio.TaskGroup() as group:
        group.create_task(queue.get())
""",
        since=(3, 13),
    ),
    Mistake(
        "asyncio.PriorityQueue",
        "items without order: `TypeError`",
        "TypeError",
        """
async def main():
    queue = asyncio.PriorityQueue()
    queue.put_nowait((1, object()))
    queue.put_nowait((1, object()))
""",
    ),
    Mistake(
        "asyncio.StreamReader.read",
        "without `n`, all to the end",
        "b'ab' b'cdef'",
        """
async def main():
    reader = asyncio.StreamReader()
    reader.feed_data(b"abcdef")
    reader.feed_eof()
    print(await reader.read(2), await reader.read())
""",
    ),
    Mistake(
        "asyncio.StreamReader.readexactly",
        "Not catching `IncompleteReadError`",
        "IncompleteReadError",
        """
async def main():
    reader = asyncio.StreamReader()
    reader.feed_data(b"abc")
    reader.feed_eof()
    await reader.readexactly(4)
""",
    ),
    Mistake(
        "asyncio.StreamReader.readline",
        "it is the end",
        "b'\\n' b''",
        """
async def main():
    reader = asyncio.StreamReader()
    reader.feed_data(b"\\n")
    reader.feed_eof()
    print(await reader.readline(), await reader.readline())
""",
    ),
    Mistake(
        "asyncio.StreamReader.readuntil",
        "are a `LimitOverrunError`",
        "LimitOverrunError",
        """
async def main():
    reader = asyncio.StreamReader(limit=2)
    reader.feed_data(b"abcdef")
    await reader.readuntil()
""",
    ),
    Mistake(
        "asyncio.LimitOverrunError",
        "`readexactly(error.consumed)` takes them",
        "b'abcdef'",
        """
async def main():
    reader = asyncio.StreamReader(limit=2)
    reader.feed_data(b"abcdef")
    try:
        await reader.readuntil()
    except asyncio.LimitOverrunError as error:
        print(await reader.readexactly(error.consumed))
""",
    ),
    Mistake(
        "asyncio.loop.run_in_executor",
        "Keyword arguments",
        "TypeError",
        """
async def main():
    await asyncio.get_running_loop().run_in_executor(None, sorted, [], reverse=True)
""",
    ),
    Mistake(
        "asyncio.loop.set_default_executor",
        "A pool of processes: `TypeError` since 3.11",
        "TypeError",
        """
from concurrent.futures import ProcessPoolExecutor

async def main():
    asyncio.get_running_loop().set_default_executor(ProcessPoolExecutor(1))
""",
    ),
    Mistake(
        "contextvars.ContextVar",
        "the child has a copy",
        "parent",
        """
from contextvars import ContextVar
value = ContextVar("value", default="parent")

async def child():
    value.set("child")

async def main():
    await asyncio.create_task(child())
    print(value.get())
""",
    ),
    Mistake(
        "contextvars.ContextVar.set",
        "before 3.14: `TypeError`",
        "TypeError",
        """
from contextvars import ContextVar
with ContextVar("value").set(1):
    pass
""",
        before=(3, 14),
    ),
    Mistake(
        "contextvars.ContextVar.reset",
        "The token of another task: `ValueError`",
        "ValueError",
        """
from contextvars import ContextVar
value = ContextVar("value")

async def child(token):
    value.reset(token)

async def main():
    await asyncio.create_task(child(value.set(1)))
""",
    ),
    Mistake(
        "asyncio.all_tasks",
        "the caller is among them",
        "True",
        """
async def main():
    print(asyncio.current_task() in asyncio.all_tasks())
""",
    ),
    Mistake(
        "asyncio.Task.get_stack",
        "its outermost frame only",
        "['outer']",
        """
async def inner():
    await asyncio.sleep(9)

async def outer():
    await inner()

async def main():
    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    print([frame.f_code.co_name for frame in task.get_stack()])
""",
    ),
    Mistake(
        "asyncio.print_call_graph",
        "before 3.14",
        "AttributeError",
        "asyncio.print_call_graph",
        before=(3, 14),
    ),
    Mistake(
        "asyncio.format_call_graph",
        "no loop running: `RuntimeError`",
        "RuntimeError",
        "asyncio.format_call_graph()",
        since=(3, 14),
    ),
    Mistake(
        "asyncio.format_call_graph",
        "In a callback: an empty string",
        "''",
        """
async def main():
    asyncio.get_running_loop().call_soon(lambda: print(repr(asyncio.format_call_graph())))
    await asyncio.sleep(0)
""",
        since=(3, 14),
    ),
    Mistake(
        "inspect.iscoroutinefunction",
        "deprecated since 3.14",
        "DeprecationWarning",
        """
import warnings
warnings.simplefilter("error")
asyncio.iscoroutinefunction(print)
""",
        since=(3, 14),
    ),
    Mistake(
        "unittest.IsolatedAsyncioTestCase",
        "nothing runs, and it passes with a warning",
        "True DeprecationWarning",
        """
import unittest, warnings

class Case(unittest.TestCase):
    async def test(self):
        self.fail()

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    result = unittest.TestResult()
    Case("test").run(result)
print(result.wasSuccessful(), *{w.category.__name__ for w in seen} - {"RuntimeWarning"})
""",
    ),
]

FUTURES = [
    Mistake(
        "concurrent.futures.Executor.map",
        "errors are raised only there",
        "in silence",
        """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    pool.map(lambda number: 1 / number, [0])
print("in silence")
""",
    ),
    Mistake(
        "concurrent.futures.Executor.submit",
        "an error in the call is never seen",
        "in silence",
        """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    pool.submit(lambda: 1 / 0)
print("in silence")
""",
    ),
    Mistake(
        "concurrent.futures.Future.cancel",
        "it returns `False` once the call runs",
        "False",
        """
from concurrent.futures import Future
future = Future()
future.set_running_or_notify_cancel()
print(future.cancel())
""",
    ),
    Mistake(
        "concurrent.futures.Future.cancelled",
        "a cancelled future is done too",
        "True",
        """
from concurrent.futures import Future
future = Future()
future.cancel()
print(future.done())
""",
    ),
    Mistake(
        "concurrent.futures.Future.add_done_callback",
        "the error is logged and ignored",
        "went on",
        """
from concurrent.futures import Future
future = Future()
future.add_done_callback(lambda future: 1 / 0)
future.set_result(1)
print("went on")
""",
    ),
    Mistake(
        "concurrent.futures.wait",
        "it raises none",
        "1 done, raised nothing",
        """
from concurrent.futures import Future, wait
future = Future()
future.set_exception(ValueError())
print(len(wait([future]).done), "done, raised nothing")
""",
    ),
    Mistake(
        "concurrent.futures.CancelledError",
        "they are two classes",
        "False",
        """
import concurrent.futures
print(issubclass(asyncio.CancelledError, concurrent.futures.CancelledError))
""",
    ),
    Mistake(
        "concurrent.futures.InvalidStateError",
        "the worker dies of it",
        "the worker has died: True",
        """
import threading
from concurrent.futures import ThreadPoolExecutor
started, may_end, workers = threading.Event(), threading.Event(), []

def call():
    workers.append(threading.current_thread())
    started.set()
    may_end.wait()

pool = ThreadPoolExecutor(1)
future = pool.submit(call)
started.wait()
future.set_result("mine")
may_end.set()
workers[0].join(9)
print("the worker has died:", not workers[0].is_alive())
""",
    ),
    Mistake(
        "concurrent.futures.thread.BrokenThreadPool",
        "that was logged",
        "None None",
        """
from concurrent.futures import ThreadPoolExecutor

def initialize():
    raise ValueError("why")

with ThreadPoolExecutor(1, initializer=initialize) as pool:
    error = pool.submit(print).exception()
assert "why" not in str(error)
print(error.__cause__, error.__context__)
""",
    ),
    Mistake(
        "concurrent.futures.BrokenExecutor",
        "takes no more work",
        "BrokenThreadPool",
        """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1, initializer=lambda: 1 / 0) as pool:
    pool.submit(print).exception()
    pool.submit(print)
""",
    ),
]

THREADS = [
    Mistake(
        "threading.Thread",
        "the value is gone",
        "None",
        """
import threading
thread = threading.Thread(target=lambda: 1)
thread.start()
print(thread.join())
""",
    ),
    Mistake(
        "threading.Thread.start",
        "that calls the function here",
        "True",
        """
import threading
here = threading.get_ident()
threading.Thread(target=lambda: print(threading.get_ident() == here)).run()
""",
    ),
    Mistake(
        "threading.excepthook",
        "Expecting `join()` to raise it",
        "ZeroDivisionError, then None",
        """
import threading
threading.excepthook = lambda args: print(args.exc_type.__name__, end=", then ")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
print(thread.join())
""",
    ),
    Mistake(
        "threading.local",
        "all tasks share one thread",
        "2",
        """
import threading
mine = threading.local()

async def other():
    mine.value = 2

async def main():
    mine.value = 1
    await asyncio.create_task(other())
    print(mine.value)
""",
    ),
    Mistake(
        "threading.serialize_iterator",
        "`generator already executing`",
        "generator already executing",
        """
import threading

def other():
    try:
        next(shared)
    except ValueError as error:
        print(error)

def numbers():
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    yield 1

shared = numbers()
next(shared)
""",
    ),
    Mistake(
        "threading.enumerate",
        "it lists those that `threading` knows",
        "False",
        """
import _thread, threading
ready, may_end = threading.Event(), threading.Event()

def unknown():
    ready.set()
    may_end.wait()

ident = _thread.start_new_thread(unknown, ())
ready.wait()
print(ident in [thread.ident for thread in threading.enumerate()])
may_end.set()
""",
    ),
    Mistake(
        "threading.Lock",
        "a deadlock",
        "False",
        """
import threading
lock = threading.Lock()
lock.acquire()
print(lock.acquire(blocking=False))
""",
    ),
    Mistake(
        "threading.RLock",
        "takes no arguments",
        "TypeError",
        """
import threading
threading.RLock(1)
""",
        since=(3, 15),
    ),
    Mistake(
        "threading.Semaphore",
        "the limit grows",
        "True True",
        """
import threading
room = threading.Semaphore(1)
room.release()
print(room.acquire(blocking=False), room.acquire(blocking=False))
""",
    ),
    Mistake(
        "threading.BrokenBarrierError",
        "all waits fail until `reset()`",
        "BrokenBarrierError",
        """
import threading
barrier = threading.Barrier(2)
barrier.abort()
barrier.wait()
""",
    ),
    Mistake(
        "queue.Queue.shutdown",
        "Expecting it before 3.13",
        "AttributeError",
        """
import queue
queue.Queue.shutdown
""",
        before=(3, 13),
    ),
    Mistake(
        "queue.ShutDown",
        "for `get` when it is empty",
        "ShutDown",
        """
import queue
line = queue.Queue()
line.shutdown()
line.get()
""",
        since=(3, 13),
    ),
    Mistake(
        "queue.SimpleQueue",
        "Expecting `join` or `maxsize`",
        "TypeError",
        """
import queue
assert not hasattr(queue.SimpleQueue, "join")
queue.SimpleQueue(maxsize=1)
""",
    ),
    Mistake(
        "queue.PriorityQueue",
        "items without order: `TypeError`",
        "TypeError",
        """
import queue
line = queue.PriorityQueue()
line.put((1, object()))
line.put((1, object()))
""",
    ),
]

# Programs for Linux and macOS: other systems have neither `fork` nor file descriptors to wait for.
PROCESSES = [
    Mistake(
        "multiprocessing.get_context",
        "in a process that is not forked: `RuntimeError`",
        "RuntimeError",
        """
import multiprocessing
lock = multiprocessing.get_context("fork").Lock()
multiprocessing.get_context("spawn").Process(target=print, args=(lock,)).start()
""",
    ),
    Mistake(
        "multiprocessing.Process",
        "it cannot be pickled with `spawn`",
        "PicklingError",
        """
import multiprocessing
multiprocessing.get_context("spawn").Process(target=lambda: None).start()
""",
    ),
    Mistake(
        "multiprocessing.get_start_method",
        "it is the default nowhere since 3.14",
        "False",
        """
import multiprocessing
print(multiprocessing.get_start_method() == "fork")
""",
        since=(3, 14),
    ),
    Mistake(
        "multiprocessing.set_start_method",
        "after the first use: `RuntimeError`",
        "RuntimeError",
        """
import multiprocessing
multiprocessing.get_start_method()
multiprocessing.set_start_method("spawn")
""",
    ),
    Mistake(
        "multiprocessing.JoinableQueue",
        "it has none",
        "False",
        """
import multiprocessing.queues
print(hasattr(multiprocessing.queues.JoinableQueue, "shutdown"))
""",
    ),
    Mistake(
        "multiprocessing.SimpleQueue",
        "Expecting `maxsize`",
        "TypeError",
        """
import multiprocessing
multiprocessing.SimpleQueue(1)
""",
    ),
    Mistake(
        "multiprocessing.connection.Connection.recv",
        "unpickling runs its code",
        "the code of the sender",
        """
import multiprocessing

class Sent:
    def __reduce__(self):
        return print, ("the code of the sender",)

near, far = multiprocessing.Pipe()
far.send(Sent())
near.recv()
""",
    ),
    Mistake(
        "multiprocessing.connection.wait",
        "A process as such: `ValueError`",
        "ValueError",
        """
import multiprocessing.connection
multiprocessing.connection.wait([multiprocessing.Process()], timeout=0)
""",
    ),
    Mistake(
        "multiprocessing.Array",
        "no `append`",
        "AttributeError",
        """
import multiprocessing
multiprocessing.Array("i", 3).append(1)
""",
    ),
    Mistake(
        "multiprocessing.shared_memory.SharedMemory",
        "Calling it twice: `FileNotFoundError`",
        "FileNotFoundError",
        """
from multiprocessing.shared_memory import SharedMemory
block = SharedMemory(create=True, size=1)
block.close()
block.unlink()
block.unlink()
""",
    ),
    Mistake(
        "multiprocessing.shared_memory.ShareableList",
        "rounded up to 8 bytes: `ValueError`",
        "fits, ValueError",
        """
from multiprocessing.shared_memory import ShareableList
shared = ShareableList(["abc"])
try:
    shared[0] = "x" * 8
    print("fits", end=", ")
    shared[0] = "x" * 9
except ValueError:
    print("ValueError")
finally:
    shared.shm.close()
    shared.shm.unlink()
""",
    ),
]

INTERPRETERS = [
    Mistake(
        "concurrent.interpreters.create_queue",
        "it has neither",
        "False False",
        """
from concurrent import interpreters
queue = interpreters.create_queue()
print(hasattr(queue, "join"), hasattr(queue, "task_done"))
""",
        since=(3, 14),
    ),
    *(
        Mistake(
            "concurrent.interpreters.Interpreter.prepare_main",
            word,
            "NotShareableError",
            f"""
import sys, threading
from concurrent import interpreters
interpreter = interpreters.create()
try:
    interpreter.prepare_main(value={value})
finally:
    interpreter.close()
""",
            since=(3, 14),
        )
        for word, value in [
            ("A list", "[]"),
            ("a lock", "threading.Lock()"),
            ("an open file", "sys.__stdin__"),
        ]
    ),
    Mistake(
        "concurrent.interpreters.ExecutionFailed",
        "Expecting the original class",
        "ExecutionFailed",
        """
from concurrent import interpreters
interpreter = interpreters.create()
try:
    interpreter.exec("raise ValueError")
finally:
    interpreter.close()
""",
        since=(3, 14),
    ),
    Mistake(
        "concurrent.interpreters.list_all",
        "the main one is among them",
        "True",
        """
from concurrent import interpreters
print(interpreters.get_main() in interpreters.list_all())
""",
        since=(3, 14),
    ),
    Mistake(
        "concurrent.interpreters.Interpreter.call_in_thread",
        "there is none",
        "None",
        """
from concurrent import interpreters
interpreter = interpreters.create()
print(interpreter.call_in_thread(len, "abc").join())
interpreter.close()
""",
        since=(3, 14),
    ),
]

POSIX = [] if sys.platform == "win32" else PROCESSES
MISTAKES = [
    mistake
    for mistake in [*ASYNCIO, *FUTURES, *THREADS, *POSIX, *INTERPRETERS]
    if mistake.since <= sys.version_info[:2] < mistake.before
]
ENTRIES = {
    entry["name"]: entry
    for source in DATA.glob("*.toml")
    for section in tomllib.loads(source.read_text(encoding="utf8")).get("section", [])
    for entry in section["entry"]
}


@pytest.fixture(scope="module")
def outcomes():
    """How each program ended, in the order of MISTAKES."""
    asked = json.dumps([mistake.program for mistake in MISTAKES])
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL], input=asked, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("number", "mistake"), list(enumerate(MISTAKES)), ids=[mistake.entry for mistake in MISTAKES]
)
def test_the_mistake_does_what_the_entry_says(number, mistake, outcomes):
    assert outcomes[number] == mistake.outcome


@pytest.mark.parametrize(
    "mistake", [*ASYNCIO, *FUTURES, *THREADS, *PROCESSES, *INTERPRETERS], ids=lambda mistake: mistake.entry
)
def test_the_entry_says_what_its_program_proves(mistake):
    """Whoever changes the words looks at the program too."""
    entry = ENTRIES[mistake.entry]
    said = [entry["meaning"], entry["mistake"], *entry.get("changed", {}).values()]
    assert any(mistake.says in text for text in said), said
