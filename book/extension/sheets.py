"""The printed sheets, PDF files made from ``reference/data/sheets.toml``, and the directive that links one.

A sheet has one line of code for each call, at a size that can be read on paper, and looks the same from
every browser. The version of a call is that of its entry in the other files of ``reference/data``.
"""

from __future__ import annotations

import html
import re
import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from fpdf import FPDF
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .glance import last_change
from .notebook_form import Directive, notebook_form
from .reference import DATA
from .verified import tested_pythons

logger = logging.getLogger(__name__)

SOURCE = DATA / "sheets.toml"
FOLDER = "sheets"

#: Points, and millimeters. 8.5 pt is the smallest that is read without effort.
SIZE, MARGIN, LINE = 8.5, 12.0, 4.3
BASE_CSS = Path(__file__).parents[1] / "static" / "css" / "base.css"
INK, QUIET, TINT = "#14181c", "#555c64", "#f4f5f6"


class SheetLink(nodes.General, nodes.Element):
    """Where a sheet is downloaded."""


@cache
def sheets() -> dict[str, dict[str, Any]]:
    """Return each sheet of the data by its name."""
    try:
        data = tomllib.loads(SOURCE.read_text(encoding="utf8"))
    except tomllib.TOMLDecodeError as error:
        raise ExtensionError(f"reference/data/{SOURCE.name} cannot be read: {error}.") from error
    return {sheet["name"]: sheet for sheet in data["sheet"]}


def pythons() -> tuple[str, str]:
    """Return the first and the last Python on which the lines were run."""
    first, *_, last = (version for version in tested_pythons() if version[-1] != "t")
    return first, last


@cache
def colors() -> dict[str, str]:
    """Return the site's color on white of each model."""
    found = re.findall(r"--overlap-(\w+): light-dark\((#\w+)", BASE_CSS.read_text(encoding="utf8"))
    return dict(found)


@cache
def added() -> dict[str, str]:
    """Return for each call of the reference since which Python it is there; "" if it always was."""
    found = {}
    for file in DATA.glob("*.toml"):
        for section in tomllib.loads(file.read_text(encoding="utf8")).get("section", []):
            found.update({entry["name"]: entry.get("added", "") for entry in section.get("entry", [])})
    return found


