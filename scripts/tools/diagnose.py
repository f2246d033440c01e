# /// script
# requires-python = ">=3.11"
# ///
"""Find out what a slow Python program waits for.

Run it: python diagnose.py [--json] [--report FILE] PROGRAM.py [...]
        python diagnose.py [--json] [--report FILE] -m MODULE [...]

The program runs as always: its arguments, input, output and exit
status are its own. When it has ended, the verdict is written to
standard error, or to FILE: how much of the time it waited and
computed, on how many cores, where it waited, and what to try.

Linux, tested: every 20 ms the CPU time of each thread of the program
and of the processes that it started is read, and where its threads
are (in a process that it started, only if that was forked; on 3.12 and
3.13 only until the first fork; not on a free-threaded build, and not
in a program that uses sub-interpreters).
macOS and other Unix systems (by `ps`, four times a second) and
Windows (by a job object): written from the documentation, not tested.
There the GIL hint is missing.
"""

import ast
import collections
import contextlib
import importlib.machinery
import inspect
import itertools
import json
import linecache
import os
import platform
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

INTERVAL = 0.02  # seconds between two looks
SHORT = 0.3  # seconds; a shorter run is mostly Python's own start
MOST = 60  # per cent: more than this decides the verdict
FOLDER = "DIAGNOSE_FOLDER"

# Who waits in here waits for another part of the same program.
POOLS = {"threading.py", "queue.py", "concurrent", "multiprocessing"}
TASKS = {"taskgroups.py", "locks.py", "queues.py", "threads.py"}
TASK_WAITS = {"_wait", "_wait_for_one", "wait_for", "select"}

RECIPES = {
    "threads": "Run blocking calls in a thread pool",
    "processes": "Parallelize CPU work across processes",
    "fan-out": "Fan out async calls with a limit",
    "mixed": "Mix async with blocking or CPU-heavy code",
    "cluster": "Outgrow one machine",
    "itself": "Find out what a slow program waits for",
}


