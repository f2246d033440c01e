# /// script
# requires-python = ">=3.11"
# ///
"""A thread is told to stop, and finishes what it does.

Run it: python shutdown_fixed.py
"""
import threading

stop = threading.Event()
saved_once = threading.Event()


def save_now_and_then():
    try:
        while not stop.wait(timeout=0.01):
            saved_once.set()
    finally:
        print("album closed")


# [stop]
def main():
    thread = threading.Thread(target=save_now_and_then)
    thread.start()
    saved_once.wait()
    print("all photos downloaded")
    stop.set()
    thread.join()
# [/stop]


if __name__ == "__main__":
    main()
