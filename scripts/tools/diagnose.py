# /// script
# requires-python = ">=3.11"
# ///
"""Find out what a slow Python program waits for.

Run it: python diagnose.py [--json] [--report FILE] PROGRAM.py [...]
        python diagnose.py [--json] [--report FILE] -m MODULE [...]

The program runs as always: its arguments, input, output and exit
status are its own, and options of Python (python -X dev diagnose.py
...) and signals are handed on. When it has ended, the verdict is
written to standard error, or to FILE: how much of the time it waited
and computed, on how many cores, where, for what, and what to try.

It works on Linux. Every 20 ms (less often in a long run, or with many
threads) /proc says of each thread of the program, and of the processes
that it started, whether it has a core, is ready for one, or what it
waits for. A small thread inside says where Python's threads and tasks
are: not in programs that it started as commands, on 3.12 and 3.13 only
until the first fork, not on a free-threaded build, and not in a program
that uses sub-interpreters.
"""

import bisect
import collections
import contextlib
import importlib.machinery
import inspect
import itertools
import json
import linecache
import marshal
import os
import platform
import re
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

# What ends a wait of these kinds is outside of the program's Python.
OUTSIDE = {"sleep", "I/O", "file", "input", "memory", "program"}
# Who waits so, waits until another part of the program lets it go on.
LIMITS = {"lock", "limit", "queue"}

# What a function of a library waits for: file, function, kind. Of the
# calls between the program's own line and the wait, the outermost says.
WAITS = [
    (re.compile(file), re.compile(name), kind)
    for file, name, kind in [
        (r"asyncio/(taskgroups|runners|threads|timeouts)", "", "join"),
        (r"asyncio/tasks|trio/_timeouts|gevent/hub", "^sleep", "sleep"),
        (r"asyncio/tasks", "", "join"),
        (r"(/|base_|trio/_)subprocess\.|popen_", "", "program"),
        (r"asyncio/(streams|s\w+_events|proactor)", "", "I/O"),
        (r"gevent/_?(socket|ssl|select)", "", "I/O"),
        (r"", "ursery|TaskGroup", "join"),
        (r"trio/_threads|anyio/_backends", "thread", "join"),
        (r"concurrent/futures|multiprocessing/[mp]|gevent", "", "join"),
        (r"/threading\.", "join|_wait_for_tstate|_shutdown", "join"),
        (r"/queue|asyncio/queues|trio/_channel", "", "queue"),
        (r"multiprocessing/(queues|connection)", "", "queue"),
        (r"", "^_?(Async|R|Sem|StrictFIFO)?Lock", "lock"),
        (r"", "^_?(Async)?(Bounded)?Sem|^_?CapacityLimiter", "limit"),
        (r"", "^(Async)?(Event|Condition|Barrier)|Lot", "event"),
    ]
]
WRAPPERS = {"lock", "limit", "event", "queue"}
# Some waits are in C: then only the program's own line tells.
IN_C = [
    (re.compile(r"\.(get|put)\("), "queue"),
    (re.compile(r"join(all)?\(|\.(wait|result)\("), "join"),
    (re.compile(r"with |acquire\("), "lock"),
]
# Names of those who let only so many in, or only so often.
LIMITERS = re.compile(
    "pool|limit|acquire|available_conn|throttl|rate_|ratel|bucket|pace",
    re.IGNORECASE,
)
# The other side of a request, played by the program itself.
SERVERS = re.compile(
    r"(?<!fork)server\.py|serve_forever|web_protocol|serve_list"
    "|uvicorn|hypercorn"
)
OWN_SERVERS = re.compile("do_GET|do_POST|(serve|handle)_(cli|conn|req)")
# So too, where another thread accepts connections.
HANDLERS = re.compile("handle|serve|respond|answer", re.IGNORECASE)
OWN_LIMITERS = re.compile(
    "Limiter|Throttl|Bucket|Pace|RateLim|(acquire|throttle|rate_limit)$"
)
# These call what the program has handed over.
RUNNERS = {
    "_WorkItem.run",
    "_process_chunk",
    "_process_worker",
    "mapstar",
    "Thread.run",
    "BaseProcess.run",
}
PACKAGES = re.compile(r"[/\\](site|dist)-packages[/\\]")

RECIPES = {
    "threads": "Run blocking calls in a thread pool",
    "processes": "Parallelize CPU work across processes",
    "fan-out": "Fan out async calls with a limit",
    "mixed": "Mix async with blocking or CPU-heavy code",
    "cluster": "Outgrow one machine",
    "itself": "Find out what a slow program waits for",
}


