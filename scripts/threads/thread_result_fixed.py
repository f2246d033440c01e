# /// script
# requires-python = ">=3.11"
# ///
"""A future keeps what the function returns.

Run it: python thread_result_fixed.py
"""
from concurrent.futures import ThreadPoolExecutor


def count_pixels(width, height):
    return width * height


def main():
    # [result]
    with ThreadPoolExecutor() as pool:
        future = pool.submit(count_pixels, 640, 480)
        pixels = future.result()
    print("pixels:", pixels)
    # [/result]


if __name__ == "__main__":
    main()
