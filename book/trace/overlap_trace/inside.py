"""Record, inside any program, what its threads, tasks and child processes wait for.

`program.py` has this file run before the program, in it and in each Python that it starts. So it imports only
what is built in or small, and keeps what a program may replace (`time.sleep`, `os._exit`).

A process writes what it does into a mapped file: what stands there outlives the process, however it ends.
Calls that wait (`PATCHES`) are wrapped when their module is imported. A call that need not wait is handed on
at once. What waits elsewhere, in C above all, is known only as time without CPU.
"""

from __future__ import annotations

import _thread
import atexit
import importlib
import importlib.machinery
import marshal
import mmap
import os
import sys
import time
import types
from collections import deque
from collections.abc import Callable
from typing import Any

# Kept: a program may replace them.
_now, _cpu, _me, _pid, _exit = time.perf_counter, time.thread_time, _thread.get_ident, os.getpid, os._exit
_frame = sys._getframe

CHUNK = 1 << 18
MAX_WAITS = 100_000
MAX_PLACES = 6

_folder = _package = ""
_spool: _Spool
_waiting: set[int] = set()  # threads that are in a wrapped call: what it calls is part of it
_looping: dict[int, Any] = {}  # threads that run an event loop
_lanes: set[int] = set()  # threads that are known
_loops: dict[int, Any] = {}  # id of a loop -> its trace
_made = 0  # traces so far
_owners: dict[str, str] = {}  # file -> whose it is
_installed = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_waits = 0
_over = False