def watch(folder, interval):
    """Write down, inside the program, where threads and tasks are.

    This function's source is run before the program. So it imports only
    what is built in or there anyway, keeps what a program may replace,
    and its thread is unknown to `threading`.
    """
    import _signal
    import _thread
    import atexit
    import marshal
    import os
    import sys
    import time

    new_lock, new_thread = (
        _thread.allocate_lock,
        _thread.start_new_thread,
    )
    get_ident, getppid = _thread.get_ident, os.getppid
    clock, sleep = time.perf_counter, time.sleep
    cpu_clock, cpu_of_thread = time.process_time, time.thread_time
    free = not getattr(sys, "_is_gil_enabled", lambda: True)()
    main, parent = get_ident(), getppid()
    log, stacks, own = [], {}, []
    stop, stopped = new_lock(), new_lock()
    running, main_native, parent_of_child = False, 0, [0]

    def number(frames):
        """A stack's number; a new stack is written down first."""
        frames = frames[:50] + frames[50:][-10:]
        stack = tuple(
            (code.co_filename, code.co_qualname, frame.f_lineno)
            for frame in frames
            for code in [frame.f_code]
        )
        if stack not in stacks:
            stacks[stack] = len(stacks)
            log.append(stack)
        return stacks[stack]

    def back(frame):
        """The frames of a stack, the innermost first."""
        frames = []
        while frame is not None and len(frames) < 500:
            frames.append(frame)
            frame = frame.f_back
        return frames

    def loop_of(frames, ident):
        """The frames inside this thread's event loop; its tasks."""
        for inside, frame in enumerate(frames):
            code = frame.f_code
            if code.co_name == "_run_once":
                loop = frame.f_locals.get("self")
                return inside, asyncio_tasks(loop)
            trio = "trio" in code.co_filename
            if trio and code.co_name in ("unrolled_run", "run"):
                if "runner" not in frame.f_locals:
                    continue
                tasks = list(frame.f_locals["runner"].tasks)
                return inside, [
                    (number(paused(task.coro)), False)
                    for task in tasks
                    if task.coro.cr_frame
                ]
            if code.co_qualname == "Hub.run":
                return inside, greenlets(frame)[0]
        if "uvloop" in sys.modules:
            kind = sys.modules["uvloop"].Loop
            for frame in reversed(frames):
                found = dict(frame.f_locals)
                if frame.f_code.co_qualname == "Runner.run":
                    found["loop"] = found["self"]._loop
                for loop in found.values():
                    mine = issubclass(type(loop), kind)
                    if mine and loop.is_running():
                        inside = frames.index(frame)
                        return inside, asyncio_tasks(loop)
        if "gevent" in sys.modules and ident in greenlets(None)[1]:
            return len(frames), []
        return None, []

    def asyncio_tasks(loop):
        asyncio = sys.modules["asyncio"]
        return [
            (number(frames), waits_for_own(asyncio, task, frames))
            for task in asyncio.all_tasks(loop)
            if (frames := paused(task.get_coro()))
        ]

    def waits_for_own(asyncio, task, frames):
        """Its wait is counted once: in what it waits for."""
        waiter = getattr(task, "_fut_waiter", None)
        kinds = asyncio.Task, asyncio.tasks._GatheringFuture
        if isinstance(waiter, kinds):
            return True
        calls = getattr(waiter, "_callbacks", None) or []
        names = [getattr(call[0], "__qualname__", "") for call in calls]
        if any(name.startswith("_chain_future") for name in names):
            return True  # in a thread or process of a pool
        arguments = list(frames[-1].f_locals.values())[:3]
        kinds = {type(value).__name__ for value in arguments}
        return {"StreamReader", "StreamWriter"} <= kinds  # it serves

    def greenlets(hub):
        import gc

        kind = sys.modules["greenlet"].greenlet
        every = gc.get_objects()
        found = [one for one in every if issubclass(type(one), kind)]
        frames = [one.gr_frame for one in found]
        return [
            (number(back(frame)), False)
            for frame in frames
            if frame not in (None, hub)
        ], [getattr(one, "thread_ident", None) for one in found]

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

    def look(now):
        if "concurrent.interpreters" in sys.modules:
            return  # frames of another interpreter are not ours
        known = getattr(sys.modules.get("threading"), "_active", {})
        threads = []
        for ident, frame in sys._current_frames().items():
            if ident == get_ident():
                continue
            thread = known.get(ident)
            native = getattr(thread, "_native_id", None)
            daemon = getattr(thread, "_daemonic", False)
            if ident == main:
                native, daemon = main_native, False
            frames = back(frame)
            inside, tasks = loop_of(frames, ident)
            counts = {}
            for task in tasks:
                counts[task] = counts.get(task, 0) + 1
            stack = number(frames)
            threads.append((native, daemon, stack, inside, counts))
        log.append([now, cpu_clock(), threads])

    def write():
        """Say whether it could: the tool may have ended."""
        path = os.path.join(folder, str(os.getpid()))
        lines, log[:] = [marshal.dumps(record) for record in log], []
        try:
            with open(path, "ab") as file:
                file.write(b"".join(lines))
        except OSError:
            return False
        return True

    def begin():
        """A process, or a new program in it, begins its own record."""
        nonlocal main_native
        main_native = _thread.get_native_id()
        log[:], own[:] = [], []
        stacks.clear()
        library = os.path.dirname(os.__file__)
        log.append({"gil": not free, "library": library})

    def run():
        own.append(_thread.get_native_id())
        log.append(own[-1])
        began = wrote = clock()
        pause = interval
        while not stop.acquire(timeout=pause):
            now = clock()
            if getppid() != parent:
                break  # a daemon now, which nobody diagnoses
            spent = cpu_of_thread()
            try:
                look(now)
            except Exception:
                pass  # something changed while we looked
            took = cpu_of_thread() - spent
            if now - wrote > 0.1:
                if not write():
                    break
                wrote = now
            pause = max(interval, 10 * took, (now - began) / 2000)
        stopped.release()

    def start():
        nonlocal running
        if not running:
            stop.acquire(blocking=False)
            stopped.acquire(blocking=False)
            # The program's signals are for its own threads.
            every = _signal.valid_signals()
            old = _signal.pthread_sigmask(_signal.SIG_BLOCK, every)
            try:
                new_thread(run, ())
                running = True
            except RuntimeError:
                pass  # the program has used up all threads
            _signal.pthread_sigmask(_signal.SIG_SETMASK, old)

    def start_again():
        # 3.12 and 3.13 count threads for the warning after this.
        if sys.version_info[:2] not in ((3, 12), (3, 13)):
            start()

    def end():
        nonlocal running
        parent_of_child[:] = [os.getpid()]
        if not running:
            return
        running = False
        stop.release()
        stopped.acquire(timeout=1)
        # Python warns of a fork beside other threads: be gone.
        task = f"/proc/self/task/{own[-1] if own else 0}"
        limit = clock() + 0.1
        while os.path.exists(task) and clock() < limit:
            sleep(0.001)

    def start_in_child():
        nonlocal main, parent
        main, [parent] = get_ident(), parent_of_child
        begin()
        if getppid() == parent:
            start()

    def finish():
        end()
        write()

    class Workers:
        """Have this run in what multiprocessing starts afresh, too."""

        def find_spec(self, name, path=None, target=None):
            if name != "multiprocessing.util":
                return None
            sys.meta_path.remove(self)
            found = (
                finder.find_spec(name, path, target)
                for finder in sys.meta_path
            )
            spec = next(filter(None, found), None)
            if spec and hasattr(spec.loader, "exec_module"):
                original = spec.loader.exec_module
                spec.loader.exec_module = self.prepare(original)
            return spec

        def prepare(self, original):
            file = os.path.join(folder, "watch.py")
            before = (
                f"try:\n with open({file!r}) as f:\n"
                "  exec(f.read(), {})\nexcept OSError: pass\n"
            )

            def exec_module(module):
                original(module)
                spawn = getattr(module, "spawnv_passfds", None)

                def spawnv_passfds(path, args, passfds):
                    args = list(args)
                    if "resource_tracker" not in str(args):
                        at = args.index("-c") + 1
                        args[at] = before + args[at]
                    return spawn(path, args, passfds)

                if spawn:
                    module.spawnv_passfds = spawnv_passfds

            return exec_module

    begin()
    if free:
        # Another thread's frames are not safe to read while it runs.
        write()
        return
    start()
    sys.meta_path.insert(0, Workers())
    atexit.register(finish)
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
# The program and what it starts see their own environment; in a
# sub-interpreter of it, nothing is to be done.
first, _, rest = os.environ.get("PYTHONPATH", "").partition(os.pathsep)
if first == folder:
    del os.environ["PYTHONPATH"]
    if rest:
        os.environ["PYTHONPATH"] = rest
