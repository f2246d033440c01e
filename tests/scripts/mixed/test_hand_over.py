import asyncio
import threading

import pytest


def test_all_readings_arrive_and_the_queue_stays_short(run):
    """0 + 1 + … + 19, never more than three in the queue."""
    assert run.lines == ["sum 190, more than 3 in the queue: False"]


def test_an_error_of_the_sensor_comes_out_of_main(example):
    """And nobody waits for ever."""

    def broken():
        yield 1
        raise OSError("unplugged")

    main = example["main"]
    main.__globals__["sensor"] = broken
    with pytest.raises(OSError, match="unplugged"):
        asyncio.run(main())


def test_the_thread_ends_when_main_is_cancelled(example):
    """Although it waits for room in the queue."""
    from itertools import count

    main = example["main"]
    main.__globals__["sensor"] = count
    before = threading.enumerate()

    async def cancel_soon():
        task = asyncio.create_task(main())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(cancel_soon())
    for thread in [thread for thread in threading.enumerate() if thread not in before]:
        thread.join(60)
        assert not thread.is_alive()


def test_a_sensor_that_blocks_holds_nobody_up(example):
    """The program goes on; the daemon thread is left to its sensor."""
    blocked = threading.Event()

    def stuck():
        yield 1
        blocked.wait(200)

    main = example["main"]
    main.__globals__["sensor"] = stuck

    async def give_up():
        task = asyncio.create_task(main())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not blocked.is_set()

    asyncio.run(give_up())
    blocked.set()
