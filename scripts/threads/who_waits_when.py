# /// script
# requires-python = ">=3.11"
# ///
"""Which thread waits for which photo, from when to when?

Run it: python who_waits_when.py
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def download(photo):
    start = time.perf_counter()
    time.sleep(0.1)  # stands for waiting for a server
    end = time.perf_counter()
    return threading.current_thread().name, photo, start, end


def loop(photos):
    return [download(photo) for photo in photos]


def pool(photos):
    with ThreadPoolExecutor(4, thread_name_prefix="worker") as pool:
        return list(pool.map(download, photos))


def main():
    photos = [f"photo-{number}.jpg" for number in range(1, 9)]
    for way in loop, pool:
        zero = time.perf_counter()
        for thread, photo, start, end in way(photos):
            start, end = start - zero, end - zero
            print(f"{way.__name__}, {thread}, {photo}", end=": ")
            print(f"{start:.2f} s to {end:.2f} s, waiting")


if __name__ == "__main__":
    main()
