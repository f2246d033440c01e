# /// script
# requires-python = ">=3.11"
# ///
"""What a future knows: running, result, exception, cancelled.

Run it: python future_results.py
"""
import threading
from concurrent.futures import ThreadPoolExecutor

started = threading.Event()
answered = threading.Event()


def download(name):
    started.set()
    answered.wait()  # stands for the server that has not answered
    if name == "torn.jpg":
        raise OSError("torn.jpg ends too early")
    return f"{name}, 4000 bytes"


def main():
    # [ask]
    with ThreadPoolExecutor(max_workers=1) as pool:
        lake = pool.submit(download, "lake.jpg")
        torn = pool.submit(download, "torn.jpg")
        extra = pool.submit(download, "extra.jpg")
        started.wait()
        print("lake is running:", lake.running())
        print("cancel lake:", lake.cancel())
        print("cancel extra:", extra.cancel())
        answered.set()
        print("lake:", lake.result())  # waits until it is done
        print("torn:", repr(torn.exception()))  # so does this
        print("extra is cancelled:", extra.cancelled())
        try:
            torn.result()
        except OSError as error:
            print("result() raised:", error)
    # [/ask]


if __name__ == "__main__":
    main()
