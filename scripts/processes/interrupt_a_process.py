# /// script
# requires-python = ">=3.14"
# ///
"""End a process so that it cleans up (Python 3.14).

Run it: python interrupt_a_process.py
"""

import multiprocessing


# [interrupt]
def work(end):
    try:
        end.send("ready")
        end.recv()  # nothing comes
    except KeyboardInterrupt:
        end.send("interrupted")
    finally:
        end.send("cleaned up")


def interrupt():
    """What the process says before it ends, and its exit code."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=work, args=(there,))
    process.start()
    here.recv()  # it runs now
    process.interrupt()
    said = [here.recv(), here.recv()]
    process.join()
    return *said, process.exitcode
# [/interrupt]


def main():
    print(*interrupt(), sep=", ")


if __name__ == "__main__":
    main()
