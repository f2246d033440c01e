"""diagnose.py says what is wrong with the programs in `diagnosed`, as their headers say."""

import json

import pytest

from tools.record_diagnosed import SAID, diagnose, has, programs
from tools.running import interpreters, recipes

PROGRAMS = [pytest.param(program, id=program.path.stem) for program in programs()]
PLAIN = [param for param in PROGRAMS if not param.values[0].needs]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_wrong_is_said(program):
    """The verdict is the one of the header, and the line that the header names is among the places."""
    python = recipes().path
    if program.needs and not has(python, program.needs):
        pytest.skip(f"{program.needs} is not in .venv-recipes yet: make test installs it")
    verdict = diagnose(program, python)
    assert program.is_named(verdict), json.dumps(verdict, indent=1)


@pytest.mark.proof
@pytest.mark.parametrize("python", [pytest.param(one, id=one.tag) for one in interpreters()])
@pytest.mark.parametrize("program", PLAIN)
def test_what_is_wrong_is_said_on_every_python(program, python):
    """As far as it can look inside: on a free-threaded build it says that it cannot."""
    verdict = diagnose(program, python.path)
    if python.free_threaded and verdict["waiting_percent"] > 60:
        assert "cannot see where" in verdict["summary"] or "other programs" in verdict["summary"]
    else:
        assert program.is_named(verdict), json.dumps(verdict, indent=1)


def test_the_table_on_the_page_is_about_these_programs():
    """Recorded by `python -m tools.record_diagnosed`, and no row is wrong."""
    said = json.loads(SAID.read_text("utf-8"))
    assert {name: row["wrong"] for name, row in said.items()} == {
        program.path.stem: program.wrong for program in programs()
    }
    assert [name for name, row in said.items() if not row["right"]] == []
