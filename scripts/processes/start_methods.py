# /// script
# requires-python = ">=3.11"
# ///
"""How a worker begins: with what is in memory, or from the file.

Run it: python start_methods.py
"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

# [begin]
quality = 75


def look_around(_):
    return f"module {__name__}, quality {quality}"


def main():
    global quality
    quality = 90  # set while the program runs
    print("default:", multiprocessing.get_start_method())
    for method in sorted(multiprocessing.get_all_start_methods()):
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            for seen in pool.map(look_around, [1]):
                print(f"{method}: {seen}")
# [/begin]


if __name__ == "__main__":
    main()
