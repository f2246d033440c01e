# /// script
# requires-python = ">=3.11"
# ///
"""Go through a copy of a dict while another thread adds to it.

The two events make the other thread come in the middle of the loop.

Run it: python loop_over_dict_fixed.py
"""
import threading

prices = {"cat": 10, "dog": 12}
lock = threading.Lock()
in_the_loop = threading.Event()
added = threading.Event()


def add_owl():
    in_the_loop.wait()
    with lock:
        prices["owl"] = 14
    added.set()


# [report]
def report():
    lines = []
    with lock:                        # only while it is copied
        now = dict(prices)
    for photo in now:
        lines.append(f"{photo}: {now[photo]}")
        in_the_loop.set()
        added.wait()
    return lines
# [/report]


def main():
    thread = threading.Thread(target=add_owl)
    thread.start()
    print(*report(), sep="\n")
    thread.join()


if __name__ == "__main__":
    main()
