# /// script
# requires-python = ">=3.11"
# ///
"""What Ctrl-C does to a process pool, written in two ways.

For Linux and macOS. Run it: python ctrl_c_in_pool.py
"""
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, wait

WORKERS, QUEUED = 2, 20


# [ways]
def begin(meeting, deaf):
    """In each worker, before its first task."""
    if deaf:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    meeting.wait()  # until all workers and main are here


def at_work(pool, meeting, drop_queue):
    """Two long tasks run, short ones are queued: Ctrl-C comes."""
    long = [pool.submit(compute, 1) for _ in range(WORKERS)]
    short = [pool.submit(compute, 0) for _ in range(QUEUED)]
    try:
        meeting.wait()
        while wait(long + short, timeout=0.1).not_done:
            pass  # short waits: Python looks for signals between
    except KeyboardInterrupt:
        pool.shutdown(cancel_futures=drop_queue)
    cut = sum(one.exception() is not None for one in long)
    dropped = sum(one.cancelled() for one in short)
    print(f"long tasks cut: {cut}, queue dropped: {dropped > 10}")


def idle(pool, meeting, drop_queue):
    """The workers wait for tasks when Ctrl-C comes."""
    short = [pool.submit(compute, 0) for _ in range(WORKERS)]
    meeting.wait()
    wait(short)
    try:
        print("now\n" * WORKERS, end="", flush=True)
        while True:
            time.sleep(0.1)
    except KeyboardInterrupt:
        pool.shutdown(cancel_futures=drop_queue)
# [/ways]


def run(moment, way):
    """The program that gets Ctrl-C."""
    careful = way == "careful"
    meeting = multiprocessing.Barrier(WORKERS + 1)
    pool = ProcessPoolExecutor(
        WORKERS, initializer=begin, initargs=(meeting, careful)
    )
    moment(pool, meeting, drop_queue=careful)


def compute(seconds):
    """Spend CPU time; a long task says when it begins."""
    if seconds:
        os.write(1, b"now\n")
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def press_ctrl_c(moment, way):
    """Run a program of its own until "now"; what came of it?"""
    with subprocess.Popen(
        [sys.executable, __file__, moment.__name__, way],
        process_group=0, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as program:
        for _ in range(WORKERS):
            program.stdout.readline()
        time.sleep(0.2)  # a user is not quicker
        # As a terminal does: SIGINT to all of its processes.
        os.killpg(program.pid, signal.SIGINT)
        said, errors = program.communicate()
    return said.strip(), "KeyboardInterrupt" in errors


def main():
    for way in "plain", "careful":
        said, _ = press_ctrl_c(at_work, way)
        print(f"{way}, at work: {said}")
        _, traceback = press_ctrl_c(idle, way)
        print(f"{way}, idle: traceback of a worker: {traceback}")


if __name__ == "__main__":
    if sys.argv[1:]:
        moments = {"at_work": at_work, "idle": idle}
        run(moments[sys.argv[1]], sys.argv[2])
    else:
        main()
