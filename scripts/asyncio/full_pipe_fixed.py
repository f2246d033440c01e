# /// script
# requires-python = ">=3.12"
# ///
"""Read the output of a program while waiting for its end.

(Python 3.11 does the same; its helper thread may end a moment late.)

Run it: python full_pipe_fixed.py
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
            output, _ = await process.communicate()
            print("ended, characters read:", len(output.rstrip()))
    except TimeoutError:
        print("it has not ended after two seconds")
        process.kill()
        await process.communicate()
# [/pipe]


if __name__ == "__main__":
    asyncio.run(main())
