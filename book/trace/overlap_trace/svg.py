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
from html import escape as html_escape

from .spans import MODELS, STATES, format_seconds, union
from .summary import axis, clean, end_words, plural, shorten, summary

MAX_LANES = 40
MAX_ROWS = 400
DENSE = 150  # spans on one lane above which shares are drawn instead of spans

# The right edge leaves room for an end mark.
_ROOM = 1.02

_STYLE = """
.ovt{--ovt-accent:var(--overlap-%(model)s,%(accent)s);--ovt-alert:var(--overlap-alert,#d1492e);
color:var(--overlap-ink,currentColor);display:block;width:100%%;overflow:visible;
font-family:inherit;font-variant-numeric:tabular-nums}
.ovt text{fill:currentColor;font-size:12px;unicode-bidi:isolate}
.ovt .ovt-quiet{font-size:11px;fill-opacity:.72}
.ovt .ovt-grid{stroke:currentColor;stroke-opacity:.14}
.ovt .ovt-running{fill:var(--ovt-accent);stroke:var(--ovt-accent);stroke-width:1.5px}
.ovt .ovt-hold{fill:var(--ovt-alert);stroke:var(--ovt-alert);stroke-width:1.5px}
.ovt .ovt-band{fill:var(--ovt-alert);fill-opacity:.1}
.ovt .ovt-failed{fill:var(--ovt-alert);fill-opacity:.18;stroke:var(--ovt-alert)}
.ovt .ovt-end{stroke:currentColor;stroke-width:2px}
.ovt .ovt-cross{stroke:var(--ovt-alert);stroke-width:2.5px;fill:none;stroke-linecap:round}
"""
_ACCENTS = {"asyncio": "#0e8c8c", "threads": "#b8701a", "processes": "#8866cc"}


def to_svg(timeline, *, model=None, uid=None):
    """The picture as one <svg> element with a title and a description.

    `model` (asyncio, threads or processes) overrides the timeline's own. `uid` must differ
    between pictures on a page; the default is made from the data.
    """
    model = model or timeline.model
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; use one of {', '.join(MODELS)}")
    uid = uid or content_id(timeline)
    rows, hidden = _rows(timeline)
    small = len(rows) > 12
    pitch, bar, label_size = (27, 7, 11) if small else (40, 12, 12)
    top = 22
    bottom = top + len(rows) * pitch
    height = bottom + 26

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ovt" role="img" width="100%" '
        f'height="{height}" aria-labelledby="{uid}-t {uid}-d">',
        f'<title id="{uid}-t">{_text(timeline.title)}</title>',
        f'<desc id="{uid}-d">{_text(summary(timeline))}</desc>',
        f"<style>{_STYLE % {'model': model, 'accent': _ACCENTS[model]}}</style>",
        _patterns(uid),
    ]
    span_of_axis = timeline.duration * _ROOM or 1.0

    def x(seconds):
        return f"{100 * seconds / span_of_axis:.3f}%"

    for seconds, label in axis(timeline.duration, most=5):
        share = seconds / span_of_axis
        anchor = "start" if share < 0.04 else "end" if share > 0.93 else "middle"
        out.append(
            f'<line class="ovt-grid" x1="{x(seconds)}" x2="{x(seconds)}" y1="{top - 6}" '
            f'y2="{bottom - 6}"/><text class="ovt-quiet" x="{x(seconds)}" y="11" '
            f'text-anchor="{anchor}">{label}</text>'
        )
    for held in timeline.holds():
        out.append(
            f'<rect class="ovt-band" x="{x(held.start)}" width="{x(held.duration)}" '
            f'y="{top - 4}" height="{bottom - top}"/>'
        )
    used = set()
    for number, (lane, spans) in enumerate(rows):
        y = top + number * pitch
        out.append(_lane(timeline, lane, spans, y, bar, label_size, x, uid, used))
    out.append(_legend(uid, bottom + 10, [state for state in STATES if state in used]))
    out.append("</svg>")
    return "\n".join(out)


def to_html(timeline, *, model=None, uid=None):
    """The picture in a <figure>, with a caption and the same data as a table."""
    uid = uid or content_id(timeline)
    caption = [f"<strong>{_text(timeline.title)}</strong> {_text(summary(timeline))}"]
    rows, hidden = _rows(timeline)
    if hidden:
        caption.append(
            f"The first {MAX_LANES - 1} of {len(timeline.lanes):,} lanes are drawn one by one; "
            f"the last row sums up the other {hidden:,}."
        )
    if any(len(spans) > DENSE for _, spans in rows):
        caption.append(
            "Where a lane has too many spans to draw, the strength of the color "
            "is the share of that time in which it ran."
        )
    return "\n".join(
        [
            '<figure data-timeline style="margin:1em 0">',
            to_svg(timeline, model=model, uid=uid),
            f'<figcaption style="font-size:.85em">{" ".join(caption)}</figcaption>',
            "<details><summary>Same data as a table</summary>",
            _table(timeline),
            "</details>",
            "</figure>",
        ]
    )


def content_id(timeline):
    """An id made from the data: the same for the same timeline."""
    data = json.dumps(timeline.to_dict(), sort_keys=True).encode("utf-8", "replace")
    return "ovt-" + hashlib.sha256(data).hexdigest()[:10]


_shown = {}


def display_html(timeline):
    """to_html() with an id that stays unique when one picture is shown several times.

    A page can show the recorded and the live picture of one deterministic run, so the
    platform is part of the id.
    """
    uid = f"{content_id(timeline)}-{sys.platform}"
    _shown[uid] = _shown.get(uid, 0) + 1
    return to_html(timeline, uid=uid if _shown[uid] == 1 else f"{uid}-{_shown[uid]}")