def watch(folder, interval):
    """Count, inside the program, where its threads and tasks are.

    This function's source becomes a `sitecustomize` module, which
    Python imports at its start. So it imports only what is built
    in or there anyway, and its thread is unknown to `threading`.
    """
    import _signal
    import _thread
    import atexit
    import os
    import sys
    import time

    library = os.path.dirname(os.__file__)
    free = not getattr(sys, "_is_gil_enabled", lambda: True)()
    main = _thread.get_ident()
    seconds, clocks = {}, {}
    facts = {"loop": False, "tasks": 0, "gil": not free, "own": []}
    stop, stopped = _thread.allocate_lock(), _thread.allocate_lock()
    running = False

    def cpu_time(ident):
        """Seconds a thread had a core or wanted one; Linux knows."""
        if ident == main:
            native = os.getpid()
        else:
            threading = sys.modules.get("threading")
            thread = getattr(threading, "_active", {}).get(ident)
            native = getattr(thread, "_native_id", None)
        try:
            name = f"/proc/self/task/{native}/schedstat"
            file = os.open(name, os.O_RDONLY)
        except OSError:
            return None
        try:
            return sum(map(int, os.read(file, 99).split()[:2])) / 1e9
        finally:
            os.close(file)

    def place(frames):
        """The innermost line of the program's own, and the call."""
        leaf = frames[0].f_code
        call = leaf.co_filename, leaf.co_name
        for frame in frames:
            code = frame.f_code
            if not code.co_filename.startswith((library, "<frozen")):
                line = frame.f_lineno or 0
                return code.co_filename, line, code.co_name, *call
        return "", 0, "", *call  # a thread of the library's own

    def tasks_of(frames):
        """Places where the tasks of this thread's loop are paused."""
        for frame in frames:
            if frame.f_code.co_name == "_run_once":
                facts["loop"] = True
                loop = frame.f_locals.get("self")
                asyncio = sys.modules["asyncio"]
                found = list(asyncio.all_tasks(loop))
                facts["tasks"] = max(facts["tasks"], len(found))
                coroutines = [
                    task.get_coro()
                    for task in found[:1000]
                    if not waits_for_tasks(asyncio, task)
                ]
                return [paused(coroutine) for coroutine in coroutines]
        return None

    def waits_for_tasks(asyncio, task):
        """Its wait is counted once: in the tasks that it waits for."""
        waiter = getattr(task, "_fut_waiter", None)
        kinds = asyncio.Task, asyncio.tasks._GatheringFuture
        return isinstance(waiter, kinds)

    def paused(coroutine):
        """The frames of a paused coroutine, the innermost first."""
        frames = []
        while coroutine is not None:
            for kind in "cr", "ag", "gi":
                frame = getattr(coroutine, f"{kind}_frame", None)
                if frame is not None:
                    frames.insert(0, frame)
                    break
            for name in "cr_await", "ag_await", "gi_yieldfrom":
                inner = getattr(coroutine, name, None)
                if inner is not None:
                    break
            coroutine = inner
        return frames

    def add(kind, frames, elapsed):
        key = (kind, *place(frames))
        seconds[key] = seconds.get(key, 0) + elapsed

    def look(elapsed, share):
        if "concurrent.interpreters" in sys.modules:
            return  # frames of another interpreter are not ours
        current = sys._current_frames()
        current.pop(_thread.get_ident(), None)
        for ident, frame in current.items():
            used = cpu_time(ident)
            if used is None:
                busy = share > 0.5
            else:
                busy = used - clocks.get(ident, used) > elapsed / 2
                clocks[ident] = used
            frames = []
            while frame is not None:
                frames.append(frame)
                frame = frame.f_back
            waits = None if busy else tasks_of(frames)
            if waits is None:
                add("busy" if busy else "thread", frames, elapsed)
            for frames_of_task in waits or ():
                if frames_of_task:
                    add("task", frames_of_task, elapsed)

    def write():
        path = os.path.join(folder, str(os.getpid()))
        try:
            with open(path + ".new", "w", encoding="utf-8") as file:
                file.write(repr((facts, seconds)))
            os.replace(path + ".new", path)
        except OSError:
            pass  # the verdict has been given already

    def run():
        facts["own"].append(_thread.get_native_id())
        last, last_cpu = time.perf_counter(), time.process_time()
        wrote = last
        while not stop.acquire(timeout=interval):
            now, cpu = time.perf_counter(), time.process_time()
            elapsed = now - last
            try:
                look(elapsed, (cpu - last_cpu) / elapsed)
            except Exception:
                pass  # something changed while we looked
            if now - wrote > 0.25:
                write()
                wrote = now
            last, last_cpu = now, cpu
        stopped.release()

    def start():
        nonlocal running
        if not running:
            stop.acquire(blocking=False)
            stopped.acquire(blocking=False)
            # The program's signals are for its own threads.
            mask = getattr(_signal, "pthread_sigmask", None)
            if mask:
                every = _signal.valid_signals()
                old = mask(_signal.SIG_BLOCK, every)
            try:
                _thread.start_new_thread(run, ())
                running = True
            except RuntimeError:
                pass  # the program has used up all threads
            if mask:
                mask(_signal.SIG_SETMASK, old)

    def start_again():
        # 3.12 and 3.13 count threads for the warning after this.
        if sys.version_info[:2] not in ((3, 12), (3, 13)):
            start()

    def end():
        nonlocal running
        if not running:
            return
        running = False
        stop.release()
        stopped.acquire(timeout=1)
        # Python warns of a fork beside other threads: be gone.
        task = f"/proc/self/task/{facts['own'][-1]}"
        limit = time.perf_counter() + 0.1
        while os.path.exists(task) and time.perf_counter() < limit:
            time.sleep(0.001)

    def start_in_child():
        nonlocal main
        main = _thread.get_ident()
        for old in seconds, clocks, facts["own"]:
            old.clear()
        start()

    def finish():
        end()
        write()

    if free:
        # Another thread's frames are not safe to read while it runs.
        write()
        return
    start()
    atexit.register(finish)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=end,
            after_in_parent=start_again,
            after_in_child=start_in_child,
        )


