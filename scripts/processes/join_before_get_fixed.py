# /// script
# requires-python = ">=3.11"
# ///
"""Take the result out of the queue, then join the process.

Run it: python join_before_get_fixed.py
"""
# [join]
import multiprocessing


def shrink(queue):
    queue.put(bytes(1_000_000))  # a thumbnail of 1 MB


def main():
    queue = multiprocessing.Queue()
    worker = multiprocessing.Process(target=shrink, args=[queue])
    worker.start()
    print(f"got {len(queue.get()):,} bytes")
    worker.join()
    print("still alive after join:", worker.is_alive())
# [/join]


if __name__ == "__main__":
    main()
