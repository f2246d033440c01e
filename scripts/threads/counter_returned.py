# /// script
# requires-python = ">=3.11"
# ///
"""Four threads add up what they downloaded, each for itself.

Run it: python counter_returned.py
"""
from concurrent.futures import ThreadPoolExecutor


# [count]
def count_downloads(content_length):
    subtotal = 0  # a local name: no other thread can see it
    for _ in range(500_000):
        subtotal = subtotal + int(content_length)
    return subtotal


def main():
    with ThreadPoolExecutor(max_workers=4) as pool:
        subtotals = pool.map(count_downloads, ["1"] * 4)
        total_bytes = sum(subtotals)
    # [/count]
    print(f"expected {2_000_000:>9,}")
    print(f"counted  {total_bytes:>9,}")


if __name__ == "__main__":
    main()
