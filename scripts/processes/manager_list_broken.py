# /// script
# requires-python = ">=3.11"
# ///
"""Change a list in a shared dict, in vain.

Run it: python manager_list_broken.py
"""
import multiprocessing


# [change]
def add(albums, album, photo):
    albums[album].append(photo)       # changes a copy
# [/change]


def main():
    with multiprocessing.Manager() as manager:
        albums = manager.dict({"lake": ["boat.jpg"]})
        worker = multiprocessing.Process(
            target=add, args=(albums, "lake", "swan.jpg")
        )
        worker.start()
        worker.join()
        print(albums["lake"])


if __name__ == "__main__":
    main()
