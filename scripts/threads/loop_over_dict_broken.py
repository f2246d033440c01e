# /// script
# requires-python = ">=3.11"
# ///
"""Go through a dict while another thread adds to it.

The two events make the other thread come in the middle of the loop.
Without them it comes there on a bad day.

Run it: python loop_over_dict_broken.py
"""
import threading

prices = {"cat": 10, "dog": 12}
in_the_loop = threading.Event()
added = threading.Event()


def add_owl():
    in_the_loop.wait()
    prices["owl"] = 14
    added.set()


# [report]
def report():
    lines = []
    for photo in prices:              # one step for each photo
        lines.append(f"{photo}: {prices[photo]}")
        in_the_loop.set()
        added.wait()
    return lines
# [/report]


def main():
    thread = threading.Thread(target=add_owl)
    thread.start()
    try:
        print(*report(), sep="\n")
    except RuntimeError as error:
        print(f"RuntimeError: {error}")
    thread.join()


if __name__ == "__main__":
    main()
