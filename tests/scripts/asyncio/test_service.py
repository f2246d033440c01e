import signal
import subprocess
import sys

import pytest

from book.examples.scripts import SCRIPTS, Script
from tools.running import TIME_LIMIT


def test_what_is_at_hand_is_finished_and_what_hangs_is_reported(run):
    """After SIGTERM four jobs end, one has failed, and the one that hangs is cancelled and named."""
    assert run.exit == 1
    assert run.lines[0] == "SIGTERM: stopping"
    assert [line for line in run.lines if line.endswith("done")] == [
        f"job-{number} done" for number in (1, 2, 5, 6)
    ]
    assert "job-3 failed: ValueError('bad message')" in run.lines
    assert run.lines[-2:] == ["grace is over", "not finished: ['job-4']"]


def test_the_tests_shown_on_the_page_pass(tests_on_page):
    """They are run word for word."""
    shown = tests_on_page("recipes/time-out-cancel-and-shut-down.md")
    assert len(shown) == 2
    for test in shown.values():
        test()


def test_a_source_that_ends_needs_no_stop(example):
    """All jobs are done, without a limit of time, and nothing is left."""
    import asyncio

    async def jobs():
        for number in range(20):
            yield number

    async def main():
        done = []

        async def handle(job):
            await asyncio.sleep(0)
            done.append(job)

        left = await example["serve"](
            jobs(), handle, asyncio.Event(), workers=3, backlog=2, job_timeout=60, grace=0
        )
        return sorted(done), left, len(asyncio.all_tasks())

    assert asyncio.run(main()) == (list(range(20)), [], 1)


def test_a_source_that_fails_ends_the_service(example):
    """Its error comes out in a group, and no task is left."""
    import asyncio

    async def jobs():
        yield 1
        raise ConnectionError("queue is gone")

    async def handle(job):
        await asyncio.Event().wait()

    async def main():
        try:
            await example["serve"](
                jobs(), handle, asyncio.Event(), workers=1, backlog=1, job_timeout=60, grace=0.05
            )
        finally:
            assert len(asyncio.all_tasks()) == 1

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(main())
    assert caught.group_contains(ConnectionError)


SECOND_SIGNAL = """
import asyncio
import signal
import sys
from service import stop_on_signals

async def main():
    stop_on_signals(asyncio.Event())
    for name in sys.argv[1:]:
        signal.raise_signal(signal.Signals[name])
        await asyncio.sleep(0)
    print("still here")

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="exit status of a signal")
@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM"])
def test_a_second_signal_of_either_kind_ends_it(run, python, tmp_path, second):
    """The first one asks only. The exit status names the second."""
    (tmp_path / "service.py").write_text(Script(SCRIPTS / "asyncio" / "service.py").served)
    (tmp_path / "use.py").write_text(SECOND_SIGNAL)

    def end(*names):
        return subprocess.run(
            [python.path, "use.py", *names],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )

    assert end("SIGTERM").stdout == "still here\n"
    both = end("SIGTERM", second)
    assert (both.stdout, both.returncode) == ("", -signal.Signals[second])
