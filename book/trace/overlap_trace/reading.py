"""What a program did, read from the files that its processes wrote: lanes of processes, threads and tasks."""

from __future__ import annotations

import io
import marshal
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .spans import Span, TimelineData, as_tree, distinct, format_seconds
from .spooled import NOTES
from .timeline import Timeline
from .waits import kind_of_wait

# Time without CPU is not worth a word below this.
SHORT = 0.001
# A call that returned sooner did not wait.
NO_WAIT = 0.00005
KILLED = "; its process ended without a word, when is not known"


@dataclass
class Lane:
    """One thread or task. `depth` is 0 for threads and more for tasks, below the task that made them."""

    name: str
    model: str
    depth: int = 0
    spans: list[Span] = field(default_factory=list)
    held: set[Span] = field(default_factory=set)


@dataclass
class Run:
    """All that was recorded of one run of a program."""

    title: str
    lanes: list[Lane]
    remarks: list[str]
    sources: dict[str, str]  # the name of a file in `places` -> where it is
    processes: int

    def timeline(self) -> Timeline:
        """Return all lanes as one timeline."""
        return Timeline(
            [span for lane in self.lanes for span in lane.spans],
            title=self.title,
            model="threads",
            lanes=[lane.name for lane in self.lanes],
            summary=self.summary(),
            remark=" ".join(self.remarks),
        )

    def summary(self) -> str:
        """Say in a few words what there is, and what stands out."""
        end = max((span.end for lane in self.lanes for span in lane.spans), default=0.0)
        threads = sum(lane.model != "asyncio" for lane in self.lanes)
        counts = [(self.processes, "process", "processes"), (threads, "thread", "threads")]
        counts.append((len(self.lanes) - threads, "task", "tasks"))
        words = [f"{n:,} {one if n == 1 else many}" for n, one, many in counts if n]
        text = f"{', '.join(words)}, {format_seconds(end)}."
        held = [(span.duration, span.lane) for lane in self.lanes for span in lane.held]
        if held:
            longest, name = max(held)
            steps = "1 step" if len(held) == 1 else f"{len(held):,} steps"
            text += f" {steps} held an event loop, the longest for {format_seconds(longest)} ({name})."
        for kind in ("lock", "semaphore", "queue"):
            waits = [(s.duration, s.lane) for lane in self.lanes for s in lane.spans if s.kind == kind]
            if waits:
                total, most = sum(seconds for seconds, _ in waits), max(waits)
                text += f" Waits for a {kind} add up to {format_seconds(total)}; the longest is in {most[1]}."
        return text


def read(folder: Path, title: str, main_file: str, ended: float) -> Run:
    """Read what the processes of one run wrote into a folder. `main_file` is the program's own."""
    chunks: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*-*.*")):
        chunks.setdefault(path.stem, []).append(path)
    processes = [_Process(list(_records(paths))) for paths in chunks.values()]
    processes = sorted((p for p in processes if p.begin), key=lambda process: process.begin)
    shown = [p for p in processes if not ("multiprocessing.forkserver" in p.command and p.how == "start")]
    zero = min((process.begin for process in processes), default=0.0)
    names = _Names(main_file)
    lanes: list[Lane] = []
    remarks: dict[str, None] = {}
    for number, process in enumerate(shown):
        label = ""
        if len(shown) > 1:
            label = (process.name or f"process {process.pid}") * bool(number)
        lanes += process.lanes(label, zero, ended, names, number == 0)
        remarks.update(dict.fromkeys(process.remarks))
    return Run(title, _distinct(lanes), list(remarks), names.paths, len(shown))


def _records(paths: Sequence[Path]) -> Iterator[tuple[Any, ...]]:
    for path in paths:
        data = io.BytesIO(path.read_bytes())
        while True:
            try:
                yield marshal.load(data)
            except (EOFError, ValueError, TypeError):
                break  # the rest is zeros, or was being written


