# /// script
# requires-python = ">=3.11"
# ///
"""End a service cleanly when the system asks for it (Unix).

Run it: python on_a_signal.py
"""

import asyncio
import os
import signal


# [signal]
async def main():
    """Work until SIGTERM or Ctrl-C arrives, then clean up."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signal.SIGTERM, signal.SIGINT:
        loop.add_signal_handler(number, asked.set)
    print("serving")
    loop.call_soon(os.kill, os.getpid(), signal.SIGTERM)  # the test
    await asked.wait()
    print("cleaned up")
# [/signal]


if __name__ == "__main__":
    asyncio.run(main())
