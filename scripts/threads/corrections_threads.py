# /// script
# requires-python = ">=3.11"
# ///
"""What threads and pools do, against what is often said.

Run it: python corrections_threads.py
"""
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed


# [stops]
def stops():
    seen = []
    threading.excepthook = lambda failed: seen.append(failed.exc_type)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    print("join returned:", thread.join())
    threading.excepthook = threading.__excepthook__
    print("only the hook heard of it:", seen[0].__name__)
# [/stops]


# [timeout]
def timeout():
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(stop.wait)
        try:
            future.result(timeout=0.05)
        except TimeoutError:
            print("TimeoutError, still running:", future.running())
            print("cancel() returned:", future.cancel())
        stop.set()                    # the call itself must agree
# [/timeout]


# [completed]
def completed():
    with ThreadPoolExecutor(max_workers=1) as pool:
        futures = [pool.submit(int, text) for text in ("1", "x", "3")]
        got = []
        try:
            for future in as_completed(futures):
                got.append(future.result())
        except ValueError:
            missed = [f.result() for f in futures if not f.exception()]
            print(f"results seen: {len(got)}, there were {len(missed)}")
# [/completed]


# [cores]
def cores():
    if not hasattr(os, "sched_setaffinity"):    # Linux has it
        return print("needs Linux")
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})     # as taskset does
    print("the program may use: 1")
    print("more in cpu_count():", os.cpu_count() > 1)
    if sys.version_info >= (3, 13):
        print("process_cpu_count():", os.process_cpu_count())
    os.sched_setaffinity(0, allowed)
# [/cores]


# [at_exit]
def at_exit():
    def work():
        threading.main_thread().join()          # main is over
        time.sleep(0.05)
        print("worker finished")

    threading.Thread(target=work).start()
    print("main reached its last line")
# [/at_exit]


def main():
    # The claim of the last one is about the end of the program.
    for claim in stops, timeout, completed, cores, at_exit:
        print(f"[{claim.__name__}]", flush=True)
        claim()


if __name__ == "__main__":
    main()
