# /// script
# requires-python = ">=3.11"
# ///
"""Start a pool outside the guard.

Run it: python guard_broken.py
"""
import sys
from concurrent.futures import ProcessPoolExecutor

sys.tracebacklimit = 0  # print the errors without their long way


# [guard]
def shrink(photo):
    return f"{photo} shrunk"


with ProcessPoolExecutor() as pool:
    results = list(pool.map(shrink, ["forest", "lake"]))


def main():
    print(results)


if __name__ == "__main__":
    main()
# [/guard]
