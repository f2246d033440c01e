# /// script
# requires-python = ">=3.11"
# ///
"""Talk to a server by streams, and run a program, with asyncio.

Run it: python streams_and_subprocess.py
"""

import asyncio
import sys


# [server]
async def answer(reader, writer):
    """Send each line back in capitals until the client stops."""
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()
# [/server]


# [client]
async def ask(port, *lines):
    """Send lines, return the answers; no more than five seconds."""
    async with asyncio.timeout(5):
        connection = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = connection
        for line in lines:
            writer.write(line + b"\n")
        await writer.drain()
        writer.write_eof()
        answers = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answers.split()
# [/client]


# [program]
async def run(code, text):
    """Run Python code in another process; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(text)
    return process.returncode, output.strip()
# [/program]


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    serving = asyncio.create_task(server.serve_forever())
    port = server.sockets[0].getsockname()[1]
    print(await ask(port, b"soup", b"rice"))
    server.close()  # and serve_forever is cancelled
    await asyncio.wait([serving])
    print("server ended:", serving.cancelled())
    print(await run("print(input()[::-1])", b"stressed\n"))


if __name__ == "__main__":
    asyncio.run(main())
