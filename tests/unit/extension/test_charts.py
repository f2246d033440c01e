"""Charts drawn at build."""

import re

from book.extension.charts import COLORS, chart, plt


def drawn(label="Chart: 1 worker: 3 s", caption="Recorded with CPython"):
    figure, axes = plt.subplots()
    axes.plot([1, 2], [3, 4], color=COLORS["threads"])
    return chart(figure, label, caption).data


def test_a_chart_uses_the_colors_of_the_page():
    """No placeholder is left, so a dark page gets readable lines."""
    html = drawn()
    assert "var(--overlap-threads" in html
    assert "currentColor" in html
    assert not [color for color in COLORS.values() if color in html]


def test_a_chart_says_its_numbers_and_who_measured():
    """The label is an attribute and the caption is text: both are escaped."""
    html = drawn('a "b" & c', "CPython <3.14>")
    assert 'role="img" aria-label="a &quot;b&quot; &amp; c"' in html
    assert "<figcaption>CPython &lt;3.14&gt;</figcaption>" in html


def test_several_figures_make_one_chart_with_one_label():
    """Beside each other; a reader of the label meets them as one."""
    figures = [plt.subplots(figsize=(3, 3))[0] for _ in range(2)]
    html = chart(figures, "Two charts", "Recorded").data
    assert html.count("<svg") == html.count('aria-hidden="true"') == 2
    assert html.count("aria-label") == html.count("<figure") == 1


def test_a_wide_chart_has_a_second_drawing_for_phones():
    """Its words wrap, and no id is in both drawings: a hidden one must not lend its clip path."""
    figure, axes = plt.subplots(figsize=(7, 3))
    axes.plot([1, 2], [3, 4])
    axes.annotate("the server serves eight at a time", (1, 3))
    html = chart(figure, "Chart", "Recorded").data
    wide, narrow = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert 'class="chart-wide"' in wide
    assert 'class="chart-narrow"' in narrow
    assert float(re.search(r'viewBox="0 0 ([\d.]+)', narrow)[1]) < 300
    assert "the server serves eight" in wide
    assert "the server serves eight" not in narrow
    drawn_ids = [set(re.findall(r'<clipPath id="([^"]+)"', svg)) for svg in (wide, narrow)]
    assert drawn_ids[0]
    assert not drawn_ids[0] & drawn_ids[1]


def test_the_same_data_give_the_same_chart():
    """A build without a change writes no other file."""
    assert drawn() == drawn()
