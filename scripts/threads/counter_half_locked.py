# /// script
# requires-python = ">=3.11"
# ///
"""Four threads lock the reading and lock the writing. Updates get lost.

Run it: python counter_half_locked.py
"""
import threading

total_bytes = 0
lock = threading.Lock()


# [count]
def count_downloads(content_length):
    global total_bytes
    for _ in range(100_000):
        with lock:
            total = total_bytes
        total = total + int(content_length)
        with lock:
            total_bytes = total
# [/count]


def main():
    threads = [
        threading.Thread(target=count_downloads, args=["1"])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"expected {400_000:>9,}")
    print(f"counted  {total_bytes:>9,}")


if __name__ == "__main__":
    main()
