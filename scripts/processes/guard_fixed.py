# /// script
# requires-python = ">=3.11"
# ///
"""Start a pool under the guard.

Run it: python guard_fixed.py
"""
from concurrent.futures import ProcessPoolExecutor


# [guard]
def shrink(photo):
    return f"{photo} shrunk"


def main():
    with ProcessPoolExecutor() as pool:
        print(list(pool.map(shrink, ["forest", "lake"])))


if __name__ == "__main__":
    main()
# [/guard]
