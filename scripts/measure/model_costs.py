# /// script
# requires-python = ">=3.11"
# ///
"""What one more costs: task, thread, sub-interpreter, process.

Run it: python model_costs.py
"""
import asyncio
import multiprocessing
import re
import threading
import time
from pathlib import Path


def memory(process="self"):
    """KB that only this process uses, in RAM. Linux; else 0."""
    rollup = Path(f"/proc/{process}/smaps_rollup")
    lines = rollup.read_text() if rollup.exists() else ""
    return sum(map(int, re.findall(r"Private_\w+: +(\d+) kB", lines)))


def row(what, number, begin, kilobytes):
    each = (time.perf_counter() - begin) * 1_000_000 / number
    kilobytes = kilobytes() / number
    print(f"{what:24}{each:>11,.1f} µs{kilobytes:>10,.1f} KB")


# [start]
async def tasks(number):
    leave, before = asyncio.Event(), memory()
    begin = time.perf_counter()
    crowd = [asyncio.create_task(leave.wait()) for _ in range(number)]
    await asyncio.sleep(0)            # each runs until it waits
    row("task", number, begin, lambda: memory() - before)
    leave.set()
    await asyncio.wait(crowd)


def threads(number):
    leave, before = threading.Event(), memory()
    begin = time.perf_counter()
    crowd = [threading.Thread(target=leave.wait) for _ in range(number)]
    for thread in crowd:
        thread.start()
    row("thread", number, begin, lambda: memory() - before)
    leave.set()
    for thread in crowd:
        thread.join()


def interpreters(number):
    from concurrent.interpreters import create  # 3.14+

    create().close()                  # the first one prepares
    before = memory()
    begin = time.perf_counter()
    crowd = [create() for _ in range(number)]
    row("sub-interpreter", number, begin, lambda: memory() - before)
    for interpreter in crowd:
        interpreter.close()


def stay(ready, leave):
    ready.release()
    leave.wait()


def processes(method, number):
    context = multiprocessing.get_context(method)
    ready, leave = context.Semaphore(0), context.Event()
    first, *crowd = [
        context.Process(target=stay, args=(ready, leave))
        for _ in range(number + 1)
    ]
    first.start()                     # starts the helpers, too
    ready.acquire()
    begin = time.perf_counter()
    for process in crowd:
        process.start()
    for process in crowd:
        ready.acquire()
    ids = [process.pid for process in crowd]
    name = f"process, {method}"
    row(name, number, begin, lambda: sum(map(memory, ids)))
    leave.set()
    for process in first, *crowd:
        process.join()
# [/start]


def main():
    asyncio.run(tasks(10_000))
    threads(500)
    try:
        interpreters(4)
    except ImportError:
        print("sub-interpreter: needs Python 3.14")
    for method in sorted(multiprocessing.get_all_start_methods()):
        processes(method, 4)


if __name__ == "__main__":
    main()
