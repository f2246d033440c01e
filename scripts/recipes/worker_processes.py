# /// script
# requires-python = ">=3.11"
# ///
"""Worker processes that are ours: they end with us, however we end.

Run it: python worker_processes.py
"""
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sized
from contextlib import suppress
from math import inf
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic

from outcomes import Item, Outcome, Result, not_done


# [library]
class WorkerDied(Exception):
    """The process ended in the middle of its work."""


class Unpicklable(Exception):
    """Stands for an exception that cannot travel."""


def cpus() -> int:
    """How many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def end_with_parent() -> None:
    """In a worker: end when the parent does, even by SIGKILL.

    Also lead a process group, so that what the worker starts can be
    ended with it, and leave Ctrl-C to the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    parent, above = multiprocessing.parent_process(), os.getppid()

    def watch() -> None:
        while os.getppid() == above and parent and parent.is_alive():
            parent.join(1)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def kill(process: multiprocessing.Process) -> None:
    """End a worker, and what it has started, at once."""
    if hasattr(os, "killpg") and process.pid:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # it leads no group yet, or nothing is left
    process.kill()
    process.join()


def packed(error: BaseException) -> bytes:
    """An exception with its traceback, as bytes that can be read."""
    text = "".join(traceback.format_exception(error))
    try:
        reply = bytes(ForkingPickler.dumps((None, error, text)))
        if isinstance(pickle.loads(reply)[1], type(error)):
            return reply
    except Exception:
        pass
    name = traceback.format_exception_only(error)[-1].strip()
    return pickle.dumps((None, Unpicklable(name), text))


def serve_chunks(
    pipe: Connection, prepare: Callable[[], Any] | None
) -> None:
    """In a worker: call the function for the items of each chunk."""
    end_with_parent()
    if prepare is not None:
        prepare()
    pipe.send(None)  # ready
    function_bytes = None
    while (chunk := pipe.recv()) is not None:
        replies: list[tuple[bytes, float]] = []
        for data in chunk[1]:
            began = time.monotonic()
            try:
                if chunk[0] != function_bytes:
                    function = pickle.loads(chunk[0])
                    function_bytes = chunk[0]
                value = function(pickle.loads(data))
                reply = bytes(ForkingPickler.dumps((value, None, "")))
            except BaseException as error:  # sys.exit() is one, too
                reply = packed(error)
            replies.append((reply, time.monotonic() - began))
        pipe.send(replies)


Job = tuple[int, Item, int, bytes]  # place, item, which try, pickled


class Worker(Generic[Item]):
    """One process, and the jobs that it has or gets when ready."""

    def __init__(
        self, jobs: list[Job[Item]], prepare: Callable[[], Any] | None
    ) -> None:
        self.ready, self.jobs = False, jobs
        # Quick work is sent one chunk ahead, if it is small enough
        # to lie in the pipe: else both sides might wait in `send`.
        self.next: list[Job[Item]] = []
        self.quick = False
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=serve_chunks, args=(theirs, prepare)
        )
        try:
            self.process.start()
        except BaseException:
            self.pipe.close()
            raise
        finally:
            theirs.close()

    def give(self, function: bytes, jobs: list[Job[Item]]) -> None:
        if self.jobs and self.jobs is not jobs:
            self.next = jobs
        else:
            self.jobs = jobs
        with suppress(OSError):  # it is dead: the pipe says so next
            self.pipe.send((function, [job[3] for job in jobs]))

    def leave(self) -> None:
        """Ask it to end, if it waits for work."""
        if self.ready and not self.jobs:
            with suppress(OSError):
                self.pipe.send(None)
            self.process.join(1)

    def close(self) -> str:
        """End it, by force if it has not ended; say how it ended."""
        self.process.join(0)
        if self.process.exitcode != 0:
            kill(self.process)
        code = self.process.exitcode or 0
        self.pipe.close()
        self.process.close()
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"


def end_all(team: dict[Any, Worker[Any]]) -> None:
    """End all, even if Ctrl-C comes once more meanwhile."""
    interrupt = None
    while team:
        try:
            for pipe, worker in list(team.items()):
                with suppress(ValueError):  # it was closed before
                    worker.close()
                del team[pipe]
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


