# /// script
# requires-python = ">=3.11"
# ///
"""Set a signal's handler in a thread.

Run it: python signal_in_thread_broken.py
"""
import signal
import threading

stopping = threading.Event()


# [signal]
def serve():
    try:
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    except ValueError as error:
        print(f"ValueError: {error}")
        return
    stopping.wait()
    print("served, and stopped")


def main():
    server = threading.Thread(target=serve)
    server.start()
    server.join()
# [/signal]



if __name__ == "__main__":
    main()
