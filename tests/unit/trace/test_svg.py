"""The picture says what the spans say, and nothing else."""

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
from overlap_trace import Span, Timeline, to_html, to_svg, to_text
from overlap_trace.spans import KINDS
from overlap_trace.svg import MAX_BARS, MAX_LANES, MAX_ROWS, display_html

from tests.unit.trace.samples import sample

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</svg></figure>",
    "]]>&amp;<!--",
    "a\x00b\x1b[31m\x85",
    "\ud800 lone surrogate",
    "\u202egnp.exe",
    "two\nlines\tand tabs",
    "{braces} %s %(model)s",
]


def parse(timeline, **options):
    return ElementTree.fromstring(to_svg(timeline, **options))


class Page(HTMLParser):
    """Collects the tags, the attributes and the table rows of an HTML text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.ids, self._text = [], [], [], None
        self.attributes = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._text = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self._text)
            self._text = None

    def handle_data(self, data):
        if self._text is not None:
            self._text += data


def bars(svg):
    """(class or pattern, x%, width%) of every bar with a tooltip, in drawing order."""
    found = []
    for rect in svg.iter(f"{SVG}rect"):
        if rect.find(f"{SVG}title") is not None:
            kind = rect.get("class") or rect.get("fill")
            found.append((kind, float(rect.get("x")[:-1]), float(rect.get("width")[:-1])))
    return found


def test_every_span_is_drawn_where_it_was():
    """One bar per span with a length, at its share of the axis; one mark per end."""
    timeline = sample()
    svg = parse(timeline)
    scale = timeline.duration * 1.02 / 100
    expected = {
        (round(s.start / scale, 3), round(s.duration / scale, 3)) for s in timeline.spans if s.duration
    }
    drawn = bars(svg)
    assert {(x, width) for _, x, width in drawn} == expected
    assert len(drawn) == len(expected)
    crosses = [u for u in svg.iter(f"{SVG}use") if u.find(f"{SVG}title") is not None]
    caps = [u for u in svg.iter(f"{SVG}line") if u.get("class") == "ovt-end"]
    assert [u.get("x") for u in crosses] == [f"{0.03 / scale:.3f}%"]
    assert [u.get("x1") for u in caps] == [f"{0.3 / scale:.3f}%"] * 2


def test_short_steps_and_end_marks_are_drawn_over_waits():
    """What is drawn later covers what is drawn earlier: waits first, end marks last."""
    svg = to_svg(
        Timeline(
            [
                Span("a", "n", 0.0, 0.5, "waiting"),
                Span("a", "n", 0.5, 0.5001, "running"),
                Span("a", "n", 0.5001, 1.0, "waiting"),
                Span("a", "Boom", 0.5, 0.5, "failed"),
            ]
        )
    )
    order = re.findall(r'<(?:rect|use) [^>]*(-w\)|"ovt-running"|-x")[^>]*><title>', svg)
    assert order == ["-w)", "-w)", '"ovt-running"', '-x"']


def test_two_jobs_in_a_row_do_not_look_like_one():
    """Between jobs that follow each other at once there is a seam; elsewhere there is none."""
    jobs = [Span("w", f"job {n}", n, n + 1, "running") for n in range(3)]
    assert to_svg(Timeline(jobs, model="threads")).count('<line class="ovt-seam"') == 2
    waits = [Span("w", f"job {n}", n, n + 1, "waiting") for n in range(3)]
    assert to_svg(Timeline(waits, model="threads")).count('<line class="ovt-seam"') == 2
    apart = [Span("w", f"job {n}", n, n + 0.5, "running") for n in range(3)]
    assert '<line class="ovt-seam"' not in to_svg(Timeline(apart, model="threads"))


def test_states_differ_by_more_than_color():
    """Running is solid, waiting and cancelled use different patterns, failed has a cross."""
    svg = parse(sample())
    kinds = {kind.rpartition("-")[2] for kind, _, _ in bars(svg)}
    assert kinds == {"running", "hold", "w)", "c)"}
    patterns = {p.get("id").rpartition("-")[2] for p in svg.iter(f"{SVG}pattern")}
    assert patterns == {"w", "c"}
    assert "failed: ValueError" in to_svg(sample())


def test_kinds_of_waits_differ_by_more_than_color():
    """Each kind that occurs has lines of its own and its word in the legend, on a phone in rows."""
    spans = [Span("main", kind, n, n + 1, "waiting", kind=kind) for n, kind in enumerate(KINDS)]
    svg = parse(Timeline(spans))
    lines = {
        p.get("id").rpartition("-")[2]: (p.get("patternTransform"), p[-1].get("d"))
        for p in svg.iter(f"{SVG}pattern")
    }
    assert len({lines[kind] for kind in KINDS}) == len(KINDS)
    assert [kind.rpartition("-")[2].rstrip(")") for kind, _, _ in bars(svg)] == list(KINDS)
    legend = [(g.get("transform"), g[-1].text) for g in svg.iter(f"{SVG}g") if g.get("transform")]
    assert [word for _, word in legend] == ["waiting for:", *KINDS]
    places = [tuple(map(float, re.findall(r"[\d.]+", place))) for place, _ in legend]
    assert len(set(places)) == len(places)
    assert all(x + 17 + 7 * len(word) <= 300 for (x, _), (_, word) in zip(places, legend, strict=True))
    assert float(svg.get("height")) >= max(y for _, y in places)


def test_one_kind_of_wait_is_called_waiting():
    """Nothing is to be told apart; a first turn that nobody can see does not count."""
    spans = [
        Span("a", "first", 0, 0.0001, "waiting", kind="turn"),
        Span("a", "s", 1, 2, "waiting", kind="sleep"),
    ]
    assert ">waiting<" in to_svg(Timeline(spans))
    assert "waiting for:" not in to_svg(Timeline(spans))
    assert ">lock<" in to_svg(Timeline([Span("a", "l", 0, 1, "waiting", kind="lock")]))


def test_a_hold_is_marked_and_said_in_asyncio_only():
    """A step over 50 ms has its own color, a band over all lanes, and words."""
    drawn = to_svg(sample())
    assert 'class="ovt-band"' in drawn
    assert "held the loop 0.10 s" in drawn
    threads = to_svg(sample("threads"))
    assert 'class="ovt-band"' not in threads
    assert "held the loop" not in threads


def test_labels_are_above_their_bars():
    """The baseline of a lane's label is above the top of its bars, so they cannot overlap."""
    svg = parse(sample())
    labels = [float(t.get("y")) for t in svg.iter(f"{SVG}text") if t.get("x") == "0"]
    tops = sorted({float(r.get("y")) for r in svg.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None})
    assert len(labels) == 3
    for top in tops:
        above = [y for y in labels if y < top]
        assert above
        assert top - above[-1] < 10
        below = [y for y in labels if y > top]
        assert not below or below[0] - top > 24  # bar (12) and the next label (12)


