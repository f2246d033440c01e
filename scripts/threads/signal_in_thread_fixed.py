# /// script
# requires-python = ">=3.11"
# ///
"""Set a signal's handler in the main thread.

Run it: python signal_in_thread_fixed.py
"""
import signal
import threading

stopping = threading.Event()


# [signal]
def serve():
    stopping.wait()
    print("served, and stopped")


def main():
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    server = threading.Thread(target=serve)
    server.start()
    signal.raise_signal(signal.SIGTERM)  # as `kill PID` does
    server.join()
# [/signal]



if __name__ == "__main__":
    main()
