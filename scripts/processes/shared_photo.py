# /// script
# requires-python = ">=3.11"
# ///
"""Two processes work on one photo in shared memory.

Run it: python shared_photo.py
"""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.shared_memory import SharedMemory

WIDTH, HEIGHT = 4000, 2000
NEGATIVE = bytes(255 - level for level in range(256))


# [share]
def invert(name, first, last):
    """Invert some rows in place. Only a name and two numbers travel."""
    photo = SharedMemory(name)
    rows = slice(first * WIDTH, last * WIDTH)
    photo.buf[rows] = bytes(photo.buf[rows]).translate(NEGATIVE)
    photo.close()


def main():
    photo = SharedMemory(create=True, size=WIDTH * HEIGHT)
    try:
        photo.buf[:] = bytes([10]) * (WIDTH * HEIGHT)
        half = HEIGHT // 2
        with ProcessPoolExecutor(max_workers=2) as pool:
            jobs = [
                pool.submit(invert, photo.name, 0, half),
                pool.submit(invert, photo.name, half, HEIGHT),
            ]
        for job in jobs:
            job.result()  # raises what went wrong in the worker
        print("first pixel", photo.buf[0])
        print("last pixel ", photo.buf[WIDTH * HEIGHT - 1])
    finally:
        photo.close()  # every process closes its view
        photo.unlink()  # one process deletes the memory
# [/share]


if __name__ == "__main__":
    main()
