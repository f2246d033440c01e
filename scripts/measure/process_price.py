# /// script
# requires-python = ">=3.11"
# ///
"""What does a process cost before it does anything useful?

Run it: python process_price.py
"""
import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.shared_memory import SharedMemory


def best(run, times=5):
    """Milliseconds of the fastest run, the least disturbed one."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds) * 1000


def start_and_end(kind):
    one = kind(target=len, args=[b""])
    one.start()
    one.join()


# [hand-over]
def look(pixels):
    return pixels[-1]


def look_at_shared(name):
    block = SharedMemory(name)
    last = block.buf[-1]
    block.close()
    return last
# [/hand-over]


def row(what, milliseconds):
    print(f"  {what:15} {milliseconds:8.2f} ms")


def main():
    print("start one and wait for its end")
    row("thread", best(lambda: start_and_end(threading.Thread)))
    for method in sorted(multiprocessing.get_all_start_methods()):
        kind = multiprocessing.get_context(method).Process
        row(f"by {method}", best(lambda: start_and_end(kind)))

    photo = bytes(20_000_000)
    block = SharedMemory(create=True, size=len(photo))
    for what, function, argument in [
        ("call len(b'')", len, b""),
        ("hand over a photo of 20 MB", look, photo),
        ("the photo in shared memory", look_at_shared, block.name),
    ]:
        print(what)
        for executor in ThreadPoolExecutor, ProcessPoolExecutor:
            name = executor.__name__.removesuffix("PoolExecutor")
            with executor(max_workers=1) as pool:
                milliseconds = best(
                    lambda: pool.submit(function, argument).result(), 10
                )
            row(f"{name.lower()} pool", milliseconds)
    block.close()
    block.unlink()


if __name__ == "__main__":
    main()
