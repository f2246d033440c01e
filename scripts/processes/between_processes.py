# /// script
# requires-python = ">=3.11"
# ///
"""Hand items from process to process: queues, pipes, a shared list.

Run it: python between_processes.py
"""

import multiprocessing
from multiprocessing.connection import wait
from multiprocessing.shared_memory import ShareableList


# [queues]
def cook(orders, plates):
    """Take orders until None comes; each is dealt with."""
    for order in iter(orders.get, None):
        plates.put(order.upper())
        orders.task_done()
    orders.task_done()


def through_queues():
    orders = multiprocessing.JoinableQueue(maxsize=2)
    plates = multiprocessing.SimpleQueue()  # no maxsize, no timeout
    helper = multiprocessing.Process(target=cook, args=(orders, plates))
    helper.start()
    for order in ["soup", "rice", None]:
        orders.put(order)
    orders.join()  # every order is dealt with
    helper.join()
    return plates.get(), plates.get(), orders.empty()
# [/queues]


# [pipes]
def report(end, prices):
    """Say who this is; change the list that all see."""
    prices[0] += 1
    parent = multiprocessing.parent_process().name
    end.send((multiprocessing.current_process().name, parent))


def through_pipes():
    """Wait for whichever of two processes speaks first."""
    prices = ShareableList([10, "tea"])
    ends = {}
    for name in "cat", "dog":
        here, there = multiprocessing.Pipe(duplex=False)
        ends[here] = multiprocessing.Process(
            target=report, args=(there, prices), name=name
        )
        ends[here].start()
        ends[here].join()  # one after another: no lock here
    said = sorted(end.recv() for end in wait(ends) if end.poll())
    shown = said, prices[0], multiprocessing.active_children()
    prices.shm.close()
    prices.shm.unlink()  # once, by its owner
    return shown
# [/pipes]


def main():
    multiprocessing.set_forkserver_preload(["json"])  # not on Windows
    multiprocessing.set_start_method("forkserver")  # once, if at all
    print(*through_queues())
    print(*through_pipes())


if __name__ == "__main__":
    main()
