# /// script
# requires-python = ">=3.11"
# ///
"""Send each worker all that it needs.

Run it: python globals_fixed.py
"""
from concurrent.futures import ProcessPoolExecutor
from functools import partial


# [globals]
def save(photo, quality=75):
    return f"{photo} saved with quality {quality}"


def main():
    save_well = partial(save, quality=90)
    with ProcessPoolExecutor() as pool:
        print(*pool.map(save_well, ["forest", "lake"]), sep="\n")
# [/globals]


if __name__ == "__main__":
    main()
