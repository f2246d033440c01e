# /// script
# requires-python = ">=3.11"
# ///
"""Two threads take numbers from one iterator. Who gets which?

Run it: python shared_iterator.py
"""
from concurrent.futures import ThreadPoolExecutor

ORDERS = list(range(1_000_000))


# [take]
def take_all(orders):
    """Take orders until there are none; nothing is locked."""
    return [order for order in orders]


def take_in_two_threads():
    orders = iter(ORDERS)             # one iterator for both
    with ThreadPoolExecutor(max_workers=2) as pool:
        first, second = pool.map(take_all, [orders, orders])
    return [*first, *second]
# [/take]


def main():
    taken = take_in_two_threads()
    twice = len(taken) - len(set(taken))
    never = len(set(ORDERS) - set(taken))
    print("every order once:", sorted(taken) == ORDERS)
    print(f"{twice:,} taken twice, {never:,} never")


if __name__ == "__main__":
    main()
