# /// script
# requires-python = ">=3.11"
# ///
"""Send a function of the module, with an argument filled in.

Run it: python lambda_fixed.py
"""
from concurrent.futures import ProcessPoolExecutor
from functools import partial


# [lambda]
def brighten(factor, level):
    return level * factor


def main():
    pixels, factor = [10, 20, 30], 2
    with ProcessPoolExecutor() as pool:
        print(*pool.map(partial(brighten, factor), pixels))
# [/lambda]


if __name__ == "__main__":
    main()