class _Spool:
    """The file of one process. Records are marshalled tuples, one after another."""

    def __init__(self) -> None:
        self.queue: deque[bytes] = deque()
        self.lock = _thread.allocate_lock()
        self.name = f"{_folder}/{_pid()}-{time.time_ns()}"
        self.maps: list[mmap.mmap] = []
        self.at = self.size = 0

    def put(self, *record: Any) -> None:
        """Write a record. Waits for nobody: also right in a signal handler, and between two threads."""
        self.queue.append(marshal.dumps(record))
        if not self.lock.acquire(False):
            return  # who has the lock writes this, too
        try:
            while self.queue and not _over:
                self._write(self.queue.popleft())
        except (OSError, ValueError):  # no space, or the folder is gone: the program goes on
            _stop()
        finally:
            self.lock.release()

    def _write(self, data: bytes) -> None:
        if self.at + len(data) > self.size:
            self.size = max(CHUNK, len(data))
            file = os.open(f"{self.name}.{len(self.maps):05}", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            # Written, not only sized: on a full disk it fails here, and not in the mapping by a signal.
            os.write(file, bytes(self.size))
            # Never unmapped: a daemon may have closed the descriptor that a mapping keeps.
            self.maps.append(mmap.mmap(file, self.size))
            os.close(file)
            self.at = 0
        self.maps[-1][self.at : self.at + len(data)] = data
        self.at += len(data)


def _said(error: object) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")[:200]


def _stop() -> None:
    global _over
    _over = True


def _whose(file: str) -> str:
    """Return whose a file is: "own" (the program's), "package", or "" for Python's and ours."""
    if _installed[0] in file or _installed[1] in file:
        return "package"
    return "" if file.startswith(("<frozen", _library, _package)) else "own"


def _trail(frame: Any) -> tuple[tuple[str, int], ...]:
    """Return the places of the program's own code that led here, the innermost last.

    Of a program that is an installed package, one of its places.
    """
    places: list[tuple[str, int]] = []
    of_package: tuple[tuple[str, int], ...] = ()
    while frame is not None and len(places) < MAX_PLACES:
        file = frame.f_code.co_filename
        whose = _owners.get(file)
        if whose is None:
            whose = _owners[file] = _whose(file)
        if whose == "own":
            places.append((file, frame.f_lineno or 0))
        elif whose and not of_package:
            of_package = ((file, frame.f_lineno or 0),)
        frame = frame.f_back
    return tuple(places[::-1]) or of_package


def _lane(me: int) -> None:
    if me not in _lanes:
        _lanes.add(me)
        threads = sys.modules.get("threading")
        thread = threads and threads._active.get(me)
        _spool.put("T", me, thread.name if thread else "", _now(), _cpu())


def wrap(owner: Any, method: str, kind: str, ready: Callable[..., Any] | None = None, name: str = "") -> None:
    """Have a call recorded as a wait, unless `ready` of its arguments says that it need not wait."""
    original = getattr(owner, method, None)
    if original is None:
        return
    name = name or f"{owner.__name__.rpartition('.')[2]}.{method}"

    def waits(*args: Any, **kwargs: Any) -> Any:
        global _waits
        me = _me()
        if _over or me in _waiting or _waits > MAX_WAITS:
            return original(*args, **kwargs)
        try:
            if ready is not None and ready(*args, **kwargs):
                return original(*args, **kwargs)
        except Exception:  # wrong arguments: the call itself says so
            return original(*args, **kwargs)
        try:
            _waiting.add(me)
            _waits += 1
            _lane(me)
            note = name
            if kind == "sleep" and args:
                note = f"{name}({args[0]:g})"
            _spool.put("B", me, _now(), _cpu(), note, kind, _trail(_frame(1)))
            return original(*args, **kwargs)
        finally:
            _waiting.discard(me)
            _spool.put("W", me, _now(), _cpu())

    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(waits, attribute, getattr(original, attribute, None))
    waits.__wrapped__ = original  # type: ignore[attr-defined]
    if isinstance(owner, type):
        for alias, value in list(vars(owner).items()):
            if value is original and alias != method:  # Semaphore.__enter__ is acquire
                setattr(owner, alias, waits)
    setattr(owner, method, waits)


# -- what is wrapped in each module ------------------------------------------------------


def _threading(m: Any) -> None:
    class Lock:
        """`threading.Lock`, which tells when it had to wait."""

        __slots__ = ("__weakref__", "_lock")

        def __init__(self) -> None:
            self._lock = _thread.allocate_lock()

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            lock = self._lock
            if (blocking and timeout == -1) and lock.acquire(False):
                return True
            return bool(_acquire(lock, blocking, timeout))

        __enter__ = acquire

        def __exit__(self, *error: Any) -> None:
            self._lock.release()

        def release(self) -> None:
            self._lock.release()

        def locked(self) -> bool:
            return self._lock.locked()

        def _at_fork_reinit(self) -> None:
            self._lock = _thread.allocate_lock()

        def __repr__(self) -> str:
            return repr(self._lock)

        def __reduce__(self) -> Any:
            raise TypeError("cannot pickle '_thread.lock' object")

    class _Acquire:
        __name__ = "Lock"

        @staticmethod
        def acquire(lock: Any, blocking: bool, timeout: float) -> bool:
            return bool(lock.acquire(blocking, timeout))

    holder: Any = _Acquire()
    wrap(holder, "acquire", "lock", lambda lock, blocking, timeout: not blocking)
    _acquire = holder.acquire

    # Within `threading` itself, what events and conditions are made of stays what it is.
    m.Lock = Lock
    base: Any = getattr(_thread, "RLock", None)
    if base is not None:

        class RLock(base):  # type: ignore[misc]
            """`threading.RLock`, which tells when it had to wait."""

            def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
                if blocking and timeout == -1 and base.acquire(self, False):
                    return True
                return bool(take(self, blocking, timeout))

            __enter__ = acquire

        class _Take:
            __name__ = "RLock"
            acquire = staticmethod(base.acquire)

        taker: Any = _Take()
        wrap(taker, "acquire", "lock", lambda lock, blocking=True, timeout=-1: not blocking)
        take = taker.acquire
        m.RLock = RLock
    wrap(m.Condition, "wait", "event")
    wrap(m.Event, "wait", "event", lambda event, *_, **__: event._flag)
    wrap(
        m.Semaphore,
        "acquire",
        "semaphore",
        lambda s, blocking=True, timeout=None: s._value > 0 or not blocking or timeout == 0,
    )
    if "__enter__" in vars(m.BoundedSemaphore):
        m.BoundedSemaphore.__enter__ = m.Semaphore.acquire
    wrap(m.Barrier, "wait", "event")
    wrap(m.Thread, "join", "task", lambda thread, *_, **__: not thread.is_alive())
    bootstrap = m.Thread._bootstrap_inner

    def _bootstrap_inner(self: Any) -> None:
        me, failed, tell = _me(), [], self._invoke_excepthook
        _lanes.add(me)
        _spool.put("T", me, self.name, _now(), _cpu())

        def invoke_excepthook(thread: Any) -> None:
            error = sys.exc_info()[1]
            failed.append(_said(error))
            tell(thread)

        self._invoke_excepthook = invoke_excepthook
        try:
            bootstrap(self)
        finally:
            _lanes.discard(me)
            _looping.pop(me, None)
            _spool.put("E", me, _now(), _cpu(), failed[0] if failed else "")

    m.Thread._bootstrap_inner = _bootstrap_inner


def _queue(m: Any) -> None:
    wrap(m.Queue, "get", "queue", lambda q, block=True, *_, **__: q._qsize() or not block)
    wrap(
        m.Queue,
        "put",
        "queue",
        lambda q, _, block=True, *__, **___: not 0 < q.maxsize <= q._qsize() or not block,
    )
    wrap(m.Queue, "join", "queue", lambda q: not q.unfinished_tasks)

    class SimpleQueue(m.SimpleQueue):  # type: ignore[misc]
        """`queue.SimpleQueue`, which tells when it had to wait."""

        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            return m._SimpleQueue.get(self, block, timeout)

    m._SimpleQueue = type("SimpleQueue", (), {"get": staticmethod(m.SimpleQueue.get)})
    wrap(m._SimpleQueue, "get", "queue", lambda q, block=True, timeout=None: not block or q.qsize())
    m._SimpleQueue.get = staticmethod(m._SimpleQueue.get)
    m.SimpleQueue = SimpleQueue


def _socket(m: Any) -> None:
    for name in (
        "recv",
        "recv_into",
        "recvfrom",
        "recvmsg",
        "send",
        "sendall",
        "sendto",
        "accept",
        "connect",
    ):
        wrap(m.socket, name, "other", lambda sock, *_, **__: sock.gettimeout() == 0)
    wrap(m, "getaddrinfo", "other")


def _ssl(m: Any) -> None:
    for name in ("read", "write", "do_handshake"):
        wrap(m.SSLSocket, name, "other", lambda sock, *_, **__: sock.gettimeout() == 0)


def _selectors(m: Any) -> None:
    for selector in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector"):
        if hasattr(m, selector):  # the wait of a loop is that of its tasks
            wrap(getattr(m, selector), "select", "other", lambda *_: _me() in _looping)


def _subprocess(m: Any) -> None:
    wrap(m.Popen, "wait", "other", lambda process, *_, **__: process.returncode is not None)
    wrap(m.Popen, "communicate", "other")


def _futures(m: Any) -> None:
    wrap(m.Future, "result", "task", lambda future, *_: future.done())
    wrap(m.Future, "exception", "task", lambda future, *_: future.done())
    wrap(m, "wait", "task", name="futures.wait")


def _process(m: Any) -> None:
    wrap(m.BaseProcess, "join", "task", name="Process.join")
    bootstrap = m.BaseProcess._bootstrap

    def _bootstrap(self: Any, *args: Any, **kwargs: Any) -> Any:
        _spool.put("N", self.name)
        return bootstrap(self, *args, **kwargs)

    m.BaseProcess._bootstrap = _bootstrap


def _connection(m: Any) -> None:
    for name in ("recv", "recv_bytes", "poll"):
        wrap(m._ConnectionBase, name, "other", name=f"Connection.{name}")
    wrap(m, "wait", "other", name="connection.wait")


def _mp_queues(m: Any) -> None:
    for owner in (m.Queue, m.SimpleQueue):
        wrap(owner, "get", "queue")
        wrap(owner, "put", "queue")


def _synchronize(m: Any) -> None:
    make = m.SemLock._make_methods

    def _make_methods(self: Any) -> None:
        make(self)
        kind = "lock" if "Lock" in type(self).__name__ else "semaphore"
        inner = self._semlock.acquire

        def ready(block: bool = True, timeout: float | None = None) -> bool:
            return not block or not self._semlock._is_zero()

        wrap(self, "acquire", kind, ready, f"{type(self).__name__}.acquire")
        if self.acquire.__wrapped__ is not inner:  # it was replaced by a subclass
            self.acquire = inner

    m.SemLock._make_methods = _make_methods
    wrap(m.Event, "wait", "event")


def _asyncio(m: Any) -> None:
    original = m.events._set_running_loop

    def _set_running_loop(loop: Any) -> None:
        original(loop)
        try:
            _loop_runs(loop)
        except Exception as problem:  # never let the picture break the program
            _spool.put("!", f"The tasks of an event loop are missing: {problem!r}.")

    m.events._set_running_loop = m._set_running_loop = _set_running_loop
    prepare = m.Runner._lazy_init

    def _lazy_init(self: Any) -> None:  # before its first task is made
        prepare(self)
        try:
            _watch(self._loop)
        except Exception as problem:
            _spool.put("!", f"The tasks of an event loop are missing: {problem!r}.")

    m.Runner._lazy_init = _lazy_init


def _loop_runs(loop: Any) -> None:
    me = _me()
    if _over:
        return
    _lane(me)
    if loop is None:
        if _looping.pop(me, None) is not None:
            _spool.put("l", me, _now(), _cpu())
        return
    if me not in _looping:
        _spool.put("L", me, _now(), _cpu())
    _looping[me] = loop
    _watch(loop).thread = me


def _watch(loop: Any) -> Any:
    """Return the trace of a loop: a new one, if need be."""
    global _made
    trace = _loops.get(id(loop))
    if trace is not None and trace.loop is loop:
        return trace
    for number, other in list(_loops.items()):
        if other.loop.is_closed():
            other.end()
            del _loops[number]
    name = "_overlap_inside"
    if name not in sys.modules:  # beside the program's own overlap_trace, and without what is not needed
        package = types.ModuleType(name)
        package.__path__ = [_package]
        sys.modules[name] = package
        pictures: Any = types.ModuleType(f"{name}.timeline")  # nothing is drawn in here
        pictures.Timeline = None
        sys.modules[pictures.__name__] = pictures
    spooled = importlib.import_module(f"{name}.spooled")
    _made += 1
    trace = _loops[id(loop)] = spooled.SpooledTrace(loop, _me(), _spool.put, _made)
    return trace


def _others(m: Any) -> None:
    _spool.put("!", f"The tasks of {m.__name__} are not drawn, only the threads that run them.")


PATCHES: dict[str, Callable[[Any], None]] = {
    "threading": _threading,
    "queue": _queue,
    "socket": _socket,
    "ssl": _ssl,
    "selectors": _selectors,
    "subprocess": _subprocess,
    "concurrent.futures._base": _futures,
    "multiprocessing.process": _process,
    "multiprocessing.connection": _connection,
    "multiprocessing.queues": _mp_queues,
    "multiprocessing.synchronize": _synchronize,
    "asyncio": _asyncio,
    "trio": _others,
    "gevent": _others,
}


class _Finder:
    """Has a module patched as soon as it has been imported."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        """Return the module's own spec, whose loader also patches."""
        patch = PATCHES.pop(name, None)
        if patch is None:
            return None
        spec = None
        for finder in sys.meta_path:
            if finder is not _Finder and (spec := finder.find_spec(name, path, target)):
                break
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                _apply(patch, module)

            try:  # noqa: SIM105, contextlib is not there yet
                loader.exec_module = exec_module
            except (AttributeError, TypeError):  # a loader of the program's own
                pass
        return spec


def _apply(patch: Callable[[Any], None], module: Any) -> None:
    try:
        patch(module)
    except Exception as problem:  # a module of that name that is not the known one
        _spool.put("!", f"What waits in {module.__name__} is not seen: {problem!r}.")


# -- begin and end of a process ----------------------------------------------------------


def _begin(how: str) -> None:
    """Begin the file of this process."""
    global _spool, _waits
    _spool = _Spool()
    _waits = 0
    for known in (_waiting, _looping, _lanes, _loops):
        known.clear()
    me = _me()
    _spool.put("P", _pid(), os.getppid(), how, " ".join(sys.orig_argv[1:])[:200], _now())
    _lanes.add(me)
    _spool.put("T", me, "MainThread", _now(), _cpu())


def _end(how: str) -> None:
    """Close what is open: the process ends in a moment."""
    for trace in list(_loops.values()):
        trace.end()
    error = getattr(sys, "last_value", None)  # of an exception that ended the program
    _spool.put("X", _me(), _now(), _cpu(), how, "" if error is None else _said(error))


def start(folder: str, package: str) -> None:
    """Record this process, and those that it forks."""
    global _folder, _package, _library
    if any(argument.startswith("from multiprocessing.resource_tracker import") for argument in sys.orig_argv):
        return
    _folder, _package = folder, package
    _library = os.path.dirname(os.__file__) + os.sep
    _begin("start")
    wrap(time, "sleep", "sleep", lambda seconds: seconds <= 0, "time.sleep")
    if hasattr(os, "register_at_fork"):
        # A fork during a fork of ours is none: each child begins a file of its own.
        os.register_at_fork(after_in_child=lambda: None if _over else _begin("fork"))

    def _leave(status: int) -> Any:
        _end("os._exit")
        _exit(status)

    _leave.__name__ = "_exit"
    os._exit = _leave
    atexit.register(_end, "exit")
    for name in [name for name in PATCHES if name in sys.modules]:
        _apply(PATCHES.pop(name), sys.modules[name])
    sys.meta_path.insert(0, _Finder)


_library = ""
