# /// script
# requires-python = ">=3.14"
# ///
"""Use interpreters one by one, without a pool (Python 3.14).

Run it: python interpreters.py
"""

import threading
from concurrent import interpreters


# [isolated]
counted = []


def count(text):
    """Where does this list live?"""
    counted.append(text)
    return len(counted)


def isolated():
    """An interpreter has globals of its own, and its own queue ends."""
    other = interpreters.create()
    print("call:", other.call(count, "soup"), "and here:", counted)
    plates = interpreters.create_queue()
    other.prepare_main(order="rice", plates=plates)
    other.exec("plates.put(order.upper())")  # in this thread
    print("exec:", plates.get())
    waiter = other.call_in_thread(plates.put, "tea")
    print("call_in_thread:", plates.get())
    waiter.join()
    try:
        other.exec("1 / 0")
    except interpreters.ExecutionFailed as error:
        print("ExecutionFailed:", error.excinfo.type.__name__)
    try:
        other.prepare_main(lock=threading.Lock())
    except interpreters.NotShareableError as error:
        print(type(error).__name__)
    print("interpreters:", len(interpreters.list_all()))
    other.close()
# [/isolated]


def main():
    isolated()
    here = interpreters.get_current()
    print("main:", here == interpreters.get_main())


if __name__ == "__main__":
    main()
