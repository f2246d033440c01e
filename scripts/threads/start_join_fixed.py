# /// script
# requires-python = ">=3.11"
# ///
"""Four downloads with threads which all overlap.

Run it: python start_join_fixed.py
"""
import threading
import time


def download(name):
    time.sleep(0.1)  # stands for waiting for a server


def main():
    names = ["forest.jpg", "lake.jpg", "mountain.jpg", "sea.jpg"]
    start = time.perf_counter()
    threads = [
        threading.Thread(target=download, args=[name])
        for name in names
    ]
    # [start]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # [/start]
    seconds = time.perf_counter() - start
    print(f"{len(threads)} downloads in {seconds:.2f} s")


if __name__ == "__main__":
    main()
