"""A verdict of diagnose.py means little if the program hardly got a core."""

import re

import pytest


@pytest.fixture
def run(run):
    """As always; skipped if a program of less than a second took more than five."""
    if (wall := re.search(r"^ran ([\d.]+) s, used", run.text, re.MULTILINE)) and float(wall[1]) > 5:
        pytest.skip(f"other programs had the cores: it ran {wall[1]} s")
    return run
