# /// script
# requires-python = ">=3.11"
# dependencies = ["aiohttp"]
# ///
"""Make a session of aiohttp in a block that closes it.

Run it: python unclosed_session_fixed.py
"""
import asyncio

import aiohttp


# [session]
async def count_headers():
    async with aiohttp.ClientSession() as session:
        return len(session.headers)
# [/session]


def report(loop, event):
    print(event["message"])


async def main():
    asyncio.get_running_loop().set_exception_handler(report)
    print("headers:", await count_headers())



if __name__ == "__main__":
    asyncio.run(main())
