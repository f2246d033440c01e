# /// script
# requires-python = ">=3.11"
# ///
"""Start a process in a worker of multiprocessing.Pool.

Run it: python daemon_children_broken.py
"""
from multiprocessing import Pool, Process


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
        with Pool(1) as pool:
            print(*pool.map(one_photo, ["lake.jpg"]))
    except AssertionError as error:
        print(f"AssertionError: {error}")
# [/nested]



if __name__ == "__main__":
    main()