def _text(text):
    return html_escape(clean(text), quote=True)


def _rows(timeline):
    """(lane, spans) pairs to draw, and how many lanes the last row stands for."""
    lanes = list(timeline.by_lane().items())
    if len(lanes) <= MAX_LANES:
        return lanes, 0
    rest = [span for _, spans in lanes[MAX_LANES - 1 :] for span in spans]
    hidden = len(lanes) - MAX_LANES + 1
    return [*lanes[: MAX_LANES - 1], (f"{hidden:,} more", rest)], hidden


def _patterns(uid):
    """Hatching for waits, cross-hatching for what was cancelled: not color alone."""
    return (
        "<defs>"
        f'<pattern id="{uid}-w" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" '
        'style="fill:var(--ovt-accent);fill-opacity:.1"/>'
        '<line x1="0" x2="0" y1="0" y2="6" style="stroke:var(--ovt-accent);stroke-width:2px;'
        'stroke-opacity:.55"/></pattern>'
        f'<pattern id="{uid}-c" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V6M0 0H6" style="fill:none;'
        'stroke:currentColor;stroke-width:2px;stroke-opacity:.6"/></pattern>'
        f'<path id="{uid}-x" class="ovt-cross" d="M-5-5 5 5M-5 5 5-5"/>'
        "</defs>"
    )


def _lane(timeline, lane, spans, y, bar, label_size, x, uid, used):
    """One lane: its label, its bars, and at the right what is remarkable about it."""
    base = y + label_size
    middle = base + 5 + bar / 2
    words = end_words(timeline, spans)
    out = [
        f'<text x="0" y="{base}" style="font-size:{label_size}px">'
        f"{_text(_fit(lane, 150 if words else 280))}</text>"
    ]
    if words:
        out.append(
            f'<text class="ovt-quiet" x="100%" y="{base}" text-anchor="end">'
            f"{_text(_fit(words, 130))}</text>"
        )
    for span in spans:
        used.add(span.state)
        out.append(_bar(timeline, span, middle, bar, x, uid))
    return "".join(out)


def _bar(timeline, span, middle, bar, x, uid):
    tip = f"<title>{_text(_tip(span))}</title>"
    out = []
    if span.duration or span.state in ("running", "waiting"):
        thin = bar if span.state in ("running", "failed") else bar * 2 / 3
        box = (
            f'x="{x(span.start)}" width="{100 * max(span.duration / (timeline.duration * _ROOM or 1), 0.0001):.3f}%" '
            f'y="{middle - thin / 2:g}" height="{thin:g}"'
        )
        if span.state == "waiting":
            out.append(f'<rect {box} fill="url(#{uid}-w)">{tip}</rect>')
        elif span.state == "cancelled":
            out.append(f'<rect {box} fill="url(#{uid}-c)">{tip}</rect>')
        else:
            held = span.state == "running" and span in timeline.holds()
            out.append(f'<rect class="ovt-{"hold" if held else span.state}" {box}>{tip}</rect>')
    if span.state == "cancelled":
        out.append(
            f'<line class="ovt-end" x1="{x(span.end)}" x2="{x(span.end)}" '
            f'y1="{middle - bar / 2 - 2:g}" y2="{middle + bar / 2 + 2:g}"/>'
        )
    if span.state == "failed":
        out.append(
            f'<use href="#{uid}-x" x="{x(span.end)}" y="{middle:g}"/>'
        )
    return "".join(out)


def _tip(span):
    if span.start == span.end:
        return f"{span.note or span.name}, at {format_seconds(span.end)}"
    return f"{span.state}: {span.note or span.name}, {format_seconds(span.duration)}"


def _fit(text, pixels):
    """The text, cut to about this many pixels at a font size of 12."""
    return shorten(clean(text), int(pixels / 6.4))


def _legend(uid, y, states):
    out, at = [], 0
    for state in states:
        swatch = {
            "running": '<rect class="ovt-running" width="12" height="9" y="-8"/>',
            "waiting": f'<rect width="12" height="9" y="-8" fill="url(#{uid}-w)"/>',
            "cancelled": f'<rect width="12" height="9" y="-8" fill="url(#{uid}-c)"/>',
            "failed": '<path class="ovt-cross" d="M2-8 10 0M2 0 10-8"/>',
        }[state]
        out.append(
            f'<g transform="translate({at} {y + 8})">{swatch}'
            f'<text class="ovt-quiet" x="17" y="0">{state}</text></g>'
        )
        at += 30 + 6 * len(state)
    return "".join(out)


def _table(timeline):
    """All spans as rows; the first MAX_ROWS when there are too many for a page."""
    unit, factor, digits = ("s", 1, 3) if timeline.duration >= 10 else ("ms", 1000, 1)
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Lane", "State", f"From ({unit})", f"To ({unit})", "What", "Note")
    )
    rows = []
    for span in timeline.spans[:MAX_ROWS]:
        numbers = "".join(f"<td>{value * factor:.{digits}f}</td>" for value in (span.start, span.end))
        rows.append(
            f'<tr><th scope="row">{_text(span.lane)}</th><td>{span.state}</td>{numbers}'
            f"<td>{_text(span.name)}</td><td>{_text(span.note)}</td></tr>"
        )
    more = ""
    if len(timeline.spans) > MAX_ROWS:
        more = (
            f"<p>The first {MAX_ROWS} of {plural(len(timeline.spans), 'span')}. "
            "All of them are in the timeline's to_dict().</p>"
        )
    return (
        '<div style="overflow-x:auto" role="region" tabindex="0" aria-label="Timeline as a table">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{more}"
    )
