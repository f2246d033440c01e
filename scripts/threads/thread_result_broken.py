# /// script
# requires-python = ">=3.11"
# ///
"""What a thread's function returns is thrown away.

Run it: python thread_result_broken.py
"""
import threading


def count_pixels(width, height):
    return width * height


def main():
    # [result]
    thread = threading.Thread(target=count_pixels, args=[640, 480])
    thread.start()
    pixels = thread.join()
    print("pixels:", pixels)
    # [/result]


if __name__ == "__main__":
    main()
