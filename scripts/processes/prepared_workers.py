# /// script
# requires-python = ">=3.11"
# ///
"""Prepare each worker once, not each photo.

Run it: python prepared_workers.py
"""
from concurrent.futures import ProcessPoolExecutor

# [prepare]
curve = None
prepared = 0


def prepare(gamma):
    """Runs once in each worker, before its first photo."""
    global curve, prepared
    curve = bytes(
        round(255 * (level / 255) ** gamma) for level in range(256)
    )
    prepared += 1


def brighten(photo):
    pixels = bytes([photo] * 100_000)
    brighter = pixels.translate(curve)
    return f"level {photo} -> {brighter[0]}, prepared {prepared} time"


def main():
    photos = [16, 64, 128, 240]
    with ProcessPoolExecutor(
        max_workers=2, initializer=prepare, initargs=[0.5]
    ) as pool:
        print(*pool.map(brighten, photos), sep="\n")
# [/prepare]


if __name__ == "__main__":
    main()
