# /// script
# requires-python = ">=3.11"
# ///
"""Four logins at once, and the password checks in threads.

Run it: python login_loop_fixed.py
"""

import asyncio
import hashlib


def check(password):
    """Slow on purpose, as a password check must be: about 0.1 s."""
    return hashlib.pbkdf2_hmac("sha256", password, b"salt", 500_000)


async def login(user):
    await asyncio.sleep(0.05)  # the database
    await asyncio.to_thread(check, user.encode())
    await asyncio.sleep(0.05)  # the session
    return user


async def main():
    users = ["ann", "ben", "eve", "joe"]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(login(user), name=user) for user in users
        ]
    print("Logged in:", *[task.result() for task in tasks])


if __name__ == "__main__":
    asyncio.run(main())