SITECUSTOMIZE = """\
import os
import sys

folder = os.path.dirname(__file__)
sys.path[:] = [entry for entry in sys.path if entry != folder]
watched = os.environ.pop({variable!r}, None)
if watched:
    # The program and what it starts see their own environment.
    rest = os.environ.pop("PYTHONPATH").split(os.pathsep, 1)[1:]
    if rest:
        os.environ["PYTHONPATH"] = rest[0]
ours = sys.modules.pop("sitecustomize")
try:
    import sitecustomize
except ImportError as error:
    if error.name != "sitecustomize":
        raise
sys.modules.setdefault("sitecustomize", ours)

{watch}

if watched:
    watch(watched, {interval})
"""


@dataclass
class Look:
    """What a meter saw. Seconds are those since the start.

    On Linux it has, for each (process, thread) that is or was there,
    the seconds in which that thread had a core or was ready for one.
    """

    cpu: float
    processes: int
    alive: set[tuple[int, int]] = field(default_factory=set)
    wanted: dict[tuple[int, int], float] = field(default_factory=dict)

    def wanted_without(self, own):
        """Seconds that threads wanted; CPU time where unknown."""
        seconds = self.wanted.items()
        other = [spent for key, spent in seconds if key[1] not in own]
        return sum(other) if other else self.cpu


def tasks_of(pid):
    """Where /proc shows the threads of a process; [] if it is gone."""
    folder = Path(f"/proc/{pid}/task")
    try:
        return [folder / name for name in os.listdir(folder)]
    except OSError:
        return []


class LinuxMeter:
    """Reads /proc: the program, and whatever it has started."""

    interval = INTERVAL

    def __init__(self, process):
        self.known = {process.pid}
        self.cpu, self.wanted = {}, {}

    def look(self):
        found = [self._threads(pid) for pid in self._family()]
        processes = sum(map(bool, found))
        alive = {key for threads in found for key in threads}
        # A thread that has ended keeps what was seen of it.
        for threads in found:
            self.wanted |= threads
        cpu = sum(self.cpu.values())
        return Look(cpu, processes, alive, dict(self.wanted))

    def _family(self):
        """Live processes; one whose parent has ended stays known."""
        waiting, family = list(self.known), []
        while waiting:
            pid = waiting.pop()
            family.append(pid)
            for task in tasks_of(pid):
                with contextlib.suppress(OSError):
                    numbers = (task / "children").read_text().split()
                    children = set(map(int, numbers))
                    waiting += children - self.known
                    self.known |= children
        return family

    def _threads(self, pid):
        threads = {}
        for task in tasks_of(pid):
            with contextlib.suppress(OSError, ValueError, IndexError):
                state = (task / "stat").read_text().rpartition(")")[2]
                if state.split()[0] in "ZX":
                    continue
                counters = (task / "schedstat").read_text().split()
                used, ready = (int(n) / 1e9 for n in counters[:2])
                key = pid, int(task.name)
                self.cpu[key] = used
                threads[key] = used + ready
        return threads

    def close(self):
        """CPU seconds of all that has ended and was waited for."""
        return children_cpu()


class PsMeter:
    """Asks `ps`. For macOS and other Unix systems; not tested there."""

    interval = 0.25

    def __init__(self, process):
        self.known = {process.pid}
        self.seconds = {}

    def look(self):
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,time="],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        rows = [line.split() for line in table.splitlines()]
        # Parents first: numbers mostly grow with time.
        for pid, parent, _ in sorted(rows, key=lambda row: int(row[0])):
            if int(parent) in self.known:
                self.known.add(int(pid))
        alive = {
            int(pid): clock_seconds(used)
            for pid, _, used in rows
            if int(pid) in self.known
        }
        self.seconds |= alive
        cpu = sum(self.seconds.values())
        return Look(cpu, len(alive))

    def close(self):
        """CPU seconds of all that has ended and was waited for."""
        return children_cpu()


