# /// script
# requires-python = ">=3.11"
# ///
"""Start a process in a worker of ProcessPoolExecutor.

Run it: python daemon_children_fixed.py
"""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Process


def brighten(photo):
    pass


# [nested]
def one_photo(photo):
    """In a worker: a process of its own."""
    child = Process(target=brighten, args=[photo])
    child.start()
    child.join()
    return f"{photo}: {child.exitcode}"


def main():
    try:
        with ProcessPoolExecutor(1) as pool:
            print(*pool.map(one_photo, ["lake.jpg"]))
    except AssertionError as error:
        print(f"AssertionError: {error}")
# [/nested]



if __name__ == "__main__":
    main()
