# /// script
# requires-python = ">=3.11"
# ///
"""What it costs to hand data to a worker: 10 MB, two kinds.

Run it: python hand_over.py
"""
import concurrent.futures
import time
from multiprocessing.shared_memory import SharedMemory

MEGABYTES = 10


# [hand-over]
def look(data):
    """The worker's whole work."""
    return data[-1]


def look_at_shared(name):
    """The same, when the data lies in shared memory."""
    block = SharedMemory(name)
    last = block.buf[-1]
    block.close()
    return last


def fastest(pool, function, argument):
    """Milliseconds from `submit` to the result, best of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        pool.submit(function, argument).result()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)
# [/hand-over]


def main():
    pixels = bytes(MEGABYTES * 1_000_000)
    # In a list, a number takes a reference and an object.
    numbers = list(range(1_000, 1_000 + len(pixels) // 36))
    block = SharedMemory(create=True, size=len(pixels))
    print(f"{MEGABYTES} MB")
    for kind in "Thread", "Interpreter", "Process":
        name = f"{kind}PoolExecutor"
        executor = getattr(concurrent.futures, name, None)
        if executor is None:
            print(f"{kind.lower()}: needs Python 3.14")
            continue
        with executor(max_workers=1) as pool:
            for what, function, argument in [
                ("bytes", look, pixels),
                ("list of int", look, numbers),
                ("shared memory", look_at_shared, block.name),
            ]:
                if what == "shared memory" and kind != "Process":
                    continue
                milliseconds = fastest(pool, function, argument)
                print(f"{kind.lower()}, {what}: {milliseconds:.2f} ms")
    block.close()
    block.unlink()


if __name__ == "__main__":
    main()
