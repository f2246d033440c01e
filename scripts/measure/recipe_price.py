# /// script
# requires-python = ">=3.11"
# dependencies = ["joblib"]
# ///
"""What the recipes cost per item, against the bare tools.

Run it: python recipe_price.py
"""
import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from call_all import call_all
from fan_out import fan_out
from worker_processes import computed

AT_ONCE = 2
ROUNDS = 4


# [tasks]
async def wait_for(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def bare_gather(items: list[float]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(seconds: float) -> None:
        async with slots:
            await wait_for(seconds)

    await asyncio.gather(*map(one, items))


async def with_fan_out(items: list[float]) -> None:
    await fan_out(wait_for, items, limit=AT_ONCE, item_timeout=9)
# [/tasks]


def bare_threads(items: list[float]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(time.sleep, items))


def with_call_all(items: list[float]) -> None:
    call_all(time.sleep, items, workers=AT_ONCE)


def compute(seconds: float) -> None:
    """Computes for as long: the CPU's clock, not the wall's."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def bare_processes(items: list[float], chunk: int) -> None:
    with ProcessPoolExecutor(AT_ONCE) as pool:
        list(pool.map(compute, items, chunksize=chunk))


def with_compute_all(items: list[float], chunk: int) -> None:
    list(computed(compute, items, workers=AT_ONCE, chunk=chunk))


def with_joblib(items: list[float], chunk: int) -> None:
    jobs = (delayed(compute)(seconds) for seconds in items)
    Parallel(n_jobs=AT_ONCE, batch_size=chunk)(jobs)
    get_reusable_executor().shutdown()  # as the others end theirs


def fastest(*ways: Callable[[], object]) -> list[float]:
    """The best time of each; they take turns."""
    best = [9e9] * len(ways)
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            start = time.perf_counter()
            way()
            took = time.perf_counter() - start
            best[number] = min(best[number], took)
    return best


def main() -> None:
    for seconds, count in (0.001, 400), (0.0, 4000):
        items = [seconds] * count
        chunk = 1 if seconds else 100
        print(f"{count} items of {seconds * 1000:g} ms, 2 at once")
        rows = {
            "gather, fan_out": fastest(
                lambda: asyncio.run(bare_gather(items)),
                lambda: asyncio.run(with_fan_out(items)),
            ),
            "map, call_all": fastest(
                lambda: bare_threads(items),
                lambda: with_call_all(items),
            ),
            "map, compute_all": fastest(
                lambda: bare_processes(items, chunk),
                lambda: with_compute_all(items, chunk),
            ),
            "map, joblib": fastest(
                lambda: bare_processes(items, chunk),
                lambda: with_joblib(items, chunk),
            ),
        }
        for name, (bare, safe) in rows.items():
            print(f"  {name}: {bare / count * 1e6:.0f} µs,"
                  f" {safe / count * 1e6:.0f} µs an item,"
                  f" {safe / bare:.2f}x")


if __name__ == "__main__":
    main()
