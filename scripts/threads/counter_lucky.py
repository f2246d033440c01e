# /// script
# requires-python = ">=3.9"
# ///
"""The same race without a call in the line. Luck hides it, or not.

Run it: python counter_lucky.py
"""
import threading

total_bytes = 0


# [count]
def count_downloads(size):
    global total_bytes
    for _ in range(500_000):
        total_bytes += size
# [/count]


def main():
    threads = [
        threading.Thread(target=count_downloads, args=[1])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"expected {2_000_000:>9,}")
    print(f"counted  {total_bytes:>9,}")


if __name__ == "__main__":
    main()
