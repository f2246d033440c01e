# /// script
# requires-python = ">=3.11"
# ///
"""Replace each worker after some tasks, with all that it has kept.

Run it: python fresh_workers.py
"""
from concurrent.futures import ProcessPoolExecutor

# [fresh]
kept = []  # it grows with each photo: a leak


def shrink(photo):
    kept.append(bytes(1_000_000))
    return f"{photo}: this worker keeps {len(kept)} MB"


def main():
    photos = [f"photo-{number}" for number in range(1, 6)]
    for limit in None, 1:
        print("max_tasks_per_child:", limit)
        with ProcessPoolExecutor(
            max_workers=1, max_tasks_per_child=limit
        ) as pool:
            print(*pool.map(shrink, photos), sep="\n")
# [/fresh]


if __name__ == "__main__":
    main()
