# /// script
# requires-python = ">=3.11"
# ///
"""A worker that looks at an event can be stopped.

Run it: python result_timeout_fixed.py
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

stop = threading.Event()


# [timeout]
def download(photo):
    for _ in range(100):  # a server that sends little by little
        if stop.wait(timeout=0.01):
            return "stopped early"
    return f"{photo} downloaded"


def main():
    start = time.perf_counter()
    with ThreadPoolExecutor() as pool:
        job = pool.submit(download, "lake.jpg")
        try:
            job.result(timeout=0.1)
        except TimeoutError:
            print("timed out; cancelled:", job.cancel())
            stop.set()
    seconds = time.perf_counter() - start
    print(f"left the pool after {seconds:.1f} s:", job.result())
# [/timeout]


if __name__ == "__main__":
    main()
