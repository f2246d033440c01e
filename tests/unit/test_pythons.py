"""The Pythons that the guide speaks of stand in pyproject.toml, and a run says which of them it lacks."""

import re
import subprocess
import sys

import pytest
import yaml

from book.examples.scripts import ROOT
from tools import running
from tools.lock import OLDEST_PYTHON
from tools.running import (
    interpreters,
    missing_pythons,
    missing_sentence,
    named_pythons,
    parts_of,
    run_is_short_of_pythons,
)

PAGES = [page for folder in ("notebooks", "recipes", "concepts") for page in (ROOT / folder).glob("*.md")]


def required_by(place):
    """What OVERLAP_PYTHONS is set to in a file of CI, as a list of tags."""
    setting = re.search(r'OVERLAP_PYTHONS[:=] *"?([^"}\n]+)', (ROOT / place).read_text(encoding="utf-8"))
    return setting[1].removeprefix("${OVERLAP_PYTHONS-").split()


@pytest.fixture
def only_the_oldest(monkeypatch):
    """A machine with one Python."""
    oldest = interpreters()[0]
    monkeypatch.setattr(running, "interpreters", lambda: (oldest,))
    monkeypatch.delenv("OVERLAP_PYTHONS", raising=False)
    return oldest.tag


def test_pythons_that_are_missing_are_named(only_the_oldest):
    """Which is no reason to fail."""
    others = [tag for tag in named_pythons() if tag != only_the_oldest]
    assert list(missing_pythons()) == others
    assert missing_sentence() == f"Not tested on Python {', '.join(others)}: this machine has none."
    assert not run_is_short_of_pythons()


def test_a_run_is_short_of_what_it_must_have(only_the_oldest, monkeypatch):
    """It says also which Pythons it is not meant to have."""
    monkeypatch.setenv("OVERLAP_PYTHONS", f"{only_the_oldest} 3.99 3.14t")
    assert missing_pythons() == ("3.14t", "3.99")
    assert run_is_short_of_pythons()
    left_out = [tag for tag in named_pythons() if tag not in (only_the_oldest, "3.14t")]
    assert missing_sentence() == (
        "Not tested on Python 3.14t, 3.99: this machine has none; `make pythons` may get it."
        f" Not tested on Python {', '.join(left_out)}: not in OVERLAP_PYTHONS."
    )


def test_a_run_that_has_what_it_must_have(only_the_oldest, monkeypatch):
    monkeypatch.setenv("OVERLAP_PYTHONS", only_the_oldest)
    assert not run_is_short_of_pythons()
    monkeypatch.setattr(running, "named_pythons", lambda: (only_the_oldest,))
    assert missing_sentence() == ""


def test_what_is_not_to_be_tested_on_is_not_found(monkeypatch):
    """But for releases that the guide says nothing of, whose names some tables know."""
    here = [python.tag for python in interpreters(oldest=(3, 8))]
    newest = [tag for tag in here if tag in named_pythons()][-1]
    monkeypatch.setenv("OVERLAP_PYTHONS", newest)
    found = [python.tag for python in interpreters.__wrapped__(oldest=(3, 8))]
    assert found == [tag for tag in here if tag not in named_pythons() or tag == newest]


def test_a_run_that_lacks_a_python_fails(monkeypatch):
    """As .ci/run does before anything else; the free-threaded one is not looked for on the network."""
    monkeypatch.setenv("OVERLAP_PYTHONS", "3.99t")
    done = subprocess.run(
        [sys.executable, "-m", "tools.get_pythons", "3.99t"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Not tested on Python 3.99t: this machine has none" in done.stdout


@pytest.mark.parametrize("tag", ["3", "3.14.1", "3.14d", "python3.14", "3.x"])
def test_a_tag_that_names_no_python(tag):
    with pytest.raises(ValueError, match="names no Python"):
        parts_of(tag)


def test_ci_asks_for_pythons_that_the_guide_speaks_of():
    """The workflow for all of them, .ci/run, which has less time, for the oldest and the two newest."""
    named = named_pythons()
    releases = [tag for tag in named if not tag.endswith("t")]
    assert required_by(".github/workflows/site.yml") == list(named)
    assert required_by(".ci/run") == [releases[0], *releases[-2:]]


def test_the_workflow_installs_what_it_must_have():
    workflow = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    installed = [step["with"]["python-version"] for step in steps if "python-version" in step.get("with", {})]
    assert sorted(set(" ".join(installed).split())) == sorted(required_by(".github/workflows/site.yml"))


def test_other_places_agree_on_the_oldest_and_the_newest():
    """The lock is made for the oldest; no page asks for a Python that is not on the list."""
    assert named_pythons()[0] == OLDEST_PYTHON
    asked = {
        found for page in PAGES for found in re.findall(r'^python: "(.*)"$', page.read_text("utf-8"), re.M)
    }
    assert asked
    assert asked <= set(named_pythons())