class JobMeter:
    """Puts the program into a Windows job, which counts. Not tested."""

    interval = INTERVAL

    def __init__(self, process):
        import ctypes
        from ctypes import wintypes

        class Accounting(ctypes.Structure):
            _fields_ = [
                ("user", ctypes.c_longlong),
                ("kernel", ctypes.c_longlong),
                ("period_user", ctypes.c_longlong),
                ("period_kernel", ctypes.c_longlong),
                ("faults", wintypes.DWORD),
                ("processes", wintypes.DWORD),
                ("active", wintypes.DWORD),
                ("terminated", wintypes.DWORD),
            ]

        self.kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        self.kernel.CreateJobObjectW.restype = wintypes.HANDLE
        self.job = wintypes.HANDLE(
            self.kernel.CreateJobObjectW(None, None)
        )
        self.kernel.AssignProcessToJobObject(
            self.job, wintypes.HANDLE(int(process._handle))
        )
        self.accounting = Accounting()
        self.reference = ctypes.byref(self.accounting)
        self.size = ctypes.sizeof(self.accounting)

    def look(self):
        basic = 1  # JobObjectBasicAccountingInformation
        self.kernel.QueryInformationJobObject(
            self.job, basic, self.reference, self.size, None
        )
        cpu = (self.accounting.user + self.accounting.kernel) / 1e7
        return Look(cpu, self.accounting.active)

    def close(self):
        """CPU seconds of everything that was in the job."""
        seconds = self.look().cpu
        self.kernel.CloseHandle(self.job)
        return seconds


def children_cpu():
    """CPU seconds of the processes that this one has waited for."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def clock_seconds(text):
    """Seconds in what `ps` writes: [days-][hours:]minutes:seconds."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + int(days or 0) * 86400


@dataclass
class Verdict:
    """What one run of the program did. Times are in seconds."""

    program: str
    python: str
    cores: int
    exit_status: int
    wall: float = 0.0
    cpu: float = 0.0
    no_core: float = 0.0
    waiting_percent: float = 0.0
    computing_percent: float = 0.0
    cores_used: float = 0.0
    cores_wanted: float = 0.0
    no_core_percent: float = 0.0
    processes: int = 1
    threads: int = 1
    computing_threads: int = 0
    event_loop: bool = False
    tasks: int = 0
    gil: bool = True
    taking_turns_percent: float = 0.0
    waits_at_once: float = 0.0
    waiting_in: list[dict] = field(default_factory=list)
    summary: str = ""
    advice: str = ""
    recipe: str = ""


def run(command, verdict):
    """Run the program to its end and fill in the verdict."""
    with tempfile.TemporaryDirectory(
        prefix="diagnose-", ignore_cleanup_errors=True
    ) as folder:
        Path(folder, "sitecustomize.py").write_text(
            SITECUSTOMIZE.format(
                variable=FOLDER,
                watch=textwrap.dedent(inspect.getsource(watch)),
                interval=INTERVAL,
            ),
            encoding="utf-8",
        )
        samples = Path(folder, "samples")
        samples.mkdir()
        path = [folder, os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            FOLDER: str(samples),
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
        }
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment)
        with signals_for(process):
            looks, cpu = measure(process, started)
        verdict.wall = time.perf_counter() - started
        status = process.returncode
        # A shell reports the signal that ended a program like this.
        verdict.exit_status = 128 - status if status < 0 else status
        inside = list(read_samples(samples))
        own = {number for facts, _ in inside for number in facts["own"]}
        count(verdict, looks, cpu, own)
        locate(verdict, inside)


@contextlib.contextmanager
def signals_for(process):
    """Ctrl-C reaches the program by itself; SIGTERM is handed on."""

    def hand_on(number, frame):
        process.send_signal(number)

    def leave(number, frame):
        pass

    old = {
        signal.SIGINT: signal.signal(signal.SIGINT, leave),
        signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
    }
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def measure(process, started):
    """Look until the program ends: [(time, Look)], CPU seconds."""
    if sys.platform == "linux":
        meter = LinuxMeter(process)
    elif sys.platform == "win32":
        meter = JobMeter(process)
    else:
        meter = PsMeter(process)
    looks = [(0.0, Look(0.0, 1))]
    while process.poll() is None:
        looks.append((time.perf_counter() - started, meter.look()))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(meter.interval)
    return looks, max(meter.close(), looks[-1][1].cpu)


