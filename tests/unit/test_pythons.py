"""The Pythons that the guide speaks of stand in pyproject.toml, and a run says which of them it lacks."""

import re
import subprocess
import sys

import pytest
import yaml

from tools import running
from tools.lock import OLDEST_PYTHON
from tools.running import ROOT, interpreters, missing_pythons, missing_sentence, named_pythons, parts_of

PAGES = [page for folder in ("notebooks", "recipes", "concepts") for page in (ROOT / folder).glob("*.md")]


def required_by(place):
    """What OVERLAP_PYTHONS is set to in a file of CI, as a list of tags."""
    setting = re.search(r'OVERLAP_PYTHONS[:=] *"?([^"}\n]+)', (ROOT / place).read_text(encoding="utf-8"))
    return setting[1].removeprefix("${OVERLAP_PYTHONS-").split()


def test_a_python_that_is_missing_is_named(monkeypatch):
    """And so is one that the run must have."""
    oldest = interpreters()[0]
    monkeypatch.setattr(running, "interpreters", lambda: (oldest,))
    monkeypatch.delenv("OVERLAP_PYTHONS", raising=False)
    others = [tag for tag in named_pythons() if tag != oldest.tag]
    assert list(missing_pythons()) == others
    assert missing_sentence() == f"Not tested on Python {', '.join(others)}: this machine has none."
    monkeypatch.setenv("OVERLAP_PYTHONS", f"{oldest.tag} 3.99 3.14t")
    assert missing_pythons() == (*others, "3.99")
    assert "OVERLAP_PYTHONS requires 3.14t, 3.99" in missing_sentence()


def test_nothing_is_said_when_all_are_here(monkeypatch):
    monkeypatch.setattr(running, "named_pythons", lambda: (interpreters()[0].tag,))
    monkeypatch.delenv("OVERLAP_PYTHONS", raising=False)
    assert missing_sentence() == ""


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
    assert "OVERLAP_PYTHONS requires 3.99t" in done.stdout


@pytest.mark.parametrize("tag", ["3", "3.14.1", "3.14d", "python3.14", "3.x"])
def test_a_tag_that_names_no_python(tag):
    with pytest.raises(ValueError, match="names no Python"):
        parts_of(tag)


@pytest.mark.parametrize("place", [".ci/run", ".github/workflows/site.yml"])
def test_ci_must_have_every_release_that_the_guide_speaks_of(place):
    """Free-threaded builds only where there are any: Debian has none."""
    required = required_by(place)
    assert set(required) <= set(named_pythons())
    assert set(required) >= {tag for tag in named_pythons() if not tag.endswith("t")}


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
