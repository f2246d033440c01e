# /// script
# requires-python = ">=3.11"
# ///
"""Locks and signals between threads, one small use of each.

Run it: python primitives.py
"""

import threading
from concurrent.futures import ThreadPoolExecutor


# [signals]
def signals():
    """RLock, Condition, Semaphores, Barrier and Timer."""
    again = threading.RLock()
    with again, again:  # its owner may take it again
        print("RLock taken twice")

    dishes, ready = [], threading.Condition()
    with ThreadPoolExecutor() as pool:
        cook = pool.submit(wait_for_dish, dishes, ready)
        with ready:
            dishes.append("soup")
            ready.notify()  # or notify_all()
        print("Condition:", cook.result())

        barrier = threading.Barrier(2, timeout=5)
        both = [pool.submit(barrier.wait) for _ in range(2)]
        print("Barrier:", sorted(one.result() for one in both))
    try:
        barrier.wait(timeout=0.01)  # alone
    except threading.BrokenBarrierError:
        print("Barrier broken:", barrier.broken)

    tickets = threading.Semaphore(1)
    tickets.release()  # nobody had acquired it
    both = [tickets.acquire(blocking=False) for _ in range(2)]
    print("Semaphore, the limit grew:", *both)
    burners = threading.BoundedSemaphore(2)
    with burners, burners:
        print("a third:", burners.acquire(blocking=False))
    try:
        burners.release()
    except ValueError as error:
        print("BoundedSemaphore:", error)

    rang = threading.Event()
    threading.Timer(0.05, rang.set).start()
    print("Timer:", rang.wait(timeout=5))


def wait_for_dish(dishes, ready):
    with ready:
        ready.wait_for(lambda: dishes, timeout=5)
        return dishes.pop()
# [/signals]


def main():
    signals()


if __name__ == "__main__":
    main()
