# /// script
# requires-python = ">=3.11"
# ///
"""What threads share, and what each has for itself.

Run it: python shared_and_private.py
"""
import threading
from concurrent.futures import ThreadPoolExecutor

# [share]
album = []  # one list for all threads
desk = threading.local()  # its attributes differ per thread
all_here = threading.Barrier(3)


def save(photo):
    unsaved = [photo]  # one list per call
    desk.photo = photo
    album.append(photo)
    all_here.wait()  # now all three threads have done the above
    return unsaved, desk.photo, len(album)
# [/share]


def main():
    photos = ["forest.jpg", "lake.jpg", "mountain.jpg"]
    with ThreadPoolExecutor(max_workers=3) as pool:
        seen = list(pool.map(save, photos))
    for unsaved, on_desk, in_album in seen:
        print(f"local {unsaved}, desk {on_desk}, album {in_album}")


if __name__ == "__main__":
    main()
