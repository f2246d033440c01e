# /// script
# requires-python = ">=3.11"
# ///
"""Sell the same seats in four threads, with a lock.

Run it: python gil_protects_fixed.py
"""
import threading
from concurrent.futures import ThreadPoolExecutor

SEATS = 2_000_000
free_seats = SEATS
tickets = []
lock = threading.Lock()


# [sell]
def sell(price):
    """Sell while there are seats; return how many were sold here."""
    global free_seats
    sold = 0
    while True:
        with lock:                  # held from the check to the write
            if free_seats == 0:
                return sold
            free_seats = free_seats - int(price)
        tickets.append(price)       # a single operation: no lock
        sold += 1
# [/sell]


def main():
    with ThreadPoolExecutor(max_workers=4) as pool:
        sold = sum(pool.map(sell, ["1"] * 4))
    print(f"seats               {SEATS:>9,}")
    print(f"tickets sold        {sold:>9,}")
    print(f"tickets in the list {len(tickets):>9,}")


if __name__ == "__main__":
    main()
