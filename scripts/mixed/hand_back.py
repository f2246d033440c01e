# /// script
# requires-python = ">=3.11"
# ///
"""A loop that produces, a thread that writes, a limit in between.

Run it: python hand_back.py
"""
import asyncio
import queue
import time

END = object()


# [hand-back]
def write_all(todo, loop, slots, written):
    """In a thread: write until END; each item frees a slot."""
    while (reading := todo.get()) is not END:
        write(reading)
        written.append(reading)
        loop.call_soon_threadsafe(slots.release)


async def hand_back(readings, limit):
    """What was written, and the longest that the queue was."""
    loop = asyncio.get_running_loop()
    todo, slots = queue.SimpleQueue(), asyncio.Semaphore(limit)
    written, longest = [], 0
    # If the thread fails, the group cancels the loop below.
    async with asyncio.TaskGroup() as group:
        group.create_task(
            asyncio.to_thread(write_all, todo, loop, slots, written)
        )
        try:
            for reading in readings:
                await slots.acquire()  # this task waits, not the loop
                todo.put(reading)  # never waits
                longest = max(longest, todo.qsize())
        finally:
            todo.put(END)
    return written, longest
# [/hand-back]


def write(reading):
    """Stands for a driver that blocks."""
    time.sleep(0.01)
    if reading is None:
        raise ValueError("no reading")


async def main():
    written, longest = await hand_back(range(20), limit=3)
    print(f"{len(written)} written, in order:", end=" ")
    print(written == list(range(20)), end=", ")
    print(f"more than 3 in the queue: {longest > 3}")
    try:
        await hand_back([1, None, *range(20)], limit=3)
    except* ValueError as errors:
        print("the writer failed:", *errors.exceptions)


if __name__ == "__main__":
    asyncio.run(main())
