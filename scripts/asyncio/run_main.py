# /// script
# requires-python = ">=3.11"
# ///
"""Start an event loop from a program, and try to start a second one.

Run it: python run_main.py
"""

import asyncio


async def fetch(name, seconds):
    """Stand for one download: the sleep is the waiting."""
    await asyncio.sleep(seconds)
    return f"{name}.jpg"


# [main]
async def main():
    """Fetch three photos at once."""
    return await asyncio.gather(
        fetch("cat", 0.3), fetch("dog", 0.2), fetch("owl", 0.1)
    )


# [/main]
async def start_second_loop():
    """Do what a notebook cell does when it calls `asyncio.run`."""
    coroutine = main()
    try:
        return asyncio.run(coroutine)
    except RuntimeError as error:
        coroutine.close()  # it never started: say so, no warning
        return f"{type(error).__name__}: {error}"


# [run]
if __name__ == "__main__":
    print(asyncio.run(main()))
    print(asyncio.run(start_second_loop()))
# [/run]