def read_samples(folder):
    """What `watch` wrote in each process: its facts and its counts."""
    for path in folder.iterdir():
        if not path.suffix:
            yield ast.literal_eval(path.read_text("utf-8"))


def windows(looks, own):
    """From the last to the first: what happened between two looks.

    Its length, the CPU time, the seconds for which each thread wanted
    a core, and the later look. Linux counts the wait for a core when
    it ends: what is longer than a window belongs to those before.
    """
    before = collections.Counter()
    pairs = list(itertools.pairwise(looks))
    for (begin, old), (end, new) in reversed(pairs):
        length = max(end - begin, 1e-9)
        wanted = {}
        for key, seconds in new.wanted.items():
            if key[1] not in own:
                late = seconds - old.wanted.get(key, 0) + before[key]
                wanted[key] = min(length, late)
                before[key] = late - wanted[key]
        yield length, new.cpu - old.cpu, wanted, new


def count(verdict, looks, cpu, own):
    """How long it computed, on how many cores, and with which threads.

    A window of time in which half a core was wanted is half computing.
    Time in which it wanted a core and had none is in neither share.
    `own` are the threads that this program put into the other one.
    """
    computing = turns = queued = possible = missed = 0.0
    most_threads = collections.Counter()
    for window, used, wanted, new in windows(looks, own):
        want = sum(wanted.values()) if new.wanted else used
        busy = min(window, max(0.0, want))
        computing += busy
        queued += max(0.0, busy - used)
        # More workers than cores wait for each other, not for others.
        able = min(want, verdict.cores * window)
        possible += able
        missed += max(0.0, able - used)
        active = collections.Counter(
            key[0]
            for key, seconds in wanted.items()
            if seconds > 0.1 * window
        )
        most = max(active.values(), default=0)
        # Threads that need not wait for each other use more cores.
        if most > 1 and used < 1.25 * window:
            turns += busy
        most_threads[most] += busy
        verdict.processes = max(verdict.processes, new.processes)
        alive = [key for key in new.alive if key[1] not in own]
        verdict.threads = max(verdict.threads, len(alive))
    verdict.computing_threads = most_threads.most_common(1)[0][0]
    last = looks[-1][1]
    wanted = last.wanted_without(own)
    # After the last look it can have used this much more.
    computing = min(verdict.wall, computing + cpu - last.cpu)
    verdict.cpu = cpu
    verdict.no_core = queued = min(queued, computing)
    rest = verdict.wall - queued
    verdict.computing_percent = 100 * (computing - queued) / rest
    verdict.waiting_percent = 100 - verdict.computing_percent
    if computing:
        verdict.cores_used = cpu / computing
        verdict.cores_wanted = max(cpu, wanted) / computing
        verdict.taking_turns_percent = 100 * turns / computing
    if possible:
        verdict.no_core_percent = 100 * missed / possible


def locate(verdict, inside):
    """Where it waited, from what was counted inside the program."""
    waits = collections.Counter()
    for facts, seconds in inside:
        verdict.event_loop |= facts["loop"]
        verdict.tasks = max(verdict.tasks, facts["tasks"])
        verdict.gil = facts["gil"]
        for (kind, *where), spent in seconds.items():
            if kind != "busy" and not waits_for_own(where):
                waits[tuple(where)] += spent
    total = sum(waits.values())
    waiting = verdict.wall * verdict.waiting_percent / 100
    verdict.waits_at_once = total / waiting if waiting else 0.0
    for where, spent in waits.most_common(3):
        file, line, function, _, inner = where
        if spent >= 0.05 * total:
            verdict.waiting_in.append(
                {
                    "percent": 100 * spent / total,
                    "file": file,
                    "line": line,
                    "function": function,
                    "code": linecache.getline(file, line).strip(),
                    "inside": inner,
                }
            )