ours = sys.modules.pop("sitecustomize")
try:
    import sitecustomize
except ImportError as error:
    if error.name != "sitecustomize":
        raise
sys.modules.setdefault("sitecustomize", ours)
if first == folder:
    watch = os.path.join(folder, "watch.py")
    with open(watch, encoding="utf-8") as file:
        exec(file.read(), {})
"""


@dataclass
class Look:
    """What a meter saw. Seconds are those since the start.

    For each (process, thread) that is there: the seconds in which it
    had a core or was ready for one, and, while it is blocked, in which
    kind of call. `ran` are those that had a core since the last look.
    """

    cpu: float
    processes: int
    alive: set[tuple[int, int]] = field(default_factory=set)
    wanted: dict[tuple[int, int], float] = field(default_factory=dict)
    doing: dict[tuple[int, int], str] = field(default_factory=dict)
    ran: set[tuple[int, int]] = field(default_factory=set)


# What a blocked thread waits for, by the number of its system call.
CALLS = {
    "sleep": ((35, 230), (101, 115)),
    "selector": ((232, 281, 441), (22, 441)),
    "I/O": (
        (7, 23, 42, 44, 45, 46, 47, 270, 271, 299, 307, 426),
        (72, 73, 203, 206, 207, 211, 212, 243, 269, 426),
    ),
    "server": ((43, 288), (202, 242)),
    "descriptor": ((0, 1, 19, 20), (63, 64, 65, 66)),
    "file": (
        (2, 4, 17, 18, 40, 74, 75, 82, 257, 262, 295, 296),
        (38, 56, 67, 68, 69, 70, 71, 79, 82, 83),
    ),
    "program": ((61, 247), (260, 95)),
    "lock": ((72, 73, 202, 220), (25, 32, 98, 192)),
    "input": ((34, 128, 130), (133, 137)),
    "memory": ((-1,), (-1,)),
}
ARM = platform.machine() in ("aarch64", "arm64")
FUTEX = 98 if ARM else 202
CALLS = {
    number: kind for kind, both in CALLS.items() for number in both[ARM]
}


def tasks_of(pid):
    """Where /proc shows the threads of a process; [] if it is gone."""
    folder = Path(f"/proc/{pid}/task")
    try:
        return [folder / name for name in os.listdir(folder)]
    except OSError:
        return []


def blocked_in(task):
    """What a thread waits for that has no core, "" if unknown."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        call, *arguments = (task / "syscall").read_text().split()
        if call == "running":
            return ""
        kind = CALLS.get(int(call), "")
        if int(call) == FUTEX and int(arguments[3], 16):
            return "turn"  # with a time limit, as at the GIL
        if kind != "descriptor":
            return kind
        number = int(arguments[0], 16)
        if number == 0:
            return "input"
        target = os.readlink(f"/proc/{task.parts[2]}/fd/{number}")
        kinds = {"socket": "I/O", "pipe": "program"}
        return kinds.get(target.partition(":")[0], "file")
    return ""


