# /// script
# requires-python = ">=3.11"
# dependencies = ["tqdm"]
# [tool.overlap]
# leaves = ["daemon thread"]
# ///
"""A progress bar for coroutines, at most some of them at once.

Run it: python progress_in_async.py
"""
# [progress]
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


async def await_all(
    function: Callable[[Item], Awaitable[Result]],
    items: Sequence[Item],
    *,
    limit: int = 10,
    label: str = "",
) -> list[Result | Exception]:
    """Call with a limit and a bar; results or errors in order."""
    if limit < 1:
        raise ValueError("limit must be at least 1")
    slots = asyncio.Semaphore(limit)

    async def one(item: Item) -> Result | Exception:
        async with slots:
            try:
                return await function(item)
            except Exception as error:
                bar.write(f"{item}: {error!r}", file=sys.stderr)
                return error
            finally:
                bar.update()

    with tqdm(total=len(items), desc=label, disable=None) as bar:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    return [task.result() for task in tasks]
# [/progress]


async def download(photo: str) -> int:
    """Stand for a download."""
    await asyncio.sleep(0.01 * len(photo))
    if photo == "owl":
        raise ConnectionError("no answer")
    return len(photo)


async def main():
    photos = ["cat", "horse", "owl", "elephant"]
    results = await await_all(download, photos, limit=2, label="photos")
    for photo, result in zip(photos, results):
        print(photo, result)


if __name__ == "__main__":
    asyncio.run(main())