def waits_for_own(where):
    """Whether it waits for other threads or tasks of the program."""
    file, _, _, inner_file, inner = where
    parts = Path(inner_file).parts
    if "asyncio" in parts:
        return parts[-1] in TASKS or inner in TASK_WAITS
    return not file or not POOLS.isdisjoint(parts)


def judge(verdict):
    """Say in words what the numbers mean, and what to try."""
    v = verdict
    if v.wall - v.no_core < SHORT:
        v.summary = f"It ran only {v.wall:.2f} s: too short to tell."
        v.advice = (
            "Mend the error first."
            if v.exit_status
            else "Give it more to do, and diagnose that."
        )
        v.recipe = RECIPES["itself"]
    elif v.computing_percent >= MOST:
        judge_computing(v)
    elif v.waiting_percent >= MOST:
        judge_waiting(v)
    else:
        v.summary = "It waits and computes, about as long each."
        v.advice = (
            "Overlap the waits first: a thread pool, or asyncio tasks. "
            "Then diagnose again; the rest is computing."
        )
        v.recipe = RECIPES["fan-out" if v.event_loop else "threads"]


def judge_computing(v):
    """It computes: with which tool does it get more cores?"""
    if v.gil and v.taking_turns_percent >= 50:
        v.summary = (
            f"It computes. {v.computing_threads} threads take turns on "
            "one core: the GIL lets one of them run Python code."
        )
        v.advice = "Use processes, or a free-threaded build of Python."
        v.recipe = RECIPES["processes"]
    elif v.cores_wanted >= max(1.5, 0.75 * v.cores):
        v.summary = "It computes, and keeps the cores busy already."
        v.advice = (
            "More workers will not help. A better algorithm or a "
            "library in C may; then, another machine."
        )
        v.recipe = RECIPES["cluster"]
    elif v.event_loop:
        v.summary = (
            "It computes inside the event loop. Meanwhile no other "
            "task can run."
        )
        v.advice = "Move the computing to a process pool."
        v.recipe = RECIPES["mixed"]
    else:
        v.summary = (
            f"It computes, on {v.cores_used:.1f} of {v.cores} cores."
        )
        v.advice = (
            "Look for a better algorithm (cProfile finds the place), "
            "then use processes."
        )
        v.recipe = RECIPES["processes"]


def judge_waiting(v):
    """It waits: does it overlap its waits already?"""
    at_once = f"{v.waits_at_once:.1f} waits at a time, on average"
    if not v.gil:
        v.summary = (
            "It waits. On a free-threaded build this tool cannot see "
            "where."
        )
        v.advice = "Diagnose it with a standard build of Python."
        v.recipe = RECIPES["itself"]
    elif not v.waiting_in:
        v.summary = "It waits, where this tool cannot see it."
        v.advice = (
            "Diagnose what its workers do: call it in a loop, without "
            "a pool."
        )
        v.recipe = RECIPES["itself"]
    elif v.waits_at_once >= 1.5:
        v.summary = f"It waits, and overlaps: {at_once}."
        v.advice = (
            "Allow more at a time while the other side allows it, and "
            "measure. Or ask it for less."
        )
        v.recipe = RECIPES["fan-out" if v.event_loop else "threads"]
    elif v.event_loop:
        v.summary = "It waits, in one asyncio task at a time."
        v.advice = "Start the waits as tasks, so that they overlap."
        v.recipe = RECIPES["fan-out"]
    else:
        v.summary = "It waits, for one thing after another."
        v.advice = (
            "Overlap the waits: a thread pool for calls that block, "
            "asyncio if your library has an async version."
        )
        v.recipe = RECIPES["threads"]


