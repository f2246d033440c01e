"""What CONTRIBUTING.md says of testing one thing, run as it stands there."""

import os
import re
import subprocess

import pytest

from tools.browser import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf8")
SECTION = re.search(r"^## Test one thing\n(.*?)^## ", TEXT, re.MULTILINE | re.DOTALL)[1]
COMMANDS = re.search(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)[1].splitlines()


def test_each_kind_is_shown():
    """A script, a page, a module of each language, and what make quick runs."""
    for part in ("tests/scripts -k ", "tests/browser -k ", "tests/unit/", "npm test ", "tools.changed"):
        assert len([command for command in COMMANDS if part in command]) >= 1, part


# By number: a name in the id would let the command find this test, too.
@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_that_we_show_works(command):
    """It finds the tests that it is said to find. That they pass is what this run shows, once."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=os.environ | {"PYTEST_ADDOPTS": "--collect-only -q"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=290,
        check=False,
    )
    said = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)  # some of them color what they say
    assert done.returncode == 0, said
    assert "tools.changed" in command or re.search(r"\b\d+(/\d+)? tests collected|\b\d+ passed", said), said
