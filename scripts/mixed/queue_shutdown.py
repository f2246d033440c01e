# /// script
# requires-python = ">=3.13"
# ///
"""Close a queue instead of counting sentinels (Python 3.13).

Run it: python queue_shutdown.py
"""
import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor


# [threads]
def consume(todo):
    """Work until the queue is closed and empty."""
    total = 0
    while True:
        try:
            total += todo.get()
        except queue.ShutDown:
            return total


def in_threads():
    todo = queue.Queue(maxsize=5)
    with ThreadPoolExecutor(max_workers=3) as pool:
        workers = [pool.submit(consume, todo) for _ in range(3)]
        try:
            for number in range(100):
                todo.put(number)
        finally:
            todo.shutdown()  # also if the producer fails
    return sum(worker.result() for worker in workers)
# [/threads]


# [asyncio]
async def consume_async(todo, totals):
    try:
        while True:
            totals.append(await todo.get())
    except asyncio.QueueShutDown:
        pass


async def in_tasks():
    todo, totals = asyncio.Queue(maxsize=5), []
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(consume_async(todo, totals))
        try:
            for number in range(100):
                await todo.put(number)
        finally:
            todo.shutdown()
    return sum(totals)
# [/asyncio]


def at_once():
    """immediate=True drops what is queued."""
    todo = queue.Queue()
    for number in range(100):
        todo.put(number)
    todo.shutdown(immediate=True)
    try:
        todo.get()
    except queue.ShutDown:
        return "nothing left to get"


def main():
    print("threads:", in_threads())
    print("tasks:", asyncio.run(in_tasks()))
    print("at once:", at_once())


if __name__ == "__main__":
    main()