class _Names:
    """Short names for the files of a program."""

    def __init__(self, main_file: str) -> None:
        self.main = os.path.realpath(main_file) if main_file else ""
        self.paths: dict[str, str] = {"": main_file} if main_file else {}
        self.known: dict[str, str] = {}

    def __call__(self, file: str) -> str:
        name = self.known.get(file)
        if name is None:
            path = os.path.realpath(file)
            name = "" if path == self.main else os.path.basename(file)
            parts = Path(file).parts
            count = 1
            while self.paths.setdefault(name, file) != file and name and count < len(parts):
                count += 1
                name = os.path.join(*parts[-count:])
            self.known[file] = name
        return name

    def places(self, places: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        return tuple((self(file), line) for file, line in places)

    def words(self, place: Any) -> Any:
        if not isinstance(place, tuple):
            return place or ""
        name = self(place[0])
        return f"line {place[1]} of {name}" if name else f"line {place[1]}"


@dataclass
class _Thread:
    ident: int
    name: str
    at: float  # when it did last what is known
    cpu: float
    parts: list[tuple[Any, ...]] = field(default_factory=list)
    wait: tuple[Any, ...] | None = None
    loop_since: float | None = None
    done: bool = False

    def work(self, now: float, cpu: float) -> None:
        """Close the time since its last wait: it ran, or waited where nothing is wrapped."""
        duration, used = now - self.at, cpu - self.cpu
        if duration > 0 and self.loop_since is None:
            note = f"used the CPU for {format_seconds(used)} of {format_seconds(duration)}"
            if duration > SHORT and used < duration / 2:
                note = f"waited where this is not seen (C code, a file, the GIL, a busy machine); {note}"
                self.parts.append(("unseen", self.at, now, "waiting", note, "", ()))
            else:
                self.parts.append(("runs", self.at, now, "running", note, "", ()))
        self.at, self.cpu = now, cpu

    def waited(self, now: float, extra: str = "") -> None:
        assert self.wait is not None
        start, cpu, note, kind, places = self.wait
        self.work(start, cpu)
        self.parts.append(("wait", start, now, "waiting", note, kind, places, extra))
        self.at = now

    def end(self, now: float, cpu: float | None, extra: str = "") -> None:
        if self.done:
            return
        if self.wait is not None:
            self.waited(max(now, self.wait[0]), extra)
            self.wait = None
        if self.loop_since is not None:
            self.close_loop(now)
        elif cpu is not None:
            self.work(now, cpu)
        self.done = True

    def close_loop(self, now: float) -> None:
        if self.loop_since is not None:
            note = "runs an event loop: what it does is in the lanes of its tasks"
            self.parts.append(("event loop", self.loop_since, now, "waiting", note, "task", ()))
        self.loop_since = None


class _Process:
    """One process, as its records tell it."""

    def __init__(self, records: Sequence[tuple[Any, ...]]) -> None:
        self.begin = self.end = self.last = 0.0
        self.pid, self.name, self.how, self.command = 0, "", "", ""
        self.threads: list[_Thread] = []
        self.remarks: list[str] = []
        self.tasks: dict[tuple[int, int], tuple[str, int | None]] = {}
        self.steps: dict[tuple[int, int], tuple[Any, ...]] = {}
        self.of_ident: dict[int, _Thread] = {}
        for record in records:
            getattr(self, f"_on_{_ON[record[0]]}")(*record[1:])

    def _on_process(self, pid: int, parent: int, how: str, command: str, now: float) -> None:
        self.pid, self.how, self.command, self.begin = pid, how, command, now

    def _on_name(self, name: str) -> None:
        self.name = name

    def _on_remark(self, text: str) -> None:
        self.remarks.append(text)

    def _on_thread(self, ident: int, name: str, now: float, cpu: float) -> None:
        thread = self.of_ident[ident] = _Thread(ident, name or f"thread {ident}", now, cpu)
        self.threads.append(thread)
        self.last = now

    def _on_wait(
        self, ident: int, now: float, cpu: float, note: str, kind: str, places: tuple[Any, ...]
    ) -> None:
        if thread := self.of_ident.get(ident):
            thread.wait = (now, cpu, note, kind, places)
            self.last = now

    def _on_waited(self, ident: int, now: float, cpu: float) -> None:
        thread = self.of_ident.get(ident)
        if thread and thread.wait:
            if now - thread.wait[0] >= NO_WAIT:
                thread.waited(now)
                thread.cpu = cpu
            thread.wait, self.last = None, now

    def _on_loop(self, ident: int, now: float, cpu: float) -> None:
        if thread := self.of_ident.get(ident):
            thread.work(now, cpu)
            thread.loop_since = self.last = now

    def _on_loop_end(self, ident: int, now: float, cpu: float) -> None:
        if thread := self.of_ident.get(ident):
            thread.close_loop(now)
            thread.at, thread.cpu, self.last = now, cpu, now

    def _on_thread_end(self, ident: int, now: float, cpu: float, error: str) -> None:
        if thread := self.of_ident.pop(ident, None):
            if error:
                thread.parts.append(("failed", now, now, "failed", error, "", ()))
            thread.end(now, cpu)
            self.last = now

    def _on_end(self, ident: int, now: float, cpu: float, how: str, error: str) -> None:
        self.end = self.last = now
        for thread in self.threads:
            thread.end(now, cpu if thread.ident == ident else None, "; not done when its process ended")
            if error and thread is self.threads[0]:
                thread.parts.append(("failed", now, now, "failed", error, "", ()))

    def _on_task(self, loop: int, lane: int, label: str, maker: int | None) -> None:
        self.tasks[loop, lane] = (label, maker)

    def _on_step(self, loop: int, number: int, *rest: Any) -> None:
        self.steps[loop, number] = (loop, *rest)
        self.last = max(self.last, rest[5])

    def lanes(self, label: str, zero: float, ended: float, names: _Names, is_main: bool) -> list[Lane]:
        """Return the lanes: each thread, and below it the tasks that ran in it."""
        end = self.end or ended
        for thread in self.threads:  # of a process that was killed
            thread.end(end if thread.wait or thread.loop_since is not None else self.last, None, KILLED)
        tasks = self._task_lanes(label, zero, end, names)
        lanes = []
        for thread in self.threads:
            prefix = thread.name
            if label:
                prefix = label if thread is self.threads[0] else f"{label} · {thread.name}"
            model = "threads" if is_main or thread is not self.threads[0] else "processes"
            lane = Lane(prefix, model)
            for what, start, stop, state, note, kind, places, *extra in thread.parts:
                if what == "wait":
                    where = names.words(places[-1]) if places else ""
                    what, note = note, f"waiting for {note}{where and ', ' + where}{''.join(extra)}"
                lane.spans.append(
                    _span(prefix, what, start - zero, stop - zero, state, note, names.places(places), kind)
                )
            lanes += [lane, *tasks.pop(thread.ident, [])]
        return lanes + [lane for rest in tasks.values() for lane in rest]

    def _task_lanes(self, label: str, zero: float, end: float, names: _Names) -> dict[int, list[Lane]]:
        makers: dict[int, dict[int, int | None]] = {}
        for (loop, lane), (_, maker) in self.tasks.items():
            makers.setdefault(loop, {})[lane] = maker
        spans: dict[tuple[int, int], list[Span]] = {}
        threads: dict[int, int] = {}
        done: set[tuple[int, int]] = set()
        for (
            loop,
            ident,
            lane,
            note,
            target,
            start,
            stop,
            state,
            places,
            about,
            is_done,
        ) in self.steps.values():
            threads[loop] = ident
            kind = ""
            if isinstance(target, tuple):
                target, kind = self.tasks.get((loop, target[0]), ("task",))[0], "task"
            if note == "wait":
                kind = kind or kind_of_wait(target)
            words = NOTES[note](target, *(names.words(part) for part in about))
            name = self.tasks[loop, lane][0]
            spans.setdefault((loop, lane), []).append(
                _span(name, target, start - zero, stop - zero, state, words, names.places(places), kind)
            )
            if is_done or note == "end":
                done.add((loop, lane))
        found: dict[int, list[Lane]] = {}
        for loop, ident in threads.items():
            out = found.setdefault(ident, [])
            lanes: list[Lane] = []
            for key, depth in as_tree(makers[loop]):
                own = spans.get((loop, key), [])
                if not self.end and own and (loop, key) not in done:
                    last = max(span.end for span in own)
                    own.append(
                        _span(
                            own[0].lane, "unknown", last, max(last, end - zero), "waiting", KILLED[2:], (), ""
                        )
                    )
                name = self.tasks[loop, key][0]
                lanes.append(Lane(f"{label} · {name}" if label else name, "asyncio", depth + 1, own))
            out += lanes
            loop_spans = [span for lane in lanes for span in lane.spans]
            held = set(TimelineData(loop_spans, model="asyncio").holds)
            for one in lanes:
                one.held = held.intersection(one.spans)
        return found


_ON = {
    "P": "process",
    "N": "name",
    "!": "remark",
    "T": "thread",
    "B": "wait",
    "W": "waited",
    "L": "loop",
    "l": "loop_end",
    "E": "thread_end",
    "X": "end",
    "K": "task",
    "R": "step",
}


def _span(
    lane: str,
    name: str,
    start: float,
    end: float,
    state: str,
    note: str,
    places: tuple[tuple[str, int], ...],
    kind: str,
) -> Span:
    start = max(round(start, 6), 0.0)
    return Span(lane, name, start, max(round(end, 6), start), state, note, places, kind)


def _distinct(lanes: list[Lane]) -> list[Lane]:
    """Give lanes of one name numbers, and their spans the names of their lanes."""
    for lane, name in zip(lanes, distinct([lane.name for lane in lanes]), strict=True):
        lane.name = name
        held = {(span.start, span.end) for span in lane.held}
        lane.spans = [replace(span, lane=lane.name) for span in lane.spans]
        lane.held = {
            span for span in lane.spans if span.state == "running" and (span.start, span.end) in held
        }
    return lanes
