# /// script
# requires-python = ">=3.11"
# ///
"""Run a shell command, and end a program that takes too long.

Run it: python end_a_subprocess.py
"""

import asyncio
import sys


# [shell]
async def shell(command):
    """The exit code of a command line, and what it printed."""
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode().strip()
# [/shell]


# [end]
async def limited(code, seconds):
    """Run Python code for at most so long; its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code
    )
    try:
        async with asyncio.timeout(seconds):
            return await process.wait()
    except TimeoutError:
        process.terminate()  # or kill(), which nothing can catch
        return await process.wait()
# [/end]


async def main():
    print(await shell("echo soup | tr a-z A-Z; exit 3"))
    print(await limited("raise SystemExit(4)", seconds=10))
    print(await limited("import time; time.sleep(60)", seconds=0.2))


if __name__ == "__main__":
    asyncio.run(main())
