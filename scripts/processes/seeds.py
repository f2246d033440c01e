# /// script
# requires-python = ">=3.11"
# ///
"""Random numbers that do not depend on the number of workers.

Run it: python seeds.py
"""
import random
from concurrent.futures import ProcessPoolExecutor

SEED, CHUNKS = 2026, 6


# [seeds]
def hits(chunk):
    """Random points in a square; how many lie in the circle?"""
    # One generator per chunk, never per worker.
    rng = random.Random(f"{SEED}-{chunk}")
    points = ((rng.random(), rng.random()) for _ in range(20_000))
    return sum(x * x + y * y < 1 for x, y in points)


def hits_unseeded(chunk):
    """The same with the module's generator: seeded by the system."""
    points = ((random.random(), random.random()) for _ in range(20_000))
    return sum(x * x + y * y < 1 for x, y in points)
# [/seeds]


def estimates(function, workers):
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(function, range(CHUNKS)))


def main():
    random.seed(SEED)  # reaches no worker
    for function in hits_unseeded, hits:
        one, three = estimates(function, 1), estimates(function, 3)
        print(f"{function.__name__}: 1 and 3 workers", end=" ")
        print("agree" if one == three else "differ")
    print("pi is about", round(sum(three) / (CHUNKS * 5_000), 3))


if __name__ == "__main__":
    main()
