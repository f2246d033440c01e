# /// script
# requires-python = ">=3.11"
# ///
"""A job calls the function, and waits for nobody.

Run it: python pool_waits_for_itself_fixed.py
"""
from concurrent.futures import ThreadPoolExecutor


def shrink(photo):
    return f"small {photo}"


# [pool]
def make_album(pool, photo):
    return shrink(photo)


def main():
    with ThreadPoolExecutor(max_workers=1) as pool:
        album = pool.submit(make_album, pool, "lake.jpg")
        error = album.exception()
        print(repr(error) if error else album.result())
# [/pool]


if __name__ == "__main__":
    main()
