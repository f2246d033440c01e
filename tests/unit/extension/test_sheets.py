"""The printed sheets: every line runs on each Python that has its call, and they are what their pages say."""

import re
import subprocess
import tomllib
from textwrap import indent

import pytest
from sphinx.errors import ExtensionError

from book.extension import sheets
from book.extension.reference import ROOT
from tools.running import interpreters

SHEETS = sheets.sheets()
PYTHONS = [pytest.param(python, id=python.tag) for python in interpreters()]


def lines_of(sheet):
    return [line for group in sheet.get("group", []) for line in group["line"]]


def has(python, line):
    """Whether this Python has the call of a line."""
    version = sheets.added()[line["call"]] or "3.0"
    return python.release >= tuple(map(int, version.split(".")))


def program_of(sheet, python):
    """All lines of a sheet as one program."""
    lines = [line for line in lines_of(sheet) if has(python, line)]
    ordinary, in_loop = [], []
    for line in lines:
        (in_loop if sheet["name"] == "asyncio" and not line.get("top") else ordinary).append(line["code"])
    if in_loop:
        code = "\n".join(in_loop)
        ordinary += [f"async def sheet():\n{indent(code, '    ')}", "asyncio.run(sheet())"]
    return guarded(sheet["before"], "\n".join(ordinary))


def guarded(before, code):
    """A program whose workers may import it."""
    return f"{before}\nif __name__ == '__main__':\n{indent(code, '    ')}\n"


def run(python, program, folder):
    file = folder / "sheet.py"
    file.write_text(program, encoding="utf8")
    done = subprocess.run([python.path, file], cwd=folder, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + program


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", [name for name, sheet in SHEETS.items() if "group" in sheet])
def test_the_lines_of_a_sheet_run_one_after_another(name, python, tmp_path):
    """Without an error or a warning."""
    run(python, program_of(SHEETS[name], python), tmp_path)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("number", range(3))
def test_each_model_of_the_comparison_runs(number, python, tmp_path):
    """All rows of one column, as one program."""
    sheet = SHEETS["three-models"]
    code = "\n".join(row["codes"][number] for row in sheet["row"])
    if sheet["heads"][number] == "asyncio":
        code = f"async def sheet():\n{indent(code, '    ')}\nasyncio.run(sheet())"
    run(python, guarded(sheet["befores"][number], code), tmp_path)


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_on_two_a4_pages_with_every_line(name):
    """Nothing is cut off at the right, which pages say as well: one line of code for each call."""
    sheet = SHEETS[name]
    paper = sheets.pdf_of(sheet, "https://example.org/overlap/")
    assert paper.pages_count == 2
    assert {round(paper.w), round(paper.h)} == {210, 297}
    paper.set_font("courier", "", sheets.SIZE)
    for line in lines_of(sheet):
        assert paper.get_string_width(line["code"]) < paper.epw - 2, line["code"]
        last = line["call"].rpartition(".")[2].lower()
        assert last in line["code"].lower() or last in line["does"].lower(), line
    if "group" in sheet:
        assert 35 <= len(lines_of(sheet)) <= 50
    assert bytes(paper.output()) == bytes(sheets.pdf_of(sheet, "https://example.org/overlap/").output())


def test_it_names_the_pythons_of_the_guide():
    """The first and the last of those that the tests know."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["tool"]["overlap"]["pythons"]
    assert (known[0], [tag for tag in known if tag[-1] != "t"][-1]) == sheets.pythons()


def test_a_call_that_no_table_has_is_refused():
    """With the file, the call and the fix."""
    sheet = {"title": "T", "page": "p.md", "group": [{"title": "G", "line": [{"call": "no.such"}]}]}
    with pytest.raises(ExtensionError, match=re.escape("sheets.toml: no reference table has no.such")):
        sheets.pdf_of(sheet, "")