class Meter:
    """Reads /proc: the program, and whatever it has started."""

    def __init__(self, process):
        self.known, self.met = {process.pid}, {process.pid}
        self.cpu, self.runs, self.old = {}, {}, Look(0.0, 0)

    def look(self):
        new = Look(0.0, 0)
        for pid in self._family():
            before = len(new.alive)
            for task in tasks_of(pid):
                gone = OSError, ValueError, IndexError
                with contextlib.suppress(*gone):
                    self._thread((pid, int(task.name)), task, new)
            new.processes += len(new.alive) > before
        # A thread that has ended keeps what was seen of it.
        new.cpu = sum(self.cpu.values())
        self.old = new
        return new

    def _family(self):
        """Live processes; one whose parent has ended stays known."""
        waiting, family = list(self.known), []
        while waiting:
            pid = waiting.pop()
            tasks = tasks_of(pid)
            if tasks:
                family.append(pid)
            else:
                self.known.discard(pid)
            for task in tasks:
                with contextlib.suppress(OSError):
                    numbers = (task / "children").read_text().split()
                    children = set(map(int, numbers))
                    waiting += children - self.known
                    self.known |= children
                    self.met |= children
        return family

    def _thread(self, key, task, new):
        stat = (task / "stat").read_text()
        state = stat.rpartition(")")[2].split()[0]
        if state in "ZX":
            return
        counters = (task / "schedstat").read_text().split()
        used, ready, runs = map(int, counters)
        self.cpu[key] = used / 1e9
        new.alive.add(key)
        new.wanted[key] = (used + ready) / 1e9
        if runs != self.runs.get(key):
            new.ran.add(key)
        if state != "R":
            # Who has not run since waits for the same.
            kind = key not in new.ran and self.old.doing.get(key)
            new.doing[key] = kind or blocked_in(task)
        self.runs[key] = runs

    def close(self, verdict):
        """CPU seconds of all that has ended and was waited for."""
        import resource

        verdict.started = len(self.met) - 1
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        pages = os.sysconf("SC_PHYS_PAGES")
        memory = pages * os.sysconf("SC_PAGE_SIZE")
        verdict.memory = used.ru_maxrss * 1024 / memory
        return used.ru_utime + used.ru_stime


class Record:
    """What `watch` wrote in one process."""

    def __init__(self, path, home):
        self.gil, self.library, self.home = True, "", home
        self.own, self.stacks, self.known = set(), [], {}
        self.times, self.samples = [], []
        base = 0
        with open(path, "rb") as file:
            # The last record may be cut off: the process was killed.
            with contextlib.suppress(EOFError, ValueError, TypeError):
                while True:
                    base = self.add(marshal.load(file), base)

    def add(self, record, base):
        """One more record; stacks are numbered from each beginning."""
        if isinstance(record, dict):
            self.gil, self.library = record["gil"], record["library"]
            return len(self.stacks)
        if isinstance(record, int):
            self.own.add(record)
        elif isinstance(record, tuple):
            self.stacks.append(record)
        else:
            moment, cpu, threads = record
            found = {}
            for native, daemon, stack, inside, tasks in threads:
                tasks = [(*task, n) for task, n in tasks.items()]
                tasks = [(base + s, own, n) for s, own, n in tasks]
                found[native] = daemon, base + stack, inside, tasks
            self.times.append(moment)
            self.samples.append((cpu, found))
        return base

    def at(self, moment):
        """Its threads then: the first look that was possible after it.

        A call that keeps the GIL lets nobody look until it has ended.
        """
        place = bisect.bisect_left(self.times, moment)
        if place < len(self.times):
            return self.samples[place][1]
        if self.times and moment - self.times[-1] < 0.1:
            return self.samples[-1][1]
        return None

    def is_own(self, file):
        """Whether a file is the program's, and not a library's."""
        if self.home and file.startswith(self.home):
            return True
        return not (
            file.startswith((self.library, "<"))
            or PACKAGES.search(file)
        )

    def wait(self, number):
        """The wait that a stack's names tell; the program's line."""
        if number not in self.known:
            self.known[number] = understand(
                self.stacks[number], self.is_own
            )
        return self.known[number]


@dataclass
class Wait:
    """What a stack says: the kind of a wait, if names tell one."""

    kind: str = ""
    place: tuple = ("", 0, "")
    idle: bool = False  # nothing of the program is in it
    serves: bool = False
    handles: bool = False
    leaf: tuple = ("", "")


