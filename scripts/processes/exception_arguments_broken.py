# /// script
# requires-python = ">=3.11"
# ///
"""Raise an exception that cannot be unpickled.

Run it: python exception_arguments_broken.py
"""
from concurrent.futures import ProcessPoolExecutor


# [error]
class PhotoError(Exception):
    def __init__(self, photo, reason):
        super().__init__(f"{photo}: {reason}")


def shrink(photo):
    raise PhotoError(photo, "not a picture")


def main():
    with ProcessPoolExecutor(max_workers=1) as pool:
        error = pool.submit(shrink, "lake.jpg").exception()
    print(f"{type(error).__name__}: {error}")
# [/error]


if __name__ == "__main__":
    main()
