# /// script
# requires-python = ">=3.11"
# dependencies = ["distributed"]
# [tool.overlap]
# leaves = ["daemon thread", "temporary file dask-scratch-space"]
# ///
"""What a task costs: in a process pool, and on a cluster.

Run it: python outgrow_price.py
"""
import time
from concurrent.futures import ProcessPoolExecutor

from distributed import Client, LocalCluster

TASKS, BIG = 200, bytes(8_000_000)


# [price]
def nothing(number):
    return number


def size(data):
    return len(data)


def measure(name, executor):
    list(executor.map(nothing, range(8)))  # warm
    start = time.perf_counter()
    list(executor.map(nothing, range(TASKS)))
    each = (time.perf_counter() - start) / TASKS
    print(f"{name}: empty task {each * 1e3:.2f} ms", end=", ")
    copies = []
    for _ in range(3):
        start = time.perf_counter()
        executor.submit(size, BIG).result()
        copies.append(time.perf_counter() - start)
    print(f"8 MB there {min(copies) * 1e3:.1f} ms")
# [/price]


def main():
    start = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        pool.submit(nothing, 0).result()
        seconds = time.perf_counter() - start
        print(f"pool: started in {seconds:.2f} s")
        measure("pool", pool)
    start = time.perf_counter()
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
        client.get_executor(pure=False) as executor,
    ):
        seconds = time.perf_counter() - start
        print(f"Dask: started in {seconds:.2f} s")
        measure("Dask", executor)


if __name__ == "__main__":
    main()
