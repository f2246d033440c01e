import asyncio
import threading


def seconds(line):
    return float(line.split()[-2])


def test_the_blocking_call_stops_the_loop(run):
    """On the loop, nobody else runs for the 0.4 s of the call; beside it, they do."""
    on_the_loop, beside_the_loop = map(seconds, run.lines[:2])
    assert run.lines[0].startswith("on_the_loop: ")
    assert run.lines[1].startswith("beside_the_loop: ")
    assert on_the_loop >= 0.4 > beside_the_loop


def test_the_thread_runs_on_after_the_timeout(run):
    """The wait ends first; `asyncio.run` returns after the 0.4 s of the thread."""
    gave_up, returned = map(seconds, run.lines[2:])
    assert 0.1 <= gave_up < 0.4 <= returned


def test_the_call_runs_in_another_thread(example):
    """`beside_the_loop` leaves the loop's thread, `on_the_loop` does not."""
    seen = []

    def resize(photo):
        seen.append(threading.current_thread() is threading.main_thread())

    example["on_the_loop"].__globals__["resize"] = resize
    asyncio.run(example["on_the_loop"]())
    asyncio.run(example["beside_the_loop"]())
    assert seen == [True, False]
