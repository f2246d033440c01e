# /// script
# requires-python = ">=3.11"
# ///
"""Two threads take turns at one generator.

Run it: python shared_generator_fixed.py
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

turn = threading.Lock()


# [share]
def photo_names():
    for number in range(1, 7):
        time.sleep(0.02)  # stands for reading the next page
        yield f"photo-{number}"


def download(names):
    while True:
        with turn:
            name = next(names, None)
        if name is None:
            return
# [/share]


def main():
    names = photo_names()
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(download, names) for _ in range(2)]
    errors = [repr(job.exception()) for job in jobs]
    print(*sorted(errors), sep="\n")


if __name__ == "__main__":
    main()
