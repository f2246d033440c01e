# /// script
# requires-python = ">=3.11"
# ///
"""A thread that reads, a loop that works, a queue in between.

Run it: python hand_over.py
"""
import asyncio
import threading
from collections.abc import Iterator


def sensor() -> Iterator[int]:
    """Stands for a driver that blocks until the next reading."""
    yield from range(20)


END = None


# [hand-over]
def read_into(
    queue: asyncio.Queue[int | None],
    loop: asyncio.AbstractEventLoop,
    stop: threading.Event,
) -> None:
    """In a thread: hand each reading to the loop."""

    def put(reading: int | None) -> None:
        # Waits while the queue is full: the loop sets the pace.
        putting = queue.put(reading)
        asyncio.run_coroutine_threadsafe(putting, loop).result()

    try:
        for reading in sensor():
            if stop.is_set():
                return
            put(reading)
    finally:
        if not stop.is_set():
            put(END)  # also after an error: nobody waits for ever


async def main() -> None:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[int | None] = asyncio.Queue(maxsize=3)
    stop = threading.Event()
    reader = asyncio.create_task(
        asyncio.to_thread(read_into, queue, loop, stop)
    )
    total, longest = 0, 0
    try:
        while (reading := await queue.get()) is not END:
            longest = max(longest, queue.qsize())
            total += reading
            await asyncio.sleep(0.01)  # slower than the sensor
    finally:
        stop.set()
        while not queue.empty():  # the thread may wait for room
            queue.get_nowait()
        await reader  # its error, if any, comes out here
    print(f"sum {total}, more than 3 in the queue: {longest > 3}")
# [/hand-over]


if __name__ == "__main__":
    asyncio.run(main())
