"""Charts that a page draws from recordings when the site is built.

    from book.extension.charts import COLORS, chart, plt
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    axes.plot(workers, seconds, color=COLORS["threads"])
    chart(figure, "Chart: seconds against workers. 1 worker: 3.3 s; …", "Recorded with …")

Matplotlib draws in placeholder colors, and the SVG names the site's own instead, so one
chart serves light and dark pages. It carries its numbers as text for those who do not see it.
A wide figure is drawn twice, because its words would be too small on a phone.
"""

from __future__ import annotations

import io
import re
import textwrap
from html import escape

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
from IPython.display import HTML
from matplotlib.figure import Figure
from matplotlib.text import Annotation

# Placeholder: what the page shows. No theme has these colors.
_SITE = {
    "ink": ("#010203", "currentColor"),
    "threads": ("#040506", "var(--overlap-threads, #b45309)"),
    "processes": ("#070809", "var(--overlap-processes, #6d28d9)"),
    "asyncio": ("#0a0b0c", "var(--overlap-asyncio, #0f766e)"),
}
# Inches. Scaled to a phone, a figure no wider than this has words of 14 pixels.
_PHONE_WIDTH, _PHONE_HEIGHT = 3.6, 3.2

COLORS = {name: placeholder for name, (placeholder, _) in _SITE.items()}
INK = COLORS["ink"]

plt.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "overlap",
        "font.family": "sans-serif",
        "font.size": 11,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def chart(figures: Figure | list[Figure], label: str, caption: str) -> HTML:
    """Return one figure for the page, or several beside each other (below each other on a phone).

    `label` says what to see and every number, `caption` who measured.
    """
    figures = figures if isinstance(figures, list) else [figures]
    drawn = "".join(map(_svg, figures))
    columns = (
        "display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr))"
    )
    return HTML(
        f'<figure class="chart"><div role="img" aria-label="{escape(label)}" style="{columns}">{drawn}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _svg(figure: Figure) -> str:
    """Draw the figure as wide as there is room, and if that is wide, a second drawing for phones."""
    width, height = figure.get_size_inches()
    if width <= _PHONE_WIDTH:
        drawn = _draw(figure, "")
    else:
        drawn = _draw(figure, "chart-wide")
        figure.set_size_inches(_PHONE_WIDTH, max(height, _PHONE_HEIGHT))
        for words in figure.findobj(Annotation):
            words.set_text(textwrap.fill(words.get_text(), 16))
        drawn += _draw(figure, "chart-narrow")
    plt.close(figure)
    return drawn


def _draw(figure: Figure, name: str) -> str:
    """Draw the figure in the colors of the page. No two on a page may share the ids of their parts."""
    buffer = io.StringIO()
    with plt.rc_context({"svg.hashsalt": f"overlap {name}"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    for placeholder, shown in _SITE.values():
        svg = svg.replace(placeholder, shown)
    size = f'class="{name}" aria-hidden="true" style="width: 100%; height: auto"'
    return re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', size, svg, count=1)