def understand(stack, is_own):
    """Read a stack from the wait outwards, to the program's line."""
    wait = Wait(idle=True, leaf=stack[0][:2])
    refined = False
    for file, name, line in stack:
        if is_own(file):
            short = name.rpartition("<locals>.")[2]
            wait.place, wait.idle = (file, line, short), False
            break
        if name in RUNNERS:
            # A library's function, handed to a pool or a thread.
            if wait.kind not in ("join", "queue", "event"):
                wait.place = "", 0, wait.leaf[1]
            break
        path = file.replace("\\", "/")
        found = kind_of(path, name)
        if found:
            if found != "join" or wait.kind in ("", "event", "program"):
                wait.kind = found
        elif PACKAGES.search(file) and not refined:
            # Who calls a lock or an event in a library: for what?
            refined = True
            end = path.rpartition("/")[2]
            limits = LIMITERS.search(f"{end} {name}")
            if wait.kind in WRAPPERS:
                wait.kind = "limit" if limits else "I/O"
            elif not wait.kind and "available_conn" in name:
                wait.kind = "limit"
    for file, name, _ in stack:
        mine = is_own(file)
        if mine and OWN_SERVERS.search(name):
            wait.serves = True
        if mine and HANDLERS.search(name):
            wait.handles = True
        if mine and OWN_LIMITERS.search(name):
            wait.kind = "limit"
        end = "/".join(Path(file).parts[-2:])
        if not mine and SERVERS.search(f"{end} {name}"):
            wait.serves = True
    return wait


def kind_of(path, name):
    """The kind of wait that a function of a library is."""
    for file, function, kind in WAITS:
        if file.search(path) and function.search(name):
            return kind
    return ""


@dataclass
class Scene:
    """What all threads and tasks did in one window of time."""

    outside: list = field(default_factory=list)  # (kind, place)
    limits: list = field(default_factory=list)
    held: list = field(default_factory=list)  # in a loop's callback
    computing: list = field(default_factory=list)  # seconds, who, place
    loop: bool = False
    tasks: int = 0
    gil: bool = False
    runs: bool = False
    active: int = 0  # threads that compute or wait for the GIL


def scene_of(moment, length, wanted, new, records, main):
    """Put what /proc says of threads and what Python says together."""
    scene, by_pid, background = Scene(), collections.Counter(), []
    main_waits, accepts = False, "server" in new.doing.values()
    for (pid, _), want in wanted.items():
        by_pid[pid] += want
    unseen = {}
    for key in sorted(new.alive):
        pid, thread = key
        want, doing = wanted.get(key, 0.0), new.doing.get(key)
        threads = records[pid].at(moment) if pid in records else None
        if threads is None:
            scene.computing.append((want, "program", None))
            # A pool's own threads wait for I/O, too.
            other = {"program"}
            if pid in records and thread != pid:
                other.add("I/O")
            if doing in OUTSIDE - other and want < length / 2:
                unseen[pid if pid != main else key] = doing
            continue
        if thread not in threads:  # it is not Python's
            scene.computing.append((want, "library", None))
            continue
        daemon, stack, inside, tasks = threads[thread]
        wait = records[pid].wait(stack)
        who = "loop" if inside is not None else "thread"
        who = who if pid == main else "worker"
        scene.computing.append((want, who, wait.place))
        scene.loop |= inside is not None
        scene.tasks += sum(n for *_, n in tasks)
        busy = by_pid[pid] >= length / 2
        scene.active += want > length / 10 or doing == "turn"
        if doing == "turn":
            if key in new.ran and busy and not wait.kind:
                scene.gil |= not wait.idle
                continue
            doing = "lock"
        if doing is None:
            scene.runs = True
            continue
        if inside is not None:
            in_selector = doing == "selector" or (
                doing in ("", "I/O") and is_selector(wait.leaf, inside)
            )
            if in_selector:
                add_tasks(scene, tasks, records[pid])
            else:
                kind = wait.kind or doing or "I/O"
                place = wait.place if inside else ("", 0, "")
                scene.held.append((kind, place))
            continue
        if wait.idle and not (wait.place[2] and doing in OUTSIDE):
            continue
        if wait.serves or (accepts and wait.handles):
            continue
        kind = wait.kind or doing or "I/O"
        if not wait.kind and doing == "lock":
            kind = in_c(wait.place) or "lock"
        kind = "I/O" if kind == "selector" else kind
        if kind in LIMITS:
            scene.limits.append((kind, wait.place))
        elif kind in OUTSIDE:
            is_background = daemon and kind == "sleep"
            where = background if is_background else scene.outside
            where.append((kind, wait.place))
            main_waits |= pid == thread == main
    if not main_waits:
        scene.outside += background
    seen = [kind for kind, _ in scene.outside]
    if seen.count("program") == len(seen):
        # What it waits for, in programs that only /proc shows.
        more = list(unseen.values())[len(seen) :]
        scene.outside += [(kind, ("", 0, "")) for kind in more]
    return scene


def in_c(place):
    """The kind of wait that the program's line tells, "" if none."""
    code = linecache.getline(*place[:2])
    return next((kind for way, kind in IN_C if way.search(code)), "")


def is_selector(leaf, inside):
    """Whether an event loop's innermost call asks what is ready."""
    names = "select", "get_events", "_poll", "poll", "run"
    return inside <= 2 and leaf[1].rpartition(".")[2] in names


