# /// script
# requires-python = ">=3.11"
# ///
"""Count in shared memory, one worker at a time.

Run it: python shared_number_fixed.py
"""
import multiprocessing

PHOTOS = 100_000                      # for each worker


# [count]
def count(total, start):
    start.wait()                      # both at the same time
    for _ in range(PHOTOS):
        with total.get_lock():
            total.value += 1          # read, add, write
# [/count]


def main():
    total = multiprocessing.Value("i", 0)
    start = multiprocessing.Barrier(2)
    workers = [
        multiprocessing.Process(target=count, args=(total, start))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{total.value:,} of {2 * PHOTOS:,} counted")


if __name__ == "__main__":
    main()
