"""The result of running a program in every order, as data, as text, and as what a page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from typing import Any

from overlap_contract import ATTRIBUTES

from .step_recording import StepRecording
from .svg import content_id, to_svg
from .timeline import Timeline


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which runs ended, and how many did.

    `kind` is returned, check (main returned something that fails the check), raised,
    deadlock or endless. `schedule` is the shortest of these schedules, as the list of
    choices that leads to it, `steps` is its length, and `switches` says how often it goes
    from one task to another.
    """

    kind: str
    text: str
    bad: bool
    count: int
    schedule: tuple[int, ...]
    steps: int
    switches: int


_shown = count(1)  # ids of pictures on a page must differ

_VERBS = {
    "check": "fail the check",
    "raised": "raise an exception",
    "deadlock": "end in a deadlock",
    "endless": "do not end",
}


class Exploration:
    """The result of explore().

    explored   how many schedules were run
    at_least   how many there are; at least so many if `complete` is false
    cut        how many runs were stopped after so many steps: where they would have gone is not known
    bad        how many of the explored ones are bad
    outcomes   a list of Outcome: good ones first, the most frequent first
    usual      how the run in asyncio's own order ends, as text
    shortest   the StepRecording of the shortest bad schedule, or None
    """

    def __init__(
        self,
        name: str,
        replay: Callable[[tuple[int, ...]], StepRecording],
        outcomes: list[Outcome],
        *,
        at_least: int,
        max_steps: int,
        usual: str,
        verb: str | None,
        timed: bool,
    ) -> None:
        self._name = name
        self._replay = replay
        self._timed = timed
        self.outcomes = outcomes
        self.explored = sum(outcome.count for outcome in outcomes)
        self.at_least = at_least
        self.cut = sum(outcome.count for outcome in outcomes if outcome.kind == "endless")
        self._max_steps = max_steps
        self.usual = usual
        failed = [outcome for outcome in outcomes if outcome.bad]
        self.bad = sum(outcome.count for outcome in failed)
        kinds = {outcome.kind for outcome in failed}
        self._verb = verb or (_VERBS[kinds.pop()] if len(kinds) == 1 else "go wrong")
        worst = min(failed, key=lambda outcome: (outcome.steps, outcome.switches), default=None)
        self.shortest = replay(worst.schedule) if worst is not None else None

    @property
    def complete(self) -> bool:
        """Return whether every schedule was explored."""
        return self.explored == self.at_least and not self.cut

    def replay(self, schedule: Iterable[int]) -> StepRecording:
        """Run one schedule again and return its StepRecording.

        result.replay(result.outcomes[0].schedule)
        """
        return self._replay(tuple(schedule))

    @property
    def headline(self) -> str:
        """Return the result in one sentence: "12 of 20 schedules lose an update."."""
        noun = "schedules" if self.complete else "explored schedules"
        return f"{self.bad:,} of {self.explored:,} {noun} {self._verb}."

    def sentences(self) -> list[str]:
        """Return the result and what it means, as a list of sentences."""
        said = [self.headline]
        results = sum(outcome.kind == "returned" for outcome in self.outcomes)
        if results > 1:
            said.append(f"{self._name} returned {results} different results.")
        if self.complete:
            said.append("Every schedule was explored.")
        elif self.explored < self.at_least:
            said.append(
                f"Explored {self.explored:,} of at least {self.at_least:,} schedules; "
                "nothing is known about the others."
            )
        if self.cut:
            runs = "1 run was" if self.cut == 1 else f"{self.cut:,} runs were"
            said.append(
                f"{runs} stopped after {self._max_steps:,} steps, so there are at least "
                f"{self.at_least:,} schedules; nothing is known about how those go on."
            )
        said.append(f"In asyncio's own order, {self.usual}.")
        if self.at_least > 1:
            said.append("The other schedules are possible if timing differed.")
        if self._timed:
            said.append("Delays were exact.")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain lists and dicts, ready for json.dumps."""
        timeline = self.timeline()
        return {
            "explored": self.explored,
            "at_least": self.at_least,
            "complete": self.complete,
            "bad": self.bad,
            "sentences": self.sentences(),
            "outcomes": [
                {
                    "kind": outcome.kind,
                    "text": outcome.text,
                    "bad": outcome.bad,
                    "count": outcome.count,
                    "schedule": list(outcome.schedule),
                    "steps": outcome.steps,
                    "switches": outcome.switches,
                }
                for outcome in self.outcomes
            ],
            "shortest": self.shortest.to_dict() if self.shortest else None,
            "timeline": timeline.to_dict() if timeline else None,
        }

    def timeline(self) -> Timeline | None:
        """Return the shortest bad schedule as a Timeline whose axis counts steps; None if there is none."""
        return self.shortest.timeline("The shortest bad schedule") if self.shortest else None

    def __repr__(self) -> str:
        return f"<Exploration: {self.headline}>"

    def __str__(self) -> str:
        lines = [*self.sentences(), "", "How the runs ended:"]
        width = len(f"{self.explored:,}")
        for outcome in self.outcomes:
            lines.append(f"  {outcome.count:>{width},}  {'bad' if outcome.bad else 'ok '}  {outcome.text}")
        if self.shortest:
            lines += ["", "The shortest bad schedule:", self.shortest.to_text_table()]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": str(self)}

    def _repr_html_(self) -> str:
        first, *rest = self.sentences()
        rows = [
            [outcome.text, f"{outcome.count:,}", "bad" if outcome.bad else "good"]
            for outcome in self.outcomes
        ]
        parts = [
            '<div class="ovt-exploration">',
            f"<p><strong>{escape(first)}</strong> {escape(' '.join(rest))}</p>",
            _html_table("How the runs ended", ["Ending", "Schedules", "Verdict"], rows),
        ]
        timeline = self.timeline()
        if self.shortest and timeline:
            picture = to_svg(timeline, uid=f"{content_id(timeline)}-{next(_shown)}")
            parts += [
                f'<figure {ATTRIBUTES.timeline} class="ovt-figure">'
                f"<figcaption>{escape(timeline.title)}</figcaption>",
                picture,
                self.shortest.player_html(),
                self.shortest.list_html("The shortest bad schedule as a list"),
                "</figure>",
            ]
        return "\n".join([*parts, "</div>"])


_TABLE_STYLE = """
.ovt-steps{overflow-x:auto;max-height:32em;font-size:.85em}
.ovt-steps table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5em 0}
.ovt-steps caption{text-align:start;margin:0 0 .5em}
.ovt-steps :is(th,td){padding:.2em 1em .2em 0;text-align:start;vertical-align:baseline;\
border:0;border-block-end:1px solid color-mix(in srgb,currentColor 15%,transparent);white-space:pre-wrap}
.ovt-steps thead th{font-weight:600}
.ovt-steps tbody th{font-weight:inherit}
"""


def _html_table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a caption and headers that a screen reader announces."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = []
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(text)}</td>" for text in rest)
        body.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return (
        f'<div class="ovt-steps" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f"<style>{_TABLE_STYLE}</style><table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
