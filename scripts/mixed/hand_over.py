# /// script
# requires-python = ">=3.11"
# ///
"""A thread that reads, a loop that works, a queue in between.

Run it: python hand_over.py
"""
import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress


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
    reader = loop.create_future()

    def end(error: BaseException | None) -> None:
        if reader.done():
            return
        if error is None:
            reader.set_result(None)
        else:
            reader.set_exception(error)

    def read() -> None:
        error = None
        try:
            read_into(queue, loop, stop)
        except BaseException as problem:
            error = problem
        with suppress(RuntimeError):  # the loop has gone before us
            loop.call_soon_threadsafe(end, error)

    # A daemon: the program may end while the sensor still blocks.
    threading.Thread(target=read, daemon=True).start()
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
        await asyncio.wait([reader], timeout=1)  # it may block
    if reader.done():
        reader.result()  # its error, if any, comes out here
    print(f"sum {total}, more than 3 in the queue: {longest > 3}")
# [/hand-over]


if __name__ == "__main__":
    asyncio.run(main())
