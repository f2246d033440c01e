# /// script
# requires-python = ">=3.11"
# ///
"""Three photos are saved in a pool. One is not: the program says so.

Run it: python errors_lost_fixed.py
"""
from concurrent.futures import ThreadPoolExecutor


def save(photo):
    if photo == "lake.jpg":
        raise OSError(f"no space left for {photo}")


def main():
    photos = ["forest.jpg", "lake.jpg", "mountain.jpg"]
    # [submit]
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(save, photo) for photo in photos]
    for photo, future in zip(photos, futures):
        print(f"{photo}: {future.exception() or 'saved'}")
    print("finished")
    # [/submit]


if __name__ == "__main__":
    main()
