# /// script
# requires-python = ">=3.11"
# ///
"""Hand all jobs to a pool inside its block.

Run it: python submit_after_shutdown_fixed.py
"""
from concurrent.futures import ThreadPoolExecutor


def shrink(photo):
    return f"small {photo}"


# [submit]
def shrink_both():
    with ThreadPoolExecutor() as pool:
        first = pool.submit(shrink, "lake.jpg")
        second = pool.submit(shrink, "hill.jpg")
    return first.result(), second.result()
# [/submit]


def main():
    try:
        print(*shrink_both(), sep="\n")
    except RuntimeError as error:
        print(f"RuntimeError: {error}")



if __name__ == "__main__":
    main()
