# /// script
# requires-python = ">=3.11"
# ///
"""Every transfer takes its two locks in one order.

Run it: python lock_order_fixed.py
"""
import faulthandler
import threading
import time

faulthandler.dump_traceback_later(1, exit=True)  # the limit


# [locks]
def transfer(source, target, start):
    first, second = sorted((source, target), key=id)
    start.wait()
    with first:
        time.sleep(0.2)  # stands for asking the bank
        with second:
            return "transferred"
# [/locks]


def main():
    checking, savings = threading.Lock(), threading.Lock()
    start = threading.Barrier(2)
    threads = [
        threading.Thread(target=transfer, args=[*accounts, start])
        for accounts in [(checking, savings), (savings, checking)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("both transferred")
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
