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
    photos = await asyncio.gather(
        fetch("cat", 0.3), fetch("dog", 0.2), fetch("owl", 0.1)
    )
    print(photos)
    late = fetch("fox", 0.1)
    try:
        asyncio.run(late)  # a loop runs already: `await late`
    except RuntimeError as error:
        late.close()  # never awaited, on purpose
        print(f"RuntimeError: {error}")


if __name__ == "__main__":
    asyncio.run(main())
# [/main]