def as_text(v):
    """The verdict, for people."""
    waiting, computing = v.waiting_percent, v.computing_percent
    busy = f"  on {v.cores_used:.1f} cores" if computing >= 10 else ""
    numbers = (v.processes, "process"), (v.threads, "thread")
    at_most = [counted(*number) for number in numbers]
    if v.tasks:
        at_most.append(counted(v.tasks, "task"))
    lines = [
        "",
        f"--- diagnose: {v.program} ({v.python}, {v.cores} cores)",
        f"ran {v.wall:.2f} s, used {v.cpu:.2f} s of CPU time",
        f"waiting   {waiting:3.0f} %  " + "." * round(waiting / 4),
        f"computing {computing:3.0f} %  "
        + "#" * round(computing / 4)
        + busy,
        f"at most {', '.join(at_most)}",
    ]
    if v.exit_status:
        lines.append(
            f"The program failed (exit status {v.exit_status}): the "
            "numbers are about the part that ran."
        )
    if computing > 100 - MOST and v.no_core_percent >= 20:
        lines.append(
            f"For {v.no_core_percent:.0f} % of its computing it had no "
            "core: they were busy with other work."
        )
    if v.waiting_in and waiting > 100 - MOST:
        lines.append("most of the waiting:")
        lines += [wait_line(wait) for wait in v.waiting_in]
    lines += [v.summary, f"Try: {v.advice}", f"Recipe: {v.recipe}"]
    return "\n".join(textwrap.fill(line, 79) for line in lines) + "\n"


def wait_line(wait):
    """One place where it waited: share, file and line, the code."""
    name = os.path.basename(wait["file"])
    code = wait["code"].partition("  #")[0]
    code = textwrap.shorten(code, 40, placeholder=" ...")
    return (
        f"  {wait['percent']:3.0f} %  {name}:{wait['line']} in "
        f"{wait['function']}: {code}"
    )


def counted(number, thing):
    """1 thread, 2 threads, 3 processes."""
    ending = "" if number == 1 else "es" if thing.endswith("s") else "s"
    return f"{number} {thing}{ending}"


def split(arguments):
    """Our options, and the program with its own arguments."""
    options = {"json": False, "report": None}
    rest = list(arguments)
    while rest and rest[0] in ("--json", "--report"):
        name = rest.pop(0)[2:]
        if name == "report":
            if not rest:
                raise SystemExit("diagnose: --report needs a FILE.")
            options[name] = rest.pop(0)
        else:
            options[name] = True
    return options, rest


def problem(program):
    """Why the program cannot be started, or None."""
    if program[0] == "-m":
        if len(program) < 2:
            return "-m needs the name of a module."
        top = program[1].partition(".")[0]
        path = [os.getcwd(), *sys.path[1:]]
        if not (
            top in sys.builtin_module_names
            or importlib.machinery.PathFinder.find_spec(top, path)
        ):
            return f"There is no module named {top!r} to run."
    elif program[0].startswith("-"):
        return f"{program[0]!r} is not one of my options."
    elif not os.path.exists(program[0]):
        return (
            f"There is no file {program[0]!r} in {os.getcwd()}. Give "
            "the path of a script, or -m and the name of a module."
        )
    return None


def unwritable(report):
    """Why the report cannot be written, said before all else."""
    if report:
        try:
            Path(report).open("a").close()
        except OSError as error:
            return f"Cannot write {report!r}: {error.strerror}."
    return None


def cores():
    """How many cores this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main(arguments):
    """Diagnose a program; return its exit status, or 2 without one."""
    options, program = split(arguments)
    if not program or program[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if program else 2
    if wrong := problem(program) or unwritable(options["report"]):
        print(f"diagnose: {wrong}", file=sys.stderr)
        return 2
    verdict = Verdict(
        program=" ".join(program[program[0] == "-m" :]),
        python=f"{platform.python_implementation()} "
        f"{platform.python_version()}",
        cores=cores(),
        exit_status=0,
    )
    run([sys.executable, *program], verdict)
    judge(verdict)
    if options["json"]:
        text = json.dumps(asdict(verdict), indent=2) + "\n"
    else:
        text = as_text(verdict)
    # Whatever happens here, the exit status is the program's.
    with contextlib.suppress(OSError):
        if options["report"]:
            Path(options["report"]).write_text(
                text, encoding="utf-8", errors="backslashreplace"
            )
        elif sys.stderr:
            sys.stderr.write(text)
    return verdict.exit_status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
