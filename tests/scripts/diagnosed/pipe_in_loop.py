"""Reading a file that is not ready blocks the event loop."""

# verdict: It waits inside the event loop
# line: line = stream.readline()

import asyncio
import subprocess
import sys

SLOW = "import time\nfor n in range(12): time.sleep(0.1); print(n, flush=True)"


async def read(stream):
    while True:
        line = stream.readline()
        if not line:
            return
        await asyncio.sleep(0)


async def main(stream):
    await asyncio.gather(read(stream), asyncio.sleep(0.5))


with subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE) as process:
    asyncio.run(main(process.stdout))