def computed(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int,
    chunk: int = 1,
    seconds: float | None = None,
    prepare: Callable[[], Any] | None = None,
) -> Generator[tuple[int, Outcome[Item, Result]], None, None]:
    """Yield (place, outcome) of each item, as they come.

    An item whose worker dies is tried once more, alone. When time
    is over, or one worker after another dies, the rest is NotDone.
    When the generator is closed, its workers are killed.
    """
    end = time.monotonic() + (seconds or inf)
    sized = isinstance(items, Sized)
    source = enumerate(list(items) if sized else items)
    again: deque[list[Job[Item]]] = deque()
    done: deque[tuple[int, Outcome[Item, Result]]] = deque()
    team: dict[Any, Worker[Item]] = {}  # by its pipe
    failures: list[BaseException] = []
    deaths, died = 0, None  # in a row, and the last one
    more = True

    def next_jobs() -> list[Job[Item]]:
        nonlocal more
        if again:
            return again.popleft()
        jobs: list[Job[Item]] = []
        while more and max(len(jobs), len(done)) < chunk:
            try:
                place, item = next(source)
            except StopIteration:
                more = False
            except Exception as error:
                more = False
                failures.append(error)
            else:
                try:
                    data = bytes(ForkingPickler.dumps(item))
                    jobs.append((place, item, 1, data))
                except Exception as error:
                    done.append((place, Outcome(item, error=error)))
        return jobs

    def small(jobs: list[Job[Item]]) -> bool:
        return 0 < sum(len(job[3]) for job in jobs) < 10_000

    def collect(worker: Worker[Item], replies: list[Any]) -> None:
        jobs, worker.jobs = worker.jobs, worker.next
        worker.next = []
        size = sum(len(job[3]) + len(reply[0])
                   for job, reply in zip(jobs, replies))
        busy = sum(took for _, took in replies)
        worker.quick = busy < 0.05 and size < 10_000
        for job, (reply, took) in zip(jobs, replies, strict=True):
            place, item, tries, _ = job
            try:
                value, problem, text = pickle.loads(reply)
            except Exception as error:  # its class, say, refuses
                value, problem, text = None, error, ""
            if text:
                problem.add_note(f"In the worker:\n{text}")
            outcome = Outcome(item, value, problem, tries, took)
            done.append((place, outcome))

    def bury(worker: Worker[Item]) -> WorkerDied:
        error = WorkerDied(worker.close())
        if worker.next:
            again.appendleft(worker.next)
        if not worker.ready and worker.jobs:
            again.appendleft(worker.jobs)
        for place, item, tries, data in worker.jobs * worker.ready:
            if tries == 1:
                again.append([(place, item, 2, data)])
            else:
                outcome = Outcome(item, error=error, tries=tries)
                done.append((place, outcome))
        return error

    try:
        try:
            program = bytes(ForkingPickler.dumps(function))
        except Exception as error:  # a lambda: no item can be done
            for place, item in source:
                yield place, Outcome(item, error=error)
            return
        while time.monotonic() < end and deaths < 10 + 2 * workers:
            for worker in team.values():
                if worker.ready and not worker.jobs:
                    if jobs := next_jobs():
                        worker.give(program, jobs)
            for worker in team.values():
                if worker.quick and worker.jobs and not worker.next:
                    if small(jobs := next_jobs()):
                        worker.give(program, jobs)
                    elif jobs:
                        again.appendleft(jobs)
            while len(team) < workers and (jobs := next_jobs()):
                try:
                    worker = Worker(jobs, prepare)
                except OSError:  # no more processes can be had
                    if not team:
                        raise
                    again.appendleft(jobs)
                    workers = len(team)
                else:
                    team[worker.pipe] = worker
            while done:
                yield done.popleft()
            if not any(worker.jobs for worker in team.values()):
                if more or again:
                    continue
                break
            left = min(1.0, max(0.0, end - time.monotonic()))
            talking = wait(list(team), timeout=left)
            for pipe, worker in list(team.items()):
                # Another process may hold the pipe of a dead worker:
                # so look each second who is alive.
                if pipe in talking or not (
                    talking or worker.process.is_alive()
                ):
                    try:
                        replies = pipe.recv() if pipe.poll() else 0
                    except (EOFError, OSError):
                        replies = 0
                    if replies == 0:
                        del team[pipe]
                        died = bury(worker)
                        deaths += 1
                    elif worker.ready:
                        collect(worker, replies)
                        deaths = 0
                    else:
                        worker.ready = True
                        worker.give(program, worker.jobs)
        late = [job for one in team.values()
                for job in one.jobs + one.next]
        late += [job for jobs in again for job in jobs]
        if not late:
            for worker in team.values():
                worker.leave()
        end_all(team)
        while done:
            yield done.popleft()
        for place, item, tries, _ in late:
            yield place, not_done(item, died, tries)
        for place, item in source if sized else ():
            yield place, not_done(item, died)
        if failures:
            raise failures[0]
    finally:
        end_all(team)
# [/library]


def square(number: int) -> int:
    if number == 13:
        os._exit(1)  # stands for C code that crashes
    return number * number


def main() -> None:
    for _, done in computed(square, [13, 4], workers=1):
        what = done.value if done.error is None else repr(done.error)
        print(f"{done.item}: {what}, tries: {done.tries}")
    left = multiprocessing.active_children()
    print("worker processes left:", len(left))


if __name__ == "__main__":
    main()
