"""A timeline as SVG and as HTML: a picture that needs no script, font or server.

Horizontal positions are percentages and everything else is in pixels. So the bars
follow the width of the page while the text keeps its size, on a phone too. Each lane
has its label above its bar; they cannot collide at any width.

Colors are CSS variables with fallbacks that are legible on white and on near-black.
Text and lines use the color of the text around the picture. So the picture follows
whatever switches the page from light to dark.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence, Set
from html import escape

from overlap_contract import ATTRIBUTES, CELL_FILE_PREFIX, DRAWING

from .spans import KINDS, MODELS, STATES, Span, TimelineData, union
from .words import NOUNS, axis, clean, cut_middle, lane_words, plural, summary, text_width

MAX_LANES = 40
MAX_ROWS = 400
# A lane with more spans than this is drawn as shares of time, in this many slices.
MAX_BARS = 150
SLICES = 200

# Pixels for a lane's label and remarks together: what a phone 320 pixels wide has,
# in letters of 12 pixels. They are drawn with 13 and 14.
LABEL_WIDTH = 240

# How a wait is hatched, by its kind: the size of a tile, how far it is turned, and its lines.
_HATCHES = {
    "": (5, 45, "M.5 0V5"),
    "sleep": (5, 45, "M.5 0V5"),
    "other": (7, -45, "M.5 0V7"),
    "lock": (4, 0, "M2 0V4"),
    "semaphore": (6, 0, "M0 5 3 1 6 5"),
    "event": (5, 0, "M1.5 2.5h2"),
    "queue": (6, 0, "M0 1.5h6M0 4.5h6M1.5 1.5v3M4.5 4.5v3"),
    "task": (4, 0, "M0 2h4"),
    "turn": (4, 0, ""),
}
# The width of a row of the legend: a phone's.
LEGEND_WIDTH = 300
LEGEND_PITCH = 18

_ACCENTS = {"asyncio": "#0e8c8c", "threads": "#b8701a", "processes": "#8866cc"}

_STYLE = """
.ovt{display:block;width:100%;overflow:visible;font-family:inherit;\
font-variant-numeric:tabular-nums;color:var(--overlap-ink,currentColor)}
.ovt text{fill:currentColor;unicode-bidi:isolate}
.ovt .ovt-quiet{font-size:13px;fill-opacity:.78}
.ovt .ovt-grid{stroke:currentColor;stroke-opacity:.13}
.ovt .ovt-running{fill:var(--ovt-accent);stroke:var(--ovt-accent);stroke-width:1.5px}
.ovt .ovt-hold{fill:var(--ovt-alert);stroke:var(--ovt-alert);stroke-width:1.5px}
.ovt .ovt-band{fill:var(--ovt-alert);fill-opacity:.1}
.ovt .ovt-failed{fill:var(--ovt-alert);fill-opacity:.15;stroke:var(--ovt-alert);stroke-width:1.5px}
.ovt .ovt-seam{stroke:var(--overlap-paper,Canvas);stroke-width:2px}
.ovt .ovt-end{stroke:currentColor;stroke-width:2px}
.ovt .ovt-hit{fill:none;pointer-events:all}
"""

_TABLE_STYLE = """
.ovt-figure{margin:1em 0}
.ovt-figure figcaption{text-align:start;margin:0 0 .75em;font-size:.9em;line-height:1.45;\
overflow-wrap:anywhere}
.ovt-figure strong{display:block}
.ovt-figure summary{font-size:.85em;cursor:pointer}
.ovt-table{overflow-x:auto;max-height:28em;font-size:.8em}
.ovt-table table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5em 0}
.ovt-table :is(th,td){padding:.15em 1em .15em 0;text-align:start;vertical-align:baseline;\
font-weight:inherit;border:0;border-block-end:1px solid color-mix(in srgb,currentColor 15%,transparent)}
.ovt-table thead th{font-weight:600}
.ovt-table :is(th,td):nth-child(3),.ovt-table :is(th,td):nth-child(4){text-align:end;white-space:nowrap}
.ovt-table :is(th,td):not(:last-child){white-space:nowrap}
.ovt-table :is(th,td):last-child{min-width:14em}
"""


def to_svg(timeline: TimelineData, *, model: str | None = None, uid: str | None = None) -> str:
    """Return the picture as one <svg> element with a title and a description.

    `model` (asyncio, threads or processes) chooses the color; the default is the
    timeline's own. `uid` must differ between pictures on a page; the default is made
    from the data.
    """
    return _Picture(timeline, model, uid).svg()


def to_html(timeline: TimelineData, *, model: str | None = None, uid: str | None = None) -> str:
    """Return the picture in a <figure>, with a caption and the same data as a table."""
    picture = _Picture(timeline, model, uid)
    caption = " ".join([summary(timeline), *picture.omissions()])
    return "\n".join(
        [
            f'<figure {ATTRIBUTES.timeline} class="ovt-figure">',
            f"<style>{_TABLE_STYLE}</style>",
            f"<figcaption><strong>{_text(timeline.title)}</strong> {_text(caption)}</figcaption>",
            picture.svg(),
            "<details><summary>Same data as a table</summary>",
            picture.table(),
            "</details>",
            "</figure>",
        ]
    )


def content_id(timeline: TimelineData) -> str:
    """Return an id made from the data: the same for the same timeline."""
    data = json.dumps(timeline.to_dict(), sort_keys=True).encode("utf-8", "replace")
    return "ovt-" + hashlib.sha256(data).hexdigest()[:10]


_shown: dict[str, int] = {}


def display_html(timeline: TimelineData) -> str:
    """Return to_html() with an id that stays unique when one picture is shown several times.

    A page can show the recorded and the live picture of one deterministic run, so the
    platform is part of the id.
    """
    uid = f"{content_id(timeline)}-{sys.platform}"
    _shown[uid] = _shown.get(uid, 0) + 1
    return to_html(timeline, uid=uid if _shown[uid] == 1 else f"{uid}-{_shown[uid]}")


class _Picture:
    """One drawing. Vertical positions are pixels, horizontal ones percent."""

    def __init__(self, timeline: TimelineData, model: str | None, uid: str | None) -> None:
        self.timeline = timeline
        self.model = model or timeline.model
        if self.model not in MODELS:
            raise ValueError(f"model is {model!r}; use one of {', '.join(MODELS)}")
        self.uid = uid or content_id(timeline)
        self.scale = timeline.extent * DRAWING.room or 1.0
        self.holds = timeline.holds
        self.states, self.kinds = self.used()
        self.key: dict[int, str] = {}  # which bar a span is: "2.0" is the first span of the third lane
        for row, spans in enumerate(timeline.by_lane().values()):
            self.key.update((id(span), f"{row}.{number}") for number, span in enumerate(spans))
        self.rows = list(timeline.by_lane().items())
        self.hidden = len(self.rows) - MAX_LANES + 1 if len(self.rows) > MAX_LANES else 0
        if self.hidden:
            rest = [span for _, spans in self.rows[MAX_LANES - 1 :] for span in spans]
            noun = plural(self.hidden, f"more {NOUNS[timeline.model]}")
            self.rows = [*self.rows[: MAX_LANES - 1], (noun, rest)]
        # The height of a lane, of its bar, and of the letters of its label.
        self.pitch, self.bar, self.label = (32, 8, 13) if len(self.rows) > 12 else (44, 12, 14)

    def svg(self) -> str:
        """Return the <svg> element."""
        top = DRAWING.player_top + 6
        pitch = self.pitch
        bottom = top + len(self.rows) * pitch
        legend, rows = self.legend(bottom + 14)
        height = bottom + DRAWING.player_margin - DRAWING.player_top + (rows - 1) * LEGEND_PITCH
        held = {id(span) for span in self.holds}
        lanes = [
            self.lane(lane, spans, top + row * pitch, held) for row, (lane, spans) in enumerate(self.rows)
        ]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" class="ovt" role="img" width="100%" '
                f'height="{height}" aria-labelledby="{self.uid}-t {self.uid}-d" '
                f'style="--ovt-accent:var(--overlap-{self.model},{_ACCENTS[self.model]});'
                f'--ovt-alert:var(--overlap-alert,#d1492e)">',
                f'<title id="{self.uid}-t">{_text(self.timeline.title)}</title>',
                f'<desc id="{self.uid}-d">{_text(summary(self.timeline))}</desc>',
                f"<style>{_STYLE}</style>",
                self.definitions(),
                self.axis(top, bottom),
                *lanes,
                legend,
                "</svg>",
            ]
        )

    def omissions(self) -> list[str]:
        """Return sentences about what the drawing leaves out. Empty when it leaves out nothing."""
        sentences = []
        if self.hidden:
            sentences.append(
                f"{MAX_LANES - 1} of {len(self.timeline.lanes):,} lanes are drawn one by one; "
                f"the last row sums up the other {self.hidden:,}."
            )
        if any(len(spans) > MAX_BARS for _, spans in self.rows):
            sentences.append(
                f"Lanes with more than {MAX_BARS} spans are drawn in {SLICES} slices: "
                "the stronger the color, the more of that slice was running."
            )
        return sentences

    def definitions(self) -> str:
        """Define a hatching for each kind of wait, one for what was cancelled, an X for failures."""
        hatch = 'width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"'
        cross = 'style="stroke:var(--ovt-alert);stroke-width:2.5px;stroke-linecap:round"'
        return (
            "<defs>"
            + "".join(
                f'<pattern id="{self.waiting(kind)}" width="{size}" height="{size}" '
                f'patternUnits="userSpaceOnUse" patternTransform="rotate({turned})">'
                f'<path d="M0 0H{size}V{size}H0Z" '
                f'style="fill:var(--ovt-accent);fill-opacity:.12"/><path d="{lines}" '
                'style="fill:none;stroke:var(--ovt-accent);stroke-opacity:.7"/></pattern>'
                for kind, (size, turned, lines) in _HATCHES.items()
                if kind in self.kinds
            )
            + f'<pattern id="{self.uid}-c" {hatch}><path d="M.5 0V5M0 .5H5" '
            'style="stroke:currentColor;stroke-opacity:.75"/></pattern>'
            f'<path id="{self.uid}-x" d="M-4.5-4.5 4.5 4.5M-4.5 4.5 4.5-4.5" {cross}/>'
            f'<path id="{self.uid}-xi" d="M-13-3.5-6 3.5M-13 3.5-6-3.5" {cross}/></defs>'
        )

    def used(self) -> tuple[set[str], set[str]]:
        """Return the states that occur, and the kinds of waits."""
        spans = self.timeline.spans
        return {s.state for s in spans}, {"", *(s.kind for s in spans if s.state == "waiting")}

    def waiting(self, kind: str) -> str:
        """Return the id of a kind's hatching."""
        return f"{self.uid}-w{kind and '-' + kind}"

    def x(self, seconds: float) -> str:
        """Return where a time is, as a percentage of the width."""
        return f"{100 * seconds / self.scale:.3f}%"

    def axis(self, top: float, bottom: float) -> str:
        """Draw the ticks with their lines, and bands where the loop was held."""
        out = []
        for seconds, label in axis(self.timeline.extent, most=5, unit=self.timeline.unit):
            share = seconds / self.scale
            anchor = "start" if share < 0.04 else "end" if share > 0.93 else "middle"
            x = self.x(seconds)
            out.append(
                f'<line class="ovt-grid" x1="{x}" x2="{x}" y1="{top - 6}" y2="{bottom - 4}"/>'
                f'<text class="ovt-quiet" x="{x}" y="11" text-anchor="{anchor}">{label}</text>'
            )
        for start, end in union((span.start, span.end) for span in self.holds):
            out.append(
                f'<rect class="ovt-band" x="{self.x(start)}" width="{self.x(end - start)}" '
                f'y="{top - 6}" height="{bottom - top + 2}"/>'
            )
        return "".join(out)

    def lane(self, lane: str, spans: Sequence[Span], y: float, held: Set[int]) -> str:
        """Draw one lane: its label, its bars, and at the right what is remarkable about it."""
        base = y + self.label
        middle = base + 4 + self.bar / 2
        words = lane_words(self.timeline, spans)
        label = _fit(lane, LABEL_WIDTH / 2 if words else LABEL_WIDTH)
        out = [f'<text x="0" y="{base}" style="font-size:{self.label}px">{_text(label)}</text>']
        if words:
            words = _fit(words, LABEL_WIDTH - sum(map(_pixels, label)))
            out.append(f'<text class="ovt-quiet" x="100%" y="{base}" text-anchor="end">{_text(words)}</text>')
        if len(spans) > MAX_BARS:
            out.append(self.slices(spans, middle))
            # What must not be lost in a share of color is drawn on top.
            spans = [s for s in spans if s.state in ("cancelled", "failed") or id(s) in held]
            spans = spans[:MAX_BARS]
        # Marks over running over waits: a short step must not vanish under its wait.
        depth = {"waiting": 0, "running": 1, "cancelled": 2, "failed": 3}
        before: Span | None = None
        for span in sorted(spans, key=lambda span: depth[span.state]):
            last_end = before.end if before and before.state == span.state else None
            out.append(self.span(span, middle, id(span) in held, last_end))
            before = span
        return "".join(out)

    def span(self, span: Span, middle: float, held: bool, last_end: float | None) -> str:
        """Draw one span, with its words; `last_end` is where the one before it with its state ended."""
        out = [f"<g{_data(self.key[id(span)], span)}>"]
        tip = f"<title>{_text(_tip(self.timeline, span, held))}</title>"
        x, width = self.x(span.start), max(100 * span.duration / self.scale, 0.01)
        thick = self.bar if span.state in ("running", "failed") else self.bar * 2 / 3
        box = f'x="{x}" width="{width:.3f}%" y="{middle - thick / 2:g}" height="{thick:g}"'
        if span.duration:
            # Room to point at: bars are thin.
            reach = f'x="{x}" width="{width:.3f}%" y="{middle - self.bar:g}" height="{2 * self.bar:g}"'
            out.append(f'<rect class="ovt-hit" {reach}/>')
        if span.state == "running":
            out.append(f'<rect class="{"ovt-hold" if held else "ovt-running"}" {box}>{tip}</rect>')
        elif span.state == "waiting":
            out.append(f'<rect {box} fill="url(#{self.waiting(span.kind)})">{tip}</rect>')
        elif span.state == "cancelled":
            if span.duration:
                out.append(f'<rect {box} fill="url(#{self.uid}-c)">{tip}</rect>')
            end, half = self.x(span.end), self.bar / 2 + 1.5
            out.append(
                f'<line class="ovt-end" x1="{end}" x2="{end}" '
                f'y1="{middle - half:g}" y2="{middle + half:g}">{tip}</line>'
            )
        else:
            if span.duration:
                out.append(f'<rect class="ovt-failed" {box}>{tip}</rect>')
            mark = "xi" if span.duration > 0.07 * self.scale else "x"
            out.append(f'<use href="#{self.uid}-{mark}" x="{self.x(span.end)}" y="{middle:g}">{tip}</use>')
        # Two jobs in a row must not look like one. (Between two waits of a task it runs.)
        joins = span.state == "running" or (span.state == "waiting" and self.model != "asyncio")
        if joins and last_end is not None and 0 <= span.start - last_end < 0.01 * self.scale:
            seam = self.x((last_end + span.start) / 2)
            y1, y2 = middle - thick / 2 - 1, middle + thick / 2 + 1
            out.append(f'<line class="ovt-seam" x1="{seam}" x2="{seam}" y1="{y1:g}" y2="{y2:g}"/>')
        return "".join([*out, "</g>"])

    def slices(self, spans: Sequence[Span], middle: float) -> str:
        """Draw a lane that is too full for bars: how much of each slice of time was running."""
        thin = self.bar * 2 / 3
        out = []
        for start, end in union((span.start, span.end) for span in spans):
            out.append(
                f'<rect x="{self.x(start)}" width="{self.x(end - start)}" '
                f'y="{middle - thin / 2:g}" height="{thin:g}" fill="url(#{self.uid}-w)"/>'
            )
        shares = [0.0] * SLICES
        size = self.timeline.extent / SLICES
        for start, end in union((s.start, s.end) for s in spans if s.state == "running"):
            for number in range(int(start / size), min(int(end / size) + 1, SLICES)):
                overlap = min(end, (number + 1) * size) - max(start, number * size)
                shares[number] += max(0.0, overlap) / size
        for number, share in enumerate(shares):
            if share > 0:
                out.append(
                    f'<rect x="{self.x(number * size)}" width="{self.x(size)}" '
                    f'y="{middle - self.bar / 2:g}" height="{self.bar:g}" '
                    f'style="fill:var(--ovt-accent);fill-opacity:{min(1, 0.1 + share):.2f}"/>'
                )
        return "".join(out)

    def legend(self, y: float) -> tuple[str, int]:
        """Draw the states that occur, and the kinds of waits if there are several; say how many rows."""
        shapes = {
            "running": 'rect class="ovt-running" width="11" height="8" y="-8"',
            "waiting": f'rect width="12" height="8" y="-8" fill="url(#{self.waiting("")})"',
            "cancelled": f'rect width="12" height="8" y="-8" fill="url(#{self.uid}-c)"',
            "failed": f'use href="#{self.uid}-x" x="6" y="-4"',
        }
        # What is too short to be seen needs no words.
        least = 0.004 * self.scale
        waits = {s.kind for s in self.timeline.spans if s.state == "waiting" and s.duration >= least}
        items = [(state, shapes[state]) for state in STATES if state in self.states]
        if len(waits) > 1 or (waits and not waits & {"", "sleep"}):
            items = [item for item in items if item[0] != "waiting"]
            items.append(("waiting for:", ""))
            items += [
                (kind or "unknown", f'rect width="12" height="8" y="-8" fill="url(#{self.waiting(kind)})"')
                for kind in (*KINDS, "")
                if kind in waits
            ]
        out, at, row = [], 1, 0
        for words, shape in items:
            indent = 17 if shape else 0
            width = indent + 12 + 7 * len(words)
            if at > 1 and at + width > LEGEND_WIDTH:
                at, row = 1, row + 1
            out.append(
                f'<g transform="translate({at} {y + row * LEGEND_PITCH:g})">{shape and f"<{shape}/>"}'
                f'<text class="ovt-quiet" x="{indent}" y="0">{words}</text></g>'
            )
            at += width
        return "".join(out), row + 1

    def table(self) -> str:
        """Return all spans as rows; the first MAX_ROWS when there are too many for a page."""
        timeline = self.timeline
        unit, factor, digits = ("s", 1, 3) if timeline.duration >= 10 else ("ms", 1000, 1)
        if timeline.unit == "steps":
            unit, factor, digits = "step", 1, 0
        names = ("Lane", "State", f"From ({unit})", f"To ({unit})", "What", "Note")
        head = "".join(f'<th scope="col">{name}</th>' for name in names)
        rows = []
        for span in timeline.spans[:MAX_ROWS]:
            times = "".join(f"<td>{t * factor:.{digits}f}</td>" for t in (span.start, span.end))
            rows.append(
                f'<tr{_data(self.key[id(span)], span)}><th scope="row">{_text(span.lane)}</th>'
                f"<td>{span.state}</td>{times}"
                f"<td>{_text(span.name)}</td><td>{_text(span.note)}</td></tr>\n"
            )
        more = ""
        if len(timeline.spans) > MAX_ROWS:
            more = (
                f"<p>The first {MAX_ROWS} of {plural(len(timeline.spans), 'span')}. "
                "All of them are in the timeline's <code>spans</code>.</p>"
            )
        return (
            '<div class="ovt-table" role="group" tabindex="0" aria-label="Timeline as a table">'
            f"<table><thead><tr>{head}</tr></thead><tbody>\n{''.join(rows)}</tbody></table>{more}</div>"
        )


