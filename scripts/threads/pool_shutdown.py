# /// script
# requires-python = ">=3.11"
# ///
"""Four ways to leave a thread pool while work is queued.

Run it: python pool_shutdown.py
"""
import threading
from concurrent.futures import ThreadPoolExecutor


# [job]
def job(stop, began):
    """Work in small steps; end when asked to."""
    began.release()
    for _ in range(30):
        if stop.wait(0.01):  # a step of work, then look
            return "stopped"
    return "done"
# [/job]


# [leave]
def leave(way):
    """Four jobs, two workers; leave when both are busy."""
    stop, began = threading.Event(), threading.Semaphore(0)
    pool = ThreadPoolExecutor(max_workers=2)
    jobs = [pool.submit(job, stop, began) for _ in range(4)]
    began.acquire()
    began.acquire()
    way(pool, stop)
    when = "after" if jobs[0].done() else "before"
    # Not wait() nor as_completed(): what shutdown has cancelled
    # would never come out of them.
    ends = ["cancelled" if one.cancelled() else one.result()
            for one in jobs]
    return f"returned {when} their end: {', '.join(ends)}"
# [/leave]


# [ways]
def wait_for_all(pool, stop):
    pool.shutdown()  # what the end of a with block does


def cancel_queued(pool, stop):
    pool.shutdown(cancel_futures=True)


def cancel_and_ask(pool, stop):
    pool.shutdown(wait=False, cancel_futures=True)
    stop.set()  # second: else a worker takes the next job
    pool.shutdown()


def do_not_wait(pool, stop):
    pool.shutdown(wait=False)  # the exit of Python waits instead
# [/ways]


def main():
    ways = wait_for_all, cancel_queued, cancel_and_ask, do_not_wait
    for way in ways:
        print(f"{way.__name__}: {leave(way)}")


if __name__ == "__main__":
    main()
