# /// script
# requires-python = ">=3.11"
# ///
"""Look for a race by repetition, with more and more thread switches.

Run it: python stress_a_race.py
"""
import sys
import threading

THREADS, ROUNDS = 4, 200


# [stress]
class Numbers:
    """Hands out 1, 2, 3 ...; two threads may get the same one."""

    def __init__(self):
        self.last = 0

    def next(self):
        number = self.last
        number = int(number) + 1  # a call: a switch may come here
        self.last = number
        return number


def round_fails():
    """Whether four threads get a number twice."""
    numbers, taken = Numbers(), []
    start = threading.Barrier(THREADS)

    def take():
        start.wait()
        mine = [numbers.next() for _ in range(200)]
        taken.extend(mine)

    threads = [threading.Thread(target=take) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(set(taken)) < len(taken)


def main():
    usual = sys.getswitchinterval()
    for interval in usual, 1e-6:
        sys.setswitchinterval(interval)
        failed = sum(round_fails() for _ in range(ROUNDS))
        print(f"{interval * 1e6:.0f} µs: {failed} of {ROUNDS} failed")
    sys.setswitchinterval(usual)
# [/stress]


if __name__ == "__main__":
    main()
