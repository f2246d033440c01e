# /// script
# requires-python = ">=3.11"
# ///
"""What Ctrl-C does to a program that only uses asyncio.run.

Run it: python ctrl_c.py
"""
import asyncio
import signal


# [ctrl-c]
async def download(name, cleaned):
    try:
        await asyncio.sleep(60)
    finally:
        cleaned.append(name)  # remove the temporary file


async def main():
    cleaned = []
    loop = asyncio.get_running_loop()
    # Stands for a user who presses Ctrl-C.
    loop.call_later(0.1, signal.raise_signal, signal.SIGINT)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(download("cat.jpg", cleaned))
            group.create_task(download("dog.jpg", cleaned))
    except asyncio.CancelledError:
        print("main: cancelled; cleaned up:", *sorted(cleaned))
        raise  # or asyncio.run does not know
# [/ctrl-c]


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("KeyboardInterrupt comes out of asyncio.run")
