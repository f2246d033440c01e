# /// script
# requires-python = ">=3.11"
# ///
"""Set a module-level name, and expect the workers to see it.

Run it: python globals_broken.py
"""
from concurrent.futures import ProcessPoolExecutor

# [globals]
quality = 75


def save(photo):
    return f"{photo} saved with quality {quality}"


def main():
    global quality
    quality = 90  # as if from the command line
    with ProcessPoolExecutor() as pool:
        print(*pool.map(save, ["forest", "lake"]), sep="\n")
# [/globals]


if __name__ == "__main__":
    main()
