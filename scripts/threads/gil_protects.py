# /// script
# requires-python = ">=3.11"
# ///
"""What survives four threads: the list, not the rule of your program.

Run it: python gil_protects.py
"""
from concurrent.futures import ThreadPoolExecutor

SEATS = 2_000_000
free_seats = SEATS
tickets = []


# [sell]
def sell(price):
    """Sell while there are seats; return how many were sold here."""
    global free_seats
    sold = 0
    while free_seats > 0:                      # check
        free_seats = free_seats - int(price)   # read, call, write
        tickets.append(price)
        sold += 1
    return sold
# [/sell]


def main():
    with ThreadPoolExecutor(max_workers=4) as pool:
        sold = sum(pool.map(sell, ["1"] * 4))
    lost = sold - len(tickets)
    print(f"seats               {SEATS:>9,}")
    print(f"tickets sold        {sold:>9,}")
    print(f"tickets in the list {len(tickets):>9,}")
    twice = "yes" if sold > SEATS else "no"
    print(f"tickets lost: {lost}, sold twice: {twice}")


if __name__ == "__main__":
    main()
