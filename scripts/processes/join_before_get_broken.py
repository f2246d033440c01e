# /// script
# requires-python = ">=3.11"
# ///
"""Join a process before its result is taken out of the queue.

Run it: python join_before_get_broken.py
"""
# [join]
import multiprocessing


def shrink(queue):
    queue.put(bytes(1_000_000))  # a thumbnail of 1 MB


def main():
    queue = multiprocessing.Queue()
    worker = multiprocessing.Process(target=shrink, args=[queue])
    worker.start()
    worker.join(timeout=2)  # without a timeout: for ever
    print("still alive after join:", worker.is_alive())
# [/join]
    queue.get()  # so that this program ends
    worker.join()


if __name__ == "__main__":
    main()
