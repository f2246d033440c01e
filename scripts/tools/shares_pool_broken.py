# /// script
# requires-python = ">=3.11"
# ///
"""Two processes, four jobs in two shares, and one share has it all.

Run it: python shares_pool_broken.py
"""

from concurrent.futures import ProcessPoolExecutor

JOBS = [6_000_000, 6_000_000, 9_000, 9_000]  # large ones first


def total(limit):
    return sum(number % 7 for number in range(limit))


def main():
    with ProcessPoolExecutor(2) as pool:
        totals = list(pool.map(total, JOBS, chunksize=2))
    print("Totals:", totals)


if __name__ == "__main__":
    main()
