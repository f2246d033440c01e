# /// script
# requires-python = ">=3.11"
# ///
"""Shrink a batch of photos, on all cores.

A photo here is a file of gray pixels, one byte each.
Run it: python photo_batch.py
"""
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

WIDTH, HEIGHT = 640, 480


def shrink(pixels):
    """Make one pixel of each 4 x 4 pixels: their average."""
    small = bytearray()
    for top in range(0, WIDTH * HEIGHT, 4 * WIDTH):
        rows = [
            pixels[top + i * WIDTH : top + (i + 1) * WIDTH]
            for i in range(4)
        ]
        for x in range(0, WIDTH, 4):
            total = sum(sum(row[x : x + 4]) for row in rows)
            small.append(total // 16)
    return bytes(small)


# [batch]
def make_thumbnail(photo):
    small = shrink(photo.read_bytes())
    photo.with_suffix(".thumb").write_bytes(small)
    return f"{photo.name}: {len(small):,} pixels"


def shrink_all(photos):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(make_thumbnail, photos))
# [/batch]


def main():
    with TemporaryDirectory() as folder:
        photos = take_photos(Path(folder), 8)
        print(*shrink_all(photos), sep="\n")


def take_photos(folder, number):
    noise = random.Random(7)
    photos = [folder / f"photo-{n}.gray" for n in range(1, number + 1)]
    for photo in photos:
        photo.write_bytes(noise.randbytes(WIDTH * HEIGHT))
    return photos


if __name__ == "__main__":
    main()
