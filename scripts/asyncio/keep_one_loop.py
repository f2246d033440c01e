# /// script
# requires-python = ">=3.11"
# ///
"""Run several coroutines in one event loop, from ordinary code.

Run it: python keep_one_loop.py
"""

import asyncio


# [runner]
async def fetch(name):
    await asyncio.sleep(0.01)  # stands for a request
    return name, asyncio.get_running_loop()


def two_loops():
    """Each asyncio.run makes a loop and closes it."""
    _, first = asyncio.run(fetch("cat"))
    _, second = asyncio.run(fetch("dog"))
    return first is second, first.is_closed()


def one_loop():
    """A runner keeps its loop until the block ends."""
    with asyncio.Runner() as runner:
        cat, first = runner.run(fetch("cat"))
        dog, second = runner.run(fetch("dog"))
        runner.get_loop().set_debug(True)  # slow steps are logged
        return cat, dog, first is second is runner.get_loop()
# [/runner]


def main():
    print("asyncio.run twice, same loop, closed:", *two_loops())
    print("one Runner, same loop:", *one_loop())


if __name__ == "__main__":
    main()
