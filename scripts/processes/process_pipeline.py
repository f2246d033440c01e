# /// script
# requires-python = ">=3.11"
# ///
"""Long-lived worker processes with a queue in and a queue out.

Run it: python process_pipeline.py
"""
import multiprocessing
import queue
import threading

WORKERS, AHEAD = 2, 4


# [pipeline]
class WorkerDied(Exception):
    """A worker ended before its work did."""


def work(todo, done):
    """In a worker: what is made here stays for all items."""
    table = [number * number for number in range(1000)]
    for (item,) in iter(todo.get, ()):  # () is the end
        try:
            done.put((item, table[item], None))
        except Exception as error:
            done.put((item, None, repr(error)))
    done.put(None)


def feed(source, todo, stop, errors):
    """In a thread: waits while `todo` is full, unless stopped."""

    def put(job):
        while not stop.is_set():
            try:
                return todo.put(job, timeout=0.1)
            except queue.Full:
                pass

    try:
        for item in source:
            put((item,))
            if stop.is_set():
                return
    except Exception as error:
        errors.append(error)  # comes out of results()
    for _ in range(WORKERS):
        put(())


def results(source):
    """Yield (item, value, error) as they come.

    Raises WorkerDied, or what `source` raises, when the items
    before have been worked off.
    """
    todo = multiprocessing.Queue(maxsize=AHEAD)
    done = multiprocessing.Queue(maxsize=AHEAD)
    team = [
        multiprocessing.Process(target=work, args=(todo, done))
        for _ in range(WORKERS)
    ]
    for process in team:
        process.start()
    stop, errors, ended = threading.Event(), [], 0
    feeder = threading.Thread(
        target=feed, args=(source, todo, stop, errors)
    )
    feeder.start()
    try:
        while ended < WORKERS:
            try:
                result = done.get(timeout=0.2)
            except queue.Empty:  # is anybody still there?
                if any(process.exitcode for process in team):
                    raise WorkerDied from None
                continue
            if result is None:
                ended += 1
            else:
                yield result
        if errors:
            raise errors[0]
    finally:
        stop.set()
        feeder.join()
        todo.close()
        if ended < WORKERS:  # left early: nobody will read the rest
            todo.cancel_join_thread()
            for process in team:
                process.terminate()
        todo.join_thread()
        for process in team:
            process.join()
# [/pipeline]


def main():
    found = sorted(results([3, 999, 1000, 12]))
    for item, value, error in found:
        print(f"{item}: {value if error is None else error}")


if __name__ == "__main__":
    main()