def _text(text: str) -> str:
    return escape(clean(text), quote=True)


def _tip(timeline: TimelineData, span: Span, held: bool) -> str:
    """Return one bar in words: whose it is, what happened, and for how long."""
    words = f"{span.lane}, {span.state}: {span.note or span.name}"
    if not span.duration:
        return f"{words}, at {timeline.in_words(span.end)}"
    words = f"{words}, {timeline.in_words(span.duration)}"
    return f"{words}; held the event loop, nothing else could run" if held else words


def _data(key: str, span: Span) -> str:
    """Return the attributes by which a page finds a bar, its row of the table, and its lines of code.

    data-lines="5 2:3" is line 5 of the code that the timeline belongs to, and line 3 of cell 2.
    """
    lines = []
    for file, line in span.places:
        if not file:
            lines.append(f"{line}")
        elif (cell := file.removeprefix(CELL_FILE_PREFIX)) != file and cell.isdigit():
            lines.append(f"{cell}:{line}")
    where = f' {ATTRIBUTES.lines}="{" ".join(lines)}"' if lines else ""
    return f' {ATTRIBUTES.span}="{key}"{where}'


def _fit(text: str, pixels: float) -> str:
    """Return the text, cut to this many pixels if its letters were a wide font of 12 pixels."""
    return cut_middle(clean(text), pixels, lambda part: sum(map(_pixels, part)))


def _pixels(character: str) -> float:
    if character in "iljtfrI.,:;'!|()[] ":
        return 4.5
    if character in "mwMW@%—…" or text_width(character) == 2:
        return 12
    return 8.5 if character.isupper() else 7.2
