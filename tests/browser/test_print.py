"""The cheatsheet on paper."""

import re


def test_the_asyncio_cheatsheet_prints_on_two_a4_pages(open_page, tmp_path):
    """Every entry is on them, in letters that can be read."""
    page = open_page("reference/asyncio.html")
    names = page.locator(".reference-table td:first-child code").all_text_contents()
    assert len(names) > 50
    pdf = page.pdf(prefer_css_page_size=True, print_background=False)
    (tmp_path / "cheatsheet.pdf").write_bytes(pdf)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    [box] = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf))
    width, height = (float(number) for number in box.split()[2:])
    assert abs(width - 595) < 2
    assert abs(height - 842) < 2
    page.emulate_media(media="print")
    shown = page.locator(".reference-table td:first-child code").evaluate_all(
        "names => names.filter(name => name.offsetHeight > 0).length"
    )
    assert shown == len(names)
    cell = page.locator(".reference-table td").first
    size = cell.evaluate("cell => parseFloat(getComputedStyle(cell).fontSize)")
    assert size >= 8.5  # px: 6.4 points
