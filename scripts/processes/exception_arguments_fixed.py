# /// script
# requires-python = ">=3.11"
# ///
"""Raise an exception that travels.

Run it: python exception_arguments_fixed.py
"""
from concurrent.futures import ProcessPoolExecutor


# [error]
class PhotoError(Exception):
    def __init__(self, photo, reason):
        super().__init__(photo, reason)  # all arguments

    def __str__(self):
        return "{}: {}".format(*self.args)


def shrink(photo):
    raise PhotoError(photo, "not a picture")


def main():
    with ProcessPoolExecutor(max_workers=1) as pool:
        error = pool.submit(shrink, "lake.jpg").exception()
    print(f"{type(error).__name__}: {error}")
# [/error]


if __name__ == "__main__":
    main()
