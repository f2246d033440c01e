# /// script
# requires-python = ">=3.11"
# ///
"""Put a changed list back into a shared dict.

Run it: python manager_list_fixed.py
"""
import multiprocessing


# [change]
def add(albums, album, photo):
    albums[album] = [*albums[album], photo]
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
