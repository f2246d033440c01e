# /// script
# requires-python = ">=3.11"
# ///
"""Four threads add up what they downloaded. Some of it gets lost.

Run it: python counter_broken.py
"""
import threading

total_bytes = 0


# [count]
def count_downloads(content_length):
    global total_bytes
    for _ in range(500_000):
        total_bytes = total_bytes + int(content_length)
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
    print(f"expected {2_000_000:>9,}")
    print(f"counted  {total_bytes:>9,}")


if __name__ == "__main__":
    main()