class _Paper(FPDF):
    """A4 with a heading on the first page, and at the foot of each where it is from."""

    def __init__(self, sheet: dict[str, Any], address: str, day: str) -> None:
        super().__init__(orientation="landscape" if "row" in sheet else "portrait", format="A4")
        self.sheet, self.day = sheet, day
        self.color = colors()[sheet["model"]] if "model" in sheet else INK
        self.from_where = address + sheet["page"].removesuffix(".md") + ".html"
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 6)
        self.set_title(f"{sheet['title']}: one line for each call")
        self.set_lang("en-US")
        self.set_creation_date(
            datetime.combine(date.fromisoformat(day), time(), UTC)
        )  # the same bytes each time
        self.add_page()
        self.set_font("helvetica", "B", 20)
        self.set_text_color(self.color)
        self.cell(0, 10, sheet["title"], new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        """Say which Pythons, which day, where the guide is, and which page this is."""
        self.set_y(-MARGIN - 3)
        self.set_font("helvetica", "", SIZE)
        self.set_text_color(QUIET)
        self.cell(
            0,
            5,
            f"Run on Python {' to '.join(pythons())}. {self.day}. {self.from_where}",
            link=self.from_where,
        )
        self.set_x(MARGIN)
        self.cell(0, 5, f"{self.page_no()}", align="R")

    def heading(self, text: str, height: float) -> None:
        """Begin a group; `height` is what must fit below it."""
        if self.will_page_break(height + 8):
            self.add_page()
        self.ln(1.8)
        self.set_font("helvetica", "B", 11)
        self.set_text_color(self.color)
        self.cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")

    def code(self, text: str, width: float) -> None:
        """Write lines of code on a tint, from where the pen is."""
        self.set_font("courier", "", SIZE)
        self.set_text_color(INK)
        self.set_fill_color(TINT)
        self.multi_cell(width, LINE, text, fill=True, align="L", new_x="RIGHT", new_y="TOP")

    def line_of_a_call(self, line: dict[str, Any]) -> None:
        """Write what a call does, since when it exists, and its line of code."""
        if self.will_page_break(2 * LINE + 0.6):
            self.add_page()
        self.set_font("helvetica", "", SIZE)
        self.set_text_color(QUIET)
        self.cell(0, LINE, line["does"])
        if version := added()[line["call"]]:
            self.set_x(MARGIN)
            self.cell(0, LINE, f"new in {version}", align="R")
        self.ln(LINE)
        self.code(line["code"], self.epw)
        self.ln(LINE + 0.6)

    def row(self, row: dict[str, Any]) -> None:
        """Write the code of the three models side by side."""
        height = LINE * max(code.count("\n") + 1 for code in row["codes"])
        self.heading(row["does"], height)
        gap = 3.0
        width = (self.epw - 2 * gap) / 3
        top = self.get_y()
        for column, (head, code) in enumerate(zip(self.sheet["heads"], row["codes"], strict=True)):
            self.set_xy(MARGIN + column * (width + gap), top)
            self.set_font("helvetica", "B", SIZE)
            self.set_text_color(colors()[head.lower()])
            self.cell(width, LINE, head)
            self.set_xy(MARGIN + column * (width + gap), top + LINE)
            self.code(code, width)
        self.set_xy(MARGIN, top + LINE + height + 1)


def pdf_of(sheet: dict[str, Any], address: str) -> FPDF:
    """Return a sheet on paper; `address` is the site's. Raises ExtensionError if no table has a call."""
    calls = {line["call"] for group in sheet.get("group", []) for line in group["line"]}
    if unknown := sorted(calls - added().keys()):
        raise ExtensionError(
            f"reference/data/{SOURCE.name}: no reference table has {unknown[0]}. Take a `call` that one has."
        )
    paper = _Paper(sheet, address, last_change(SOURCE))
    for group in sheet.get("group", []):
        paper.heading(group["title"], 2 * LINE)
        for line in group["line"]:
            paper.line_of_a_call(line)
    for row in sheet.get("row", []):
        paper.row(row)
    return paper


def write_sheets(app: Sphinx) -> None:
    """Write the PDF of each sheet; a step at the end of the build."""
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, sheet in sheets().items():
        pdf_of(sheet, app.config.html_baseurl).output(folder / f"{name}.pdf")


class SheetDirective(SphinxDirective):
    """``{sheet} asyncio``: a link to the sheet of that name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the link, or report that there is no such sheet."""
        name = self.arguments[0]
        if name not in sheets():
            logger.warning(
                "there is no sheet %s; known are %s.",
                name,
                ", ".join(sheets()),
                location=(self.env.docname, self.lineno),
                type="overlap",
            )
            return []
        self.env.note_dependency(str(SOURCE))
        return [SheetLink(name=name)]


@notebook_form("sheet")
def sheet_in_notebook(directive: Directive) -> str:
    """Return nothing: a notebook is not printed."""
    return ""


def visit_sheet(self: HTML5Translator, node: SheetLink) -> None:
    """Write the link."""
    name = node["name"]
    root = "../" * self.builder.get_target_uri(self.builder.current_docname).count("/")
    self.body.append(
        f'<p class="sheet"><a href="{root}{FOLDER}/{name}.pdf" download>Download the sheet</a>: '
        f"{html.escape(sheets()[name]['title'])} on two A4 pages (PDF).</p>\n"
    )


def depart_sheet(self: HTML5Translator, node: SheetLink) -> None:
    """Nothing is open."""


def setup(app: Sphinx) -> None:
    """Register the directive and its node."""
    app.add_directive("sheet", SheetDirective)
    app.add_node(SheetLink, html=(visit_sheet, depart_sheet))
