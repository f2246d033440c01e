# /// script
# requires-python = ">=3.12"
# ///
"""Wait for a program whose output nobody reads.

(Python 3.11 does the same; its helper thread may end a moment late.)

Run it: python full_pipe_broken.py
"""
import asyncio
import sys

PROGRAM = "print('x' * 1_000_000)"


# [pipe]
async def main():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(2):
            await process.wait()
            print("ended")
    except TimeoutError:
        print("it has not ended after two seconds")
        process.kill()
        await process.communicate()
# [/pipe]


if __name__ == "__main__":
    asyncio.run(main())
