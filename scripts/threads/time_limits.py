# /// script
# requires-python = ">=3.11"
# ///
"""Three ways to limit the time of a blocking call in a pool.

Run it: python time_limits.py
"""
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

LIMIT = 0.1


# [calls]
def no_limit(stop):
    time.sleep(0.5)  # stands for a call that cannot be limited


def own_limit(stop):
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(LIMIT)  # most libraries have a timeout=
        near.recv(1)  # nobody sends: raises TimeoutError


def looks_up(stop):
    for _ in range(50):
        if stop.wait(0.01):  # a step of work, then look
            raise TimeoutError("asked to stop")
# [/calls]


# [limit]
def limited(call):
    """When main goes on, the call ends, the block is left."""
    stop, ended = threading.Event(), []

    def job():
        try:
            call(stop)
        finally:
            ended.append(clock())

    with ThreadPoolExecutor(max_workers=1) as pool:
        start = time.perf_counter()

        def clock():
            return time.perf_counter() - start

        future = pool.submit(job)
        try:
            patience = None if call is own_limit else LIMIT
            future.result(timeout=patience)
        except TimeoutError:
            goes_on = clock()
            stop.set()
    return goes_on, ended[0], clock()
# [/limit]


def main():
    for call in no_limit, own_limit, looks_up:
        goes_on, ended, left = limited(call)
        print(
            f"{call.__name__}: main goes on at {goes_on:.2f} s,"
            f" call ends at {ended:.2f} s, block left at {left:.2f} s"
        )


if __name__ == "__main__":
    main()
