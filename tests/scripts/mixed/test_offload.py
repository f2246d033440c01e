import asyncio
import subprocess
import sys

import pytest

from book.examples.scripts import SCRIPTS, Script
from tools.running import TIME_LIMIT


def test_orders_are_counted_and_the_late_call_is_a_timeout(run):
    """Two counts come from processes, the call that takes too long is given up."""
    assert run.lines == ["[2262, 3245]", "bob: too late"]


def test_the_tests_shown_on_the_page_pass(tests_on_page):
    """They are run word for word."""
    shown = tests_on_page("recipes/mix-async-with-blocking-code.md")
    assert len(shown) == 2
    for test in shown.values():
        test()


def test_a_queued_call_is_dropped_when_its_caller_gives_up(example):
    """With one worker, the second call never begins."""
    import threading

    go, began = threading.Event(), []

    async def main():
        async with example["Offload"](threads=1) as offload:
            first = asyncio.create_task(offload.blocking(go.wait, 10, give_up_after=20))
            await asyncio.sleep(0)
            second = asyncio.create_task(offload.blocking(began.append, 1, give_up_after=20))
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.wait([second])
            go.set()
            await first

    asyncio.run(main())
    assert began == []


def test_context_variables_go_along(example):
    """A log line in the thread has the id of its own request, also on a free-threaded build."""
    import contextvars

    request = contextvars.ContextVar("request", default="none")

    async def handle(offload, number):
        request.set(number)
        return await offload.blocking(request.get, give_up_after=10)

    async def main():
        async with example["Offload"](threads=1) as offload:
            handlers = [asyncio.create_task(handle(offload, number)) for number in (1, 2)]
            return await asyncio.gather(*handlers)

    assert asyncio.run(main()) == [1, 2]


USE = """
import asyncio
import os
import signal
import sys
import time
from offload import Offload

async def at_the_end():
    began = time.monotonic()
    async with Offload(threads=1, processes=1) as offload:
        await offload.computing(os.getpid, give_up_after=60)
        tasks = [
            asyncio.create_task(offload.computing(time.sleep, 0.5, give_up_after=60)) for _ in range(20)
        ]
        await asyncio.sleep(0.2)
    await asyncio.gather(*tasks, return_exceptions=True)
    dropped = sum(task.cancelled() for task in tasks)
    done = sum(not task.cancelled() for task in tasks)
    print("waited for what ran:", done >= 1, "dropped most:", dropped > 10)

async def interrupted():
    loop = asyncio.get_running_loop()
    async with Offload(threads=1, processes=2) as offload:
        await offload.computing(os.getpid, give_up_after=60)
        loop.call_later(0.3, os.killpg, 0, signal.SIGINT)
        await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(at_the_end())
    try:
        asyncio.run(interrupted())
    except KeyboardInterrupt:
        print("KeyboardInterrupt")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_the_end_waits_for_processes_and_ctrl_c_makes_no_traceback(run, python, tmp_path):
    """What runs is waited for, what is queued is cancelled; an idle worker says nothing at SIGINT."""
    (tmp_path / "offload.py").write_text(Script(SCRIPTS / "mixed" / "offload.py").served)
    (tmp_path / "use.py").write_text(USE)
    done = subprocess.run(
        [python.path, "use.py"],
        cwd=tmp_path,
        process_group=0,
        timeout=TIME_LIMIT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.stdout.splitlines() == [
        "waited for what ran: True dropped most: True",
        "KeyboardInterrupt",
    ]
