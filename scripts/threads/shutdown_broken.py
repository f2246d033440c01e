# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# leaves = ["daemon thread"]
# ///
"""A daemon thread is cut off when the program ends.

Run it: python shutdown_broken.py
"""
import threading

# [stop]
stop = threading.Event()
saved_once = threading.Event()


def save_now_and_then():
    try:
        while not stop.wait(timeout=0.01):
            saved_once.set()
    finally:
        print("album closed")


def main():
    thread = threading.Thread(target=save_now_and_then, daemon=True)
    thread.start()
    saved_once.wait()
    print("all photos downloaded")
# [/stop]


if __name__ == "__main__":
    main()
