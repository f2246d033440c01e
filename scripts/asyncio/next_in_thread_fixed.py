# /// script
# requires-python = ">=3.13"
# ///
"""Let a thread take the next item, or None at the end.

Run it: python next_in_thread_fixed.py
"""
import asyncio


# [next]
async def first_of(source):
    return await asyncio.to_thread(next, source, None)
# [/next]


async def main():
    try:
        print(await first_of(iter([])))
    except RuntimeError as error:
        print(f"RuntimeError: {error}")



if __name__ == "__main__":
    asyncio.run(main())
