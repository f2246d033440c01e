# /// script
# requires-python = ">=3.11"
# ///
"""Stop processes, and share values between them.

Run it: python stop_and_share.py
"""

import multiprocessing


# [stop]
def wait_for_ever(end):
    end.send("ready")
    end.recv()  # nothing comes


def stop(end_it):
    """Start a process, end it this way; its exit code."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=wait_for_ever, args=(there,)
    )
    process.start()
    here.recv()  # it runs now
    end_it(process)
    process.join()
    return process.exitcode, process.is_alive()


def stop_both_ways():
    for end_it in (
        multiprocessing.Process.terminate,
        multiprocessing.Process.kill,
    ):
        code, alive = stop(end_it)
        print(f"{end_it.__name__}: exit code {code}, alive: {alive}")
# [/stop]


# [share]
def add(total, parts, shelf):
    for _ in range(500):
        with total.get_lock():  # reading and writing, together
            total.value += 1
    with parts.get_lock():
        parts[0] += 500
    shelf["last"] = "added"


def share():
    """A number, an array and a dictionary that two processes change."""
    total = multiprocessing.Value("i", 0)
    parts = multiprocessing.Array("i", 2)
    with multiprocessing.Manager() as manager:
        shelf = manager.dict()
        shared = total, parts, shelf
        workers = [
            multiprocessing.Process(target=add, args=shared)
            for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return total.value, list(parts), dict(shelf)
# [/share]


def main():
    stop_both_ways()
    print(*share())


if __name__ == "__main__":
    main()