def add_tasks(scene, tasks, record):
    """What paused tasks wait for, while their loop's thread is free."""
    for stack, waits_for_own, count in tasks:
        wait = record.wait(stack)
        of_trio = wait.idle and "trio/_core" in wait.leaf[0]
        if waits_for_own or wait.serves or (of_trio and not wait.kind):
            continue
        kind = wait.kind
        if not kind:
            kind = in_c(wait.place)
            kind = kind if record.is_own(wait.leaf[0]) else "I/O"
        if kind in OUTSIDE:
            scene.outside += [(kind, wait.place)] * count
        elif kind in LIMITS:
            scene.limits += [(kind, wait.place)] * count


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
    started: int = 0
    memory: float = 0.0
    event_loop: bool = False
    computing_threads: int = 0
    loop_of: str = ""
    tasks: int = 0
    gil: bool = True
    taking_turns_percent: float = 0.0
    located_percent: float = 0.0
    loop_blocked_percent: float = 0.0
    limited_percent: float = 0.0
    alone_percent: float = 0.0
    one_program_percent: float = 0.0
    at_once_behind_limit: float = 0.0
    waits_at_once: float = 0.0
    kinds: dict[str, float] = field(default_factory=dict)
    computing_by: dict[str, float] = field(default_factory=dict)
    waiting_in: list[dict] = field(default_factory=list)
    computing_in: list[dict] = field(default_factory=list)
    summary: str = ""
    advice: str = ""
    recipe: str = ""


def run(command, verdict, home):
    """Run the program to its end and fill in the verdict."""
    with tempfile.TemporaryDirectory(
        prefix="diagnose-", ignore_cleanup_errors=True
    ) as folder:
        code = textwrap.dedent(inspect.getsource(watch))
        code += f"\nwatch({folder!r}, {INTERVAL})\n"
        for name, text in (
            ("sitecustomize.py", SITECUSTOMIZE),
            ("watch.py", code),
        ):
            Path(folder, name).write_text(text, encoding="utf-8")
        environment = dict(os.environ)
        if not (sys.flags.ignore_environment or sys.flags.no_site):
            path = [folder, os.environ.get("PYTHONPATH", "")]
            path = os.pathsep.join(filter(None, path))
            environment["PYTHONPATH"] = path
        with signals() as (hand_on, in_child):
            started = time.perf_counter()
            process = subprocess.Popen(
                command, env=environment, preexec_fn=in_child
            )
            looks, cpu = measure(process, hand_on, started, verdict)
        verdict.wall = time.perf_counter() - started
        status = process.returncode
        # A shell reports the signal that ended a program like this.
        verdict.exit_status = 128 - status if status < 0 else status
        records = {
            int(path.name): Record(path, home)
            for path in Path(folder).iterdir()
            if path.name.isdigit()
        }
        count(verdict, looks, cpu, records, process.pid)