def test_svg_has_role_title_and_description():
    """role=img, named by its own <title> and <desc>; the description holds the numbers."""
    svg = parse(sample())
    assert svg.get("role") == "img"
    ids = svg.get("aria-labelledby").split()
    title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert ids == [title.get("id"), desc.get("id")]
    assert title.text == "Sample"
    assert desc.text == (
        "3 tasks, 0.40 s. Code ran for 0.13 s, 32 % of the time. fetch held the event loop for "
        "0.10 s in one step; nothing else could run. 1 task cancelled. 1 task failed."
    )


def test_html_contract():
    """figure[data-timeline] > svg[role=img] and a table in details; no script, nothing external."""
    html = to_html(sample())
    page = Page(html)
    assert html.startswith("<figure data-timeline")
    assert page.tags.count("svg") == page.tags.count("table") == page.tags.count("details") == 1
    assert "<summary>Same data as a table</summary>" in html
    assert not {"script", "link", "img", "iframe", "image", "foreignObject"} & set(page.tags)
    links = [value for _, name, value in page.attributes if name in ("href", "src", "xlink:href")]
    assert all(value.startswith("#") for value in links)
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/2000/svg)", html)


def test_table_equals_spans():
    """The table has one row per span, in order, with the same values."""
    timeline = sample()
    rows = Page(to_html(timeline)).rows[1:]
    assert rows == [
        [s.lane, s.state, f"{s.start * 1000:.1f}", f"{s.end * 1000:.1f}", s.name, s.note]
        for s in timeline.spans
    ]


