# /// script
# requires-python = ">=3.11"
# ///
"""Locks, signals and queues between threads, one small use of each.

Run it: python primitives.py
"""

import queue
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
            ready.notify()
        print("Condition:", cook.result())

        barrier = threading.Barrier(2, timeout=5)
        both = [pool.submit(barrier.wait) for _ in range(2)]
        print("Barrier:", sorted(one.result() for one in both))

    burners = threading.BoundedSemaphore(2)
    with burners, burners:
        print("Semaphore, a third:", burners.acquire(blocking=False))
    try:
        burners.release()
    except ValueError as error:
        print("BoundedSemaphore:", error)

    rang = threading.Event()
    threading.Timer(0.05, rang.set).start()
    print("Timer:", rang.wait(5))


def wait_for_dish(dishes, ready):
    with ready:
        ready.wait_for(lambda: dishes, timeout=5)
        return dishes.pop()
# [/signals]


# [queue]
def through_a_queue():
    """Two workers, a queue with room for two, and a sentinel each."""
    orders = queue.Queue(maxsize=2)
    with ThreadPoolExecutor() as pool:
        workers = [pool.submit(work, orders) for _ in range(2)]
        for dish in ["soup", "rice", "tea", "cake"]:
            orders.put(dish, timeout=5)  # waits when there is no room
        orders.join()
        for _ in workers:
            orders.put(None)
        served = [dish for one in workers for dish in one.result()]
    print("Queue:", *sorted(served))


def work(orders):
    served = []
    while (dish := orders.get()) is not None:
        try:
            served.append(dish)
        finally:
            orders.task_done()  # also after an error
    return served
# [/queue]


def main():
    signals()
    through_a_queue()


if __name__ == "__main__":
    main()
