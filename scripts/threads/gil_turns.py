# /// script
# requires-python = ">=3.11"
# ///
"""Two threads compute. Note when each of them really runs.

Run it: python gil_turns.py
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

SECONDS = 0.06


# [compute]
def compute(together, begins):
    """Compute, and note each stretch without an interruption."""
    stretches = []
    together.wait()
    first = last = time.perf_counter()
    while last < begins[0] + SECONDS:
        now = time.perf_counter()
        if now - last > 0.001:        # 1 ms without a turn
            stretches.append((first, last))
            first = now
        last = now
    return [*stretches, (first, last)]
# [/compute]


def run():
    """The stretches of two threads, in ms since both were ready."""
    begins = []
    together = threading.Barrier(
        2, action=lambda: begins.append(time.perf_counter())
    )
    with ThreadPoolExecutor(max_workers=2) as pool:
        both = [pool.submit(compute, together, begins) for _ in "AB"]
    zero = begins[0]
    return [
        [(1000 * (a - zero), 1000 * (b - zero)) for a, b in r.result()]
        for r in both
    ]


def at_once(one, other):
    """Milliseconds in which both run."""
    return sum(
        max(0, min(b, d) - max(a, c)) for a, b in one for c, d in other
    )


def main():
    one, other = run()
    for name, stretches in ("A", one), ("B", other):
        for start, end in stretches:
            print(f"thread {name}: {start:4.1f} ms to {end:4.1f} ms")
    share = at_once(one, other) / (1000 * SECONDS)
    print(f"both at once: {share:.0%} of the time")


if __name__ == "__main__":
    main()
