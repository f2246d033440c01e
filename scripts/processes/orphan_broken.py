# /// script
# requires-python = ">=3.11"
# ///
"""SIGTERM ends a program, and its worker lives on.

For Linux and macOS. Run it: python orphan_broken.py
"""
import multiprocessing
import os
import signal
import subprocess
import sys
import time


def work():
    time.sleep(30)


def stop(number, frame):
    sys.exit(128 + number)


# [serve]
def serve():
    worker = multiprocessing.get_context("spawn").Process(target=work)
    worker.start()
    print(worker.pid, flush=True)
    worker.join()
# [/serve]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main():
    if sys.argv[1:]:
        serve()
        return
    program = subprocess.Popen(
        [sys.executable, __file__, "serve"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        worker = int(program.stdout.readline())
        program.send_signal(signal.SIGTERM)
        print("the program ended with", program.wait())
        alive = is_alive(worker)
        print("its worker is alive:", alive)
        if alive:
            os.kill(worker, signal.SIGKILL)



if __name__ == "__main__":
    main()
