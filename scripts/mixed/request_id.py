# /// script
# requires-python = ">=3.11"
# ///
"""Which way into a thread takes context variables along?

Run it: python request_id.py
"""
import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor

request_id = contextvars.ContextVar("request_id", default="none")


# [context]
def blocking():
    """What a log line in a worker would say."""
    return request_id.get()


async def handle(number, pool):
    loop = asyncio.get_running_loop()
    request_id.set(f"request-{number}")
    run = contextvars.copy_context().run
    return [
        await asyncio.to_thread(blocking),
        await loop.run_in_executor(pool, blocking),
        await loop.run_in_executor(pool, run, blocking),
    ]


async def main():
    with ThreadPoolExecutor(max_workers=1) as pool:
        for number in 1, 2:
            seen = await asyncio.create_task(handle(number, pool))
            print(f"request-{number}: to_thread {seen[0]},", end=" ")
            print(f"executor {seen[1]}, copied context {seen[2]}")
# [/context]


if __name__ == "__main__":
    asyncio.run(main())
