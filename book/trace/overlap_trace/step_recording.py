"""The recorded steps of one run, as data, as text, and as what a page shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from .spans import Span
from .timeline import Timeline
from .waits import TURN
from .words import clean, text_width


class StepRecording:
    """The steps of one run, as record_steps() saw them.

    `data` is plain (lists, dicts, strings, numbers; ready for json.dumps):

      tasks    names; everywhere else a task is its position in this list, or None
      steps    snapshots, each taken after something happened:
        number, time (virtual seconds), time_text (as people read it), task, text
        kind     start, clock, step (of a task), callback (of the program), asyncio (a
                 callback of its own, such as the end of a sleep), or end (of the run: what
                 follows is the end of the tasks that were left)
        from_line, to_line   where a task's step began and stopped; None: its start or end
        ready    the queue, next first: task, kind (step, callback, asyncio), text
        timers   soonest first: when (virtual seconds), when_text, task, kind, text
        tasks    for each task so far: state (ready, waiting, returned, failed, cancelled, or running:
                 what the step is about began within a step of this task),
                 detail (result or error), line, source, waits_for, awaits (a task)
        printed  how many characters of `output` were there
        shared   the watched values, as text
      output   everything the program printed
      ending   kind (returned, raised, deadlock, endless) and text
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Return the list of snapshots."""
        steps: list[dict[str, Any]] = self.data["steps"]
        return steps

    def to_dict(self) -> dict[str, Any]:
        """Return `data`."""
        return self.data

    def __repr__(self) -> str:
        return f"<StepRecording: {len(self.steps)} steps, {self.data['ending']['text']}>"

    # -- for people -----------------------------------------------------------------

    def describe_step(self, number: int) -> str:
        """Return one step in sentences, for a terminal or a screen reader."""
        step = self.steps[number]
        last = len(self.steps) - 1
        lines = [f"Step {number} of {last}, at {step['time_text']}: {step['text']}."]
        lines += (f"  {sentence}" for sentence in self._state_sentences(number))
        new = self.printed_in(number)
        if new:
            lines.append("  Printed: " + new.rstrip("\n").replace("\n", "\n           "))
        return "\n".join(lines)

    def _state_sentences(self, number: int) -> Iterator[str]:
        """Say what the step has left: the queue, the timers, the tasks, the shared values."""
        step = self.steps[number]
        ready = ", ".join(entry["text"] for entry in step["ready"])
        yield f"Ready, next first: {ready or 'nothing'}."
        if step["timers"]:
            timers = (f"{timer['when_text']}: {timer['text']}" for timer in step["timers"])
            yield f"Timers: {', '.join(timers)}."
        for name, task in zip(self.data["tasks"], step["tasks"], strict=False):
            yield f"{name}: {_state_text(task)}."
        if step["shared"]:
            yield f"Shared: {_values_text(step['shared'])}."

    def printed_in(self, number: int) -> str:
        """Return what the program printed in one step."""
        before = self.steps[number - 1]["printed"] if number else 0
        output: str = self.data["output"]
        return output[before : self.steps[number]["printed"]]

    def __str__(self) -> str:
        parts = [self.describe_step(number) for number in range(len(self.steps))]
        return "\n".join([*parts, f"The end: {self.data['ending']['text']}."])

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return (heads, rows) of a table with one row for each step; all texts."""
        shared = list(dict.fromkeys(name for step in self.steps for name in step["shared"]))
        timed = any(step["time"] for step in self.steps)
        heads = ["Step", "Time", "What happened", *shared, "Ready, next first", "Printed"]
        rows = []
        for number, step in enumerate(self.steps):
            ready = ", ".join(entry["text"] for entry in step["ready"])
            values = [step["shared"].get(name, "") for name in shared]
            printed = self.printed_in(number).rstrip()
            rows.append([str(number), step["time_text"], step["text"], *values, ready, printed])
        wanted = [True, timed, *[True] * (len(heads) - 3), bool(self.data["output"])]
        return [head for head, want in zip(heads, wanted, strict=True) if want], [
            [cell for cell, want in zip(row, wanted, strict=True) if want] for row in rows
        ]

    def to_text_table(self) -> str:
        """Return the table for a terminal."""
        heads, rows = self.table()
        lines = [heads, *([clean(cell) for cell in row] for row in rows)]
        widths = [max(text_width(line[column]) for line in lines) for column in range(len(heads))]
        return "\n".join(
            "  ".join(
                cell + " " * (width - text_width(cell)) for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": str(self)}

    def _repr_html_(self) -> str:
        last = len(self.steps) - 1
        return "\n".join(
            [
                '<div class="ovt-recording">',
                f"<p><strong>{last:,} {'step' if last == 1 else 'steps'}.</strong> "
                f"At the end, {escape(self.data['ending']['text'])}.</p>",
                self.player_html(),
                self.list_html("All steps as a list"),
                "</div>",
            ]
        )

    def player_html(self) -> str:
        """Return the place for buttons to walk through the steps, with the data that their script needs."""
        data = json.dumps(self.data, separators=(",", ":")).replace("<", "\\u003c")
        return f'<div class="ovt-player"><script type="application/json">{data}</script></div>'

    def list_html(self, summary: str) -> str:
        """Return all steps as a numbered list, which `summary` opens and folds away."""
        timed = any(step["time"] for step in self.steps)
        items = []
        for number, step in enumerate(self.steps):
            when = f"{step['time_text']}: " if timed else ""
            state = " ".join(self._state_sentences(number))
            new = self.printed_in(number).rstrip("\n")
            printed = f"<br>Printed: <samp>{escape(new)}</samp>" if new else ""
            items.append(
                f'<li value="{number}">{escape(when + step["text"])}.'
                f"<small>{escape(state)}{printed}</small></li>"
            )
        return (
            f'<details open class="ovt-list"><style>{_LIST_STYLE}</style><summary>{escape(summary)}</summary>'
            f'<ol start="0">\n{chr(10).join(items)}\n</ol></details>'
        )

    def timeline(self, title: str = "What each task did, step by step") -> Timeline:
        """Return the steps of the tasks as a Timeline whose axis counts steps."""
        names = self.data["tasks"]
        spans: list[Span] = []
        column = 0
        since: dict[int, tuple[int, str]] = {}  # task -> (column from which it waits, what for)
        for step in self.steps:
            if step["kind"] == "step":
                number = step["task"]
                start, column = column, column + 1
                if number in since and since[number][0] < start:
                    spans.append(_bar(names[number], since[number][1], since[number][0], start, "waiting"))
                note = "; ".join(part for part in (step["text"], _values_text(step["shared"])) if part)
                name = names[number].partition("(")[0]
                spans.append(_bar(names[number], name, start, column, "running", note))
                state = step["tasks"][number]["state"]
                since.pop(number, None)
                if state in ("failed", "cancelled"):
                    spans.append(_bar(names[number], state, column, column, state, step["text"]))
                elif state != "returned":
                    since[number] = column, ""
            for number, task in enumerate(step["tasks"]):
                if task["state"] in ("ready", "waiting"):
                    begin, known = since.get(number, (column, ""))
                    since[number] = begin, known or task["waits_for"] or TURN
        if self.data["ending"]["kind"] == "deadlock":
            column += 1
            for number, (begin, what) in since.items():
                spans.append(_bar(names[number], what, begin, column, "waiting", "for ever"))
        return Timeline(spans, title=title, lanes=names, unit="steps")


def _bar(lane: str, name: str, start: int, end: int, state: str, note: str = "") -> Span:
    if state == "waiting":
        note = f"waiting for {name}" + (f", {note}" if note else "")
    return Span(lane, name, start, end, state, note)


def _values_text(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def _state_text(task: Mapping[str, Any]) -> str:
    words: str = task["state"]
    if task["waits_for"]:
        words += f" for {task['waits_for']}"
    if task["detail"]:
        words += f" {task['detail']}"
    if task["line"]:
        words += f", at line {task['line']}"
    return words


_LIST_STYLE = """
.ovt-list summary{cursor:pointer}
.ovt-list small{display:block;font-size:.9em}
.ovt-list samp{white-space:pre-wrap}
"""
