# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# through = "diagnose.py"
# ///
"""Count primes in a pool of threads.

Run it: python slow_threads.py
Diagnose it: python diagnose.py slow_threads.py
"""

from concurrent.futures import ThreadPoolExecutor


def is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


# [count]
def count_primes(start):
    return sum(is_prime(n) for n in range(start, start + 25_000))


def count_all(starts):
    with ThreadPoolExecutor(max_workers=2) as pool:
        return sum(pool.map(count_primes, starts))
# [/count]


def main():
    print(count_all(range(0, 400_000, 25_000)), "primes")


if __name__ == "__main__":
    main()
