# /// script
# requires-python = ">=3.11"
# ///
"""Three photos are saved in a pool. One is not, and nobody hears of it.

Run it: python errors_lost_broken.py
"""
from concurrent.futures import ThreadPoolExecutor


def save(photo):
    if photo == "lake.jpg":
        raise OSError(f"no space left for {photo}")


def main():
    photos = ["forest.jpg", "lake.jpg", "mountain.jpg"]
    # [submit]
    with ThreadPoolExecutor() as pool:
        for photo in photos:
            pool.submit(save, photo)
    print("finished")
    # [/submit]


if __name__ == "__main__":
    main()
