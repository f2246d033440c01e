# /// script
# requires-python = ">=3.11"
# ///
"""The queues between threads, one small use of each.

Run it: python thread_queues.py
"""

import queue
from concurrent.futures import ThreadPoolExecutor


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


# [order]
def in_which_order():
    """What each queue gives first, and what it says when it cannot."""
    newest, smallest = queue.LifoQueue(), queue.PriorityQueue(2)
    for priority, dish in [(2, "tea"), (1, "fire")]:
        newest.put_nowait(dish)
        smallest.put_nowait((priority, dish))
    print("LifoQueue:", newest.get_nowait())
    try:
        smallest.put_nowait((3, "cake"))
    except queue.Full:
        print("PriorityQueue is full; first:", smallest.get_nowait())

    simple = queue.SimpleQueue()  # no maxsize, no join
    simple.put("soup")
    print("SimpleQueue:", simple.get())
    try:
        simple.get(timeout=0.01)
    except queue.Empty:
        print("SimpleQueue is empty")
# [/order]


def main():
    through_a_queue()
    in_which_order()


if __name__ == "__main__":
    main()
