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

from tqdm import tqdm

from fan_out import fan_out
from outcomes import Item, Outcome, Result


async def await_all(
    function: Callable[[Item], Awaitable[Result]],
    items: Sequence[Item],
    *,
    limit: int = 10,
    label: str = "",
) -> list[Result | BaseException | None]:
    """Call with a limit and a bar; results or errors in order."""
    def report(done: Outcome[Item, Result]) -> None:
        if done.error is not None:
            line = f"{done.item}: {done.error!r}"
            bar.write(line, file=sys.stderr)
        bar.update()

    with tqdm(total=len(items), desc=label, disable=None) as bar:
        outcomes = await fan_out(
            function, items, limit=limit, item_timeout=None, tries=1,
            report=report,
        )
    return [done.error or done.value for done in outcomes]
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
