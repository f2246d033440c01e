"""The page's old addresses, and the drawing of the event loop against CPython's own order."""

import asyncio
import re

import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from overlap_trace.stepper import record_steps

from book.examples.scripts import ROOT

NOTEBOOKS = ROOT / "notebooks"
PAGE = (NOTEBOOKS / "async.md").read_text(encoding="utf-8")

# The sections of notebooks/async.md while it was one page, without those that it still has.
OLD_ADDRESSES = [
    "choose-what-one-failure-does-to-the-others",
    "cancel-by-raising-an-exception-at-the-next-pause",
    "put-a-limit-on-any-wait",
    "three-mistakes-that-look-right",
    "a-plain-except-misses-what-a-taskgroup-raises",
    "a-task-that-swallows-its-cancellation-ignores-the-timeout",
    "a-task-nobody-holds-can-vanish",
    "practice-build-a-batch-downloader",
    "wait-inside-with-and-for",
    "hold-a-lock-when-a-change-spans-a-pause",
    "take-several-locks-in-the-same-order",
    "exercises-change-the-downloader",
]


@pytest.mark.parametrize("anchor", OLD_ADDRESSES)
def test_an_old_address_leads_to_the_section(anchor):
    """At the old anchor stands a link to the page that has the section now."""
    _, after = PAGE.split(f"({anchor})=\n")
    page, new = re.match(r"\s*\[.+\]\((async-[\w-]+\.md)#([\w-]+)\)\n", after).groups()
    titles = re.findall(r"^##+ (.+)", (NOTEBOOKS / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert new == anchor
    assert new in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_the_dinner_is_drawn_in_the_order_of_asyncio(capsys):
    """What the prose reads off the drawing: who runs in each turn, and the output of the real loop."""
    cells = [c.source for c in read_myst_markdown_notebook(PAGE).cells if c.cell_type == "code"]
    source = next(cell for cell in cells if "async def dinner" in cell).removesuffix("await dinner()")
    names = {"asyncio": asyncio}
    exec(source, names)
    recording = record_steps(names["dinner"]).data
    ran = [recording["tasks"][step["task"]] for step in recording["steps"] if step["kind"] == "step"]
    assert ran == ["dinner", "soup", "rice", "rice", "soup", "dinner"]
    capsys.readouterr()
    asyncio.run(names["dinner"]())
    assert capsys.readouterr().out == recording["output"]
    assert recording["output"].startswith("both ordered\n")
