# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# needs = ["a PID namespace"]
# ///
"""What `docker stop` does to a program that is process 1.

Run it: python pid_one.py
It needs Linux, and root or leave to make user namespaces.
"""
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

GRACE = 1.0  # seconds; Docker waits 10, Kubernetes 30

# [programs]
WAITS = "print('ready', flush=True); time.sleep(60)"
START = "import signal, sys, time; "
NO_HANDLER = START + WAITS

HANDLER = START + """
def stop(number, frame):
    sys.exit(0)          # finally and with blocks run

signal.signal(signal.SIGTERM, stop)
""" + WAITS

POOL = START + """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def stop(number, frame):
    sys.exit(0)

def run():
    with ProcessPoolExecutor(
        2, multiprocessing.get_context('fork'),
        initializer=signal.signal,      # the handler is not theirs
        initargs=(signal.SIGTERM, signal.SIG_DFL),
    ) as pool:
        list(pool.map(abs, range(9)))
        signal.signal(signal.SIGTERM, stop)
        """ + WAITS + """

run()
"""
# [/programs]


# [main]
def as_process_one(command):
    """Run it in a PID namespace and stop it as a container is."""
    # What this worker starts from now on is in there, first as 1.
    flags = CLONE_NEWPID | (CLONE_NEWUSER if os.geteuid() else 0)
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "no PID namespace here")
    return stop(command)


def stop(command):
    """SIGTERM, a grace, SIGKILL. Returns the status of a container."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # it is ready
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()  # and all others in the namespace
            process.wait()
    status = process.returncode
    return status if status >= 0 else 128 - status


def main():
    python = [sys.executable, "-c"]
    in_shell = f'{sys.executable} -c "$0"; echo done'
    with_exec = f'exec {sys.executable} -c "$0"'
    programs = {
        "no handler": [*python, NO_HANDLER],
        "a handler": [*python, HANDLER],
        "a handler, below a shell": ["sh", "-c", in_shell, HANDLER],
        "a handler, shell with exec": ["sh", "-c", with_exec, HANDLER],
        "a pool and a handler": [*python, POOL],
    }
    with ProcessPoolExecutor(
        len(programs), multiprocessing.get_context("spawn"),
        max_tasks_per_child=1,  # one namespace each
    ) as pool:
        ends = pool.map(as_process_one, programs.values())
        for name, status in zip(programs, ends):
            print(f"{name}: exit status {status}")
    print("no handler, not process 1:", stop([*python, NO_HANDLER]))
# [/main]


CLONE_NEWUSER, CLONE_NEWPID = 0x10000000, 0x20000000


if __name__ == "__main__":
    main()