@contextlib.contextmanager
def signals():
    """While it runs, signals for this program are the other one's."""
    left = {"KILL", "STOP", "CHLD", "TSTP", "TTIN", "TTOU", "WINCH"}
    left |= {"SEGV", "BUS", "FPE", "ILL", "TRAP", "PIPE"}
    kept = {getattr(signal, f"SIG{name}") for name in left}
    others = signal.valid_signals() - kept
    every = others | {signal.SIGCHLD}

    def hand_on(process, seconds):
        found = signal.sigtimedwait(every, seconds)
        # The terminal (128) tells both of them.
        if found and found.si_signo in others and found.si_code != 128:
            process.send_signal(found.si_signo)

    old = signal.pthread_sigmask(signal.SIG_BLOCK, every)
    try:
        yield (
            hand_on,
            lambda: signal.pthread_sigmask(signal.SIG_SETMASK, old),
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def measure(process, hand_on, started, verdict):
    """Look until the program ends: [(time, Look)], CPU seconds."""
    meter = Meter(process)
    looks = [(started, Look(0.0, 1))]
    while process.poll() is None:
        now, spent = time.perf_counter(), time.process_time()
        looks.append((now, meter.look()))
        took = time.process_time() - spent
        pause = max(INTERVAL, 4 * took, (now - started) / 2000)
        hand_on(process, pause)
    return looks, meter.close(verdict)


def windows(looks, own):
    """From the last to the first: what happened between two looks.

    Its end, its length, the CPU time, the seconds for which each
    thread wanted a core, and the later look. Linux counts the wait for
    a core when it ends: what is longer than a window belongs to those
    before.
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
        yield end, length, new.cpu - old.cpu, wanted, new


def count(verdict, looks, cpu, records, main=0):
    """How long it computed and on how many cores; what it waited for.

    A window of time in which half a core was wanted is half computing.
    Time in which it wanted a core and had none is in neither share.
    """
    v, waits, by = verdict, collections.Counter(), collections.Counter()
    own = set().union(*(record.own for record in records.values()))
    places, kinds = collections.Counter(), collections.Counter()
    threads = collections.Counter()
    computing = turns = queued = possible = missed = most = 0.0
    idle = located = held = limited = alone = outside = 0.0
    behind = one = 0.0
    for end, window, used, wanted, new in windows(looks, own):
        want = sum(wanted.values()) if new.wanted else used
        most += max(want, used)
        busy = min(window, max(0.0, want))
        computing += busy
        queued += max(0.0, busy - used)
        # More workers than cores wait for each other, not for others.
        able = min(want, v.cores * window)
        possible += able
        missed += max(0.0, able - used)
        v.processes = max(v.processes, new.processes)
        new.alive = {key for key in new.alive if key[1] not in own}
        v.threads = max(v.threads, len(new.alive))
        scene = scene_of(end, window, wanted, new, records, main)
        if scene.gil:
            turns += busy
            threads[max(scene.active, 2)] += busy
        for seconds, who, place in scene.computing:
            share = busy * seconds / want if want else 0.0
            by[who] += share
            if place and any(place):
                places[place] += share
        v.event_loop |= scene.loop
        v.tasks = max(v.tasks, scene.tasks)
        found = scene.held or scene.outside + scene.limits
        at_once = len(scene.outside)
        one += window * ([k for k, _ in scene.outside] == ["program"])
        if scene.runs and not found:
            continue  # what it waited for between is seen in others
        rest = window - busy
        idle += rest
        located += rest * bool(found)
        for kind, place in found:
            waits[kind, place] += rest
            kinds[kind] += rest
        if scene.held:
            held += rest
            continue
        outside += rest * at_once
        alone += rest * (at_once == 1)
        if scene.limits and len(scene.limits) >= at_once:
            limited += rest
            behind += rest * at_once
    # After the last look it can have used this much more.
    v.cpu = max(cpu, looks[-1][1].cpu)
    computing = min(v.wall, computing + v.cpu - looks[-1][1].cpu)
    v.no_core = queued = min(queued, computing)
    rest = max(v.wall - queued, 1e-9)
    v.computing_percent = 100 * (computing - queued) / rest
    v.waiting_percent = 100 - v.computing_percent
    if computing:
        v.cores_used = v.cpu / computing
        v.cores_wanted = max(v.cpu, most) / computing
        v.taking_turns_percent = 100 * turns / computing
    if possible:
        v.no_core_percent = 100 * missed / possible
    v.one_program_percent = 100 * one / rest
    v.computing_threads = max(threads, key=threads.get, default=0)
    stacks = [stack for r in records.values() for stack in r.stacks]
    calls = {name for stack in stacks for _, name, _ in stack}
    if calls & {"unrolled_run", "Hub.run"}:
        v.loop_of = "trio" if "unrolled_run" in calls else "gevent"
    v.gil = all(record.gil for record in records.values())
    if idle:
        v.located_percent = 100 * located / idle
        v.loop_blocked_percent = 100 * held / idle
        v.limited_percent = 100 * limited / idle
        v.alone_percent = 100 * alone / idle
        v.waits_at_once = outside / idle
    if limited:
        v.at_once_behind_limit = behind / limited
    v.computing_by = percentages(by)
    v.kinds = percentages(kinds)
    v.waiting_in = rows(waits)
    v.computing_in = rows({("", at): n for at, n in places.items()})


def percentages(counter):
    """The share of each, the greatest first."""
    total = sum(counter.values()) or 1.0
    common = collections.Counter(counter).most_common()
    return {key: 100 * n / total for key, n in common}


def rows(counter):
    """The three places with the greatest shares, for the verdict."""
    shares = list(percentages(counter).items())[:3]
    return [
        {
            "percent": percent,
            "kind": kind,
            "file": file,
            "line": line,
            "function": function,
            "code": linecache.getline(file, line).strip(),
        }
        for (kind, (file, line, function)), percent in shares
        if percent >= 5
    ]


# Below each name and recipe ("-": that for tasks or that for threads)
# stands what the verdict says, and what it advises.
WORDS = """
failed | itself
It ran only {wall:.2f} s: too short to tell.
Try: Mend the error first.

short | itself
It ran only {wall:.2f} s: too short to tell.
Try: Give it more to do, and diagnose that.

programs | -
It runs other programs, one after another.
Try: Overlap the calls: a thread pool around them, as many at a time as
there are cores, or asyncio's subprocesses.

gil | processes
It computes. {computing_threads} threads take turns on one core: the GIL
lets one of them run Python code.
Try: Use processes, or a free-threaded build of Python.

cores | cluster
It computes, and keeps the cores busy already.
Try: More workers will not help. A better algorithm or a library in C
may; then, another machine.

computing loop | mixed
It computes inside the event loop. Meanwhile no other task can run.
Try: Move the computing to a process pool.

elsewhere | processes
It computes in another {where}, on {cores_used:.1f} of {cores} cores.
Try: Hand out several pieces of work before you wait for the first, so
that they overlap on the cores.

computes | processes
It computes, on {cores_used:.1f} of {cores} cores.
Try: Look for a better algorithm (cProfile finds the place), then use
processes.

free | itself
It waits. On a free-threaded build this tool cannot see where.
Try: Diagnose it with a standard build of Python.

unseen | itself
It waits, {unseen:.0f} % of it where this tool cannot see for what.
Try: Diagnose a part of it: one call, in a loop, without a pool.

blocked loop | mixed
It waits inside the event loop: a call that blocks holds the loop, and
meanwhile no other task can run.
Try: Await an async version of that call, or move it to a thread
(asyncio.to_thread).

queue | -
It waits at a queue: its parts wait for what few hand over,
{at_once_behind_limit:.1f} at a time.
Try: Look at who does not wait at the queue, and give that part more
workers, or its pool more places.

lock | -
It waits for its own lock: what holds it goes on alone, one after
another.
Try: Hold the lock for less, above all not while waiting, or use
several. More workers will not help.

limit | -
It waits for its own limit (a semaphore, a pool, a rate): it lets few go
on, {at_once_behind_limit:.1f} at a time.
Try: Raise that limit while the other side allows it. More workers will
not help.

memory | itself
It waits for memory that the system has to fetch.
Try: Keep less in memory at a time: stream, or work in chunks.

program | itself
It waits for a program that it started.
Try: Make that program faster: if it is a Python program, diagnose it.

overlaps | -
It waits, and overlaps: {waits_at_once:.1f} waits at a time, on average.
Try: Allow more at a time while the other side allows it, and measure.
Or ask it for less.

partly | -
It waits, {alone_percent:.0f} % of it for one thing at a time; the rest
overlaps.
Try: Overlap the part that waits for one thing at a time.

one task | -
It waits, in one {loop} task at a time.
Try: Start the waits as tasks, so that they overlap.

one | -
It waits, for one thing after another.
Try: Overlap the waits: a thread pool for calls that block, asyncio if
your library has an async version.

"""


def judge(verdict):
    """Say in words what the numbers mean, and what to try."""
    v = verdict
    by_loop = v.computing_by.get("loop", 0.0) * v.computing_percent
    held = v.loop_blocked_percent * v.waiting_percent + by_loop
    mixed = max(v.computing_percent, v.waiting_percent) < MOST
    waits_alone = max(v.alone_percent, v.limited_percent) >= 50
    if v.wall - v.no_core < SHORT:
        key, mixed = "failed" if v.exit_status else "short", False
    elif v.one_program_percent >= 50 and v.started > 1:
        key = "programs"
    elif v.waiting_percent >= MOST or (
        mixed
        and (
            (held >= 5000 and v.loop_blocked_percent >= 30)
            or (waits_alone and v.located_percent >= MOST)
        )
    ):
        key = about_waiting(v)
    else:
        key = about_computing(v)
    thread = v.computing_by.get("thread", 0) >= 50
    names = vars(v) | {
        "where": "thread" if thread else "process",
        "unseen": 100 - v.located_percent,
        "loop": v.loop_of or "asyncio",
    }
    found = re.search(
        rf"^{key} \| (\S+)\n(.*?)Try: (.*?)\n\n", WORDS, re.M | re.S
    )
    parts = (part.replace("\n", " ") for part in found.groups())
    recipe, said, advice = parts
    v.summary, v.advice = said.strip().format_map(names), advice
    if mixed:
        both = "It waits and computes, about as long each."
        v.summary = f"{both} {v.summary}"
    fits = "fan-out" if v.event_loop else "threads"
    v.recipe = RECIPES[fits if recipe == "-" else recipe]


def about_computing(v):
    """It computes: with which tool does it get more cores?"""
    by = v.computing_by
    elsewhere = by.get("program", 0) + by.get("worker", 0)
    elsewhere += by.get("thread", 0) if v.event_loop else 0
    if v.gil and v.taking_turns_percent >= 10:
        return "gil"
    if v.cores_wanted >= max(1.5, 0.75 * v.cores):
        return "cores"
    if by.get("loop", 0) >= 50:
        return "computing loop"
    return "elsewhere" if elsewhere >= 50 else "computes"


def about_waiting(v):
    """It waits: for what, and does it overlap its waits already?"""
    if not v.gil:
        return "free"
    if v.located_percent < MOST:
        return "unseen"
    if v.loop_blocked_percent >= 50:
        return "blocked loop"
    if v.limited_percent >= 50:
        kind = max(LIMITS, key=lambda kind: v.kinds.get(kind, 0.0))
        many = v.at_once_behind_limit >= 1.5
        return "limit" if kind == "lock" and many else kind
    if v.kinds.get("memory", 0) >= 50:
        return "memory"
    if v.kinds.get("program", 0) >= 50 and v.alone_percent >= MOST:
        return "programs" if v.started > 1 else "program"
    if v.alone_percent < 80 and v.waits_at_once > 1.2:
        return "overlaps" if v.alone_percent < 40 else "partly"
    return "one task" if v.event_loop else "one"


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
    if v.memory > 0.5:
        lines.append(
            f"One of its processes used {100 * v.memory:.0f} % of the "
            "memory."
        )
    if v.waiting_in and waiting > 100 - MOST:
        lines.append("most of the waiting:")
        lines += [place_line(place) for place in v.waiting_in]
        if v.located_percent < 90:
            unseen = 100 - v.located_percent
            lines.append(f"  {unseen:.0f} % of it could not be seen.")
    if v.computing_in and computing > 100 - MOST:
        lines.append("most of the computing:")
        lines += [place_line(place) for place in v.computing_in]
    lines += [v.summary, f"Try: {v.advice}", f"Recipe: {v.recipe}"]
    return "\n".join(textwrap.fill(line, 79) for line in lines) + "\n"


def place_line(place):
    """One place: its share, what for, file and line, the code."""
    percent = f"  {place['percent']:3.0f} %  "
    kind = f"{place['kind']:8}" if place["kind"] else ""
    if not place["line"]:
        inside = place["function"]
        where = f"in {inside} of a library" if inside else "not seen"
        return percent + kind + where
    name = os.path.basename(place["file"])
    code = place["code"].partition("  #")[0]
    code = textwrap.shorten(code, 36, placeholder=" ...")
    where = f"{name}:{place['line']} in {place['function']}: {code}"
    return percent + kind + where


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
    if sys.platform != "linux":
        return "This works on Linux only. Elsewhere, ask py-spy."
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
        cores=len(os.sched_getaffinity(0)),
        exit_status=0,
    )
    # Options of Python itself stand before this file's name.
    flags = sys.orig_argv[1 : -len(sys.argv)]
    home = None
    if program[0] == "-m":
        # The module that is run is the program, wherever it is.
        spec = importlib.machinery.PathFinder.find_spec(
            program[1].partition(".")[0], [os.getcwd(), *sys.path[1:]]
        )
        home = spec and spec.origin and os.path.dirname(spec.origin)
    run([sys.executable, *flags, *program], verdict, home)
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