def test_table_of_a_long_trace_says_that_it_stops():
    """More spans than fit on a page: the first rows, and a sentence with both numbers."""
    spans = [Span("a", "n", i, i + 0.5, "running") for i in range(MAX_ROWS + 100)]
    html = to_html(Timeline(spans))
    assert len(Page(html).rows) == MAX_ROWS + 1
    assert f"The first {MAX_ROWS} of {MAX_ROWS + 100} spans." in html


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_stay_text(hostile):
    """Names and notes never become markup, control characters or broken XML."""
    timeline = Timeline(
        [
            Span(hostile, hostile, 0, 1, "running", hostile),
            Span(hostile, hostile, 1, 1, "failed", hostile),
        ],
        title=hostile,
        remark=hostile,
    )
    svg = to_svg(timeline)
    tree = ElementTree.fromstring(svg)
    harmless = to_svg(Timeline([Span("x", "x", 0, 1, "running", "x"), Span("x", "x", 1, 1, "failed", "x")]))
    count = [e.tag for e in tree.iter()]
    assert count == [e.tag for e in ElementTree.fromstring(harmless).iter()]
    html = to_html(timeline)
    assert Page(html).tags.count("svg") == 1
    assert not {"script", "img"} & set(Page(html).tags)
    assert not any(name.startswith("on") for _, name, _ in Page(html).attributes)
    for text in (svg, html, to_text(timeline)):
        text.encode("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_ids_are_unique_between_pictures():
    """Different pictures on a page share no id; the same picture shown twice does not either."""
    other = Timeline([Span("a", "b", 0, 1, "running")])
    html = to_html(sample()) + to_html(other) + display_html(sample()) + display_html(sample())
    ids = Page(html).ids
    assert len(ids) == len(set(ids)) > 8
    for reference in re.findall(r'(?:url\(#|href="#)([^)"]+)', html):
        assert reference in ids


def test_model_chooses_the_color():
    """model= picks the accent variable; the default is the timeline's model."""
    assert "--overlap-threads," in to_svg(sample("threads"))
    assert "--overlap-processes," in to_svg(sample("threads"), model="processes")
    with pytest.raises(ValueError, match="asyncio, threads, processes"):
        to_svg(sample(), model="fibers")


def _luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_fallback_colors_are_legible_on_light_and_dark():
    """Every fallback color has a contrast of 3:1 or more on white and on near-black."""
    colors = {
        c for m in ("asyncio", "threads", "processes") for c in re.findall(r"#[0-9a-f]{6}", to_svg(sample(m)))
    }
    assert len(colors) == 4
    for color in colors:
        for paper in ("#ffffff", "#14181e"):
            high, low = sorted((_luminance(color), _luminance(paper)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 3, (color, paper)


def test_too_many_lanes_are_condensed_and_it_says_so():
    """Above the limit the last row sums up the rest, and the caption gives the numbers."""
    spans = [Span(f"worker {n}", "w", n / 1000, n / 1000 + 0.01, "running") for n in range(100)]
    html = to_html(Timeline(spans, model="threads"))
    labels = re.findall(r'<text x="0"[^>]*>([^<]*)<', html)
    assert len(labels) == MAX_LANES
    assert labels[-1] == "61 more threads"
    assert "39 of 100 lanes are drawn one by one; the last row sums up the other 61." in html
    assert "sums up" not in to_html(Timeline(spans[:MAX_LANES]))


def test_a_lane_with_too_many_spans_is_drawn_as_shares():
    """A spinning lane costs a bounded number of elements, and its color is its share."""
    spans = []
    for n in range(5000):
        spans.append(Span("spin", "s", n / 1000, n / 1000 + 0.00025, "running"))
        spans.append(Span("spin", "w", n / 1000 + 0.00025, (n + 1) / 1000, "waiting"))
    spans.append(Span("spin", "Boom", 5.0, 5.0, "failed", "Boom: x"))
    html = to_html(Timeline(spans))
    assert len(to_svg(Timeline(spans))) < 60_000
    shares = {float(s) for s in re.findall(r"fill-opacity:(0\.[0-9]+)\"", html)}
    assert shares == {0.35}  # a quarter of the time, plus 0.1 so that little is still visible
    assert f"more than {MAX_BARS} spans" in html
    assert "Boom: x, at 5.00 s" in html
