# /// script
# requires-python = ">=3.11"
# ///
"""A job waits for another job of its own pool.

Run it: python pool_waits_for_itself_broken.py
"""
from concurrent.futures import ThreadPoolExecutor


def shrink(photo):
    return f"small {photo}"


# [pool]
def make_album(pool, photo):
    job = pool.submit(shrink, photo)
    return job.result(timeout=0.5)  # without a timeout: for ever


def main():
    with ThreadPoolExecutor(max_workers=1) as pool:
        album = pool.submit(make_album, pool, "lake.jpg")
        error = album.exception()
        print(repr(error) if error else album.result())
# [/pool]


if __name__ == "__main__":
    main()
