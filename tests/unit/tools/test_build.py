"""A site is not built again when nothing that it is made from has changed."""

import subprocess
from types import SimpleNamespace

import pytest

from tools import build


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site whose builds only count; ``status`` is what the next one ends with."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "page.md").write_text("# Page")
    (tmp_path / "_build").mkdir()
    (tmp_path / "index.html").write_text("built")
    plain = subprocess.run
    said = SimpleNamespace(builds=0, status=0, folder=tmp_path)

    def run(command, **options):
        if command[0] == "git":
            return plain(command, **options)
        said.builds += 1
        return SimpleNamespace(returncode=said.status)

    monkeypatch.setattr(build.subprocess, "run", run)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "BUILT", tmp_path / "_build" / "site-built.txt")
    monkeypatch.setattr(build, "SITE", tmp_path / "index.html")
    monkeypatch.setattr(build, "ENVIRONMENT", tmp_path / "environment.pickle")
    return said


def test_nothing_is_done_when_nothing_has_changed(site, capsys):
    assert [build.build(), build.build()] == [0, 0]
    assert site.builds == 1
    assert "Nothing has changed" in capsys.readouterr().out


CHANGES = {
    "a page": lambda folder, patch: (folder / "notebooks" / "page.md").write_text("# Another"),
    "a new page": lambda folder, patch: (folder / "notebooks" / "new.md").write_text("# New"),
    "a page that is gone": lambda folder, patch: (folder / "notebooks" / "page.md").unlink(),
    "a setting": lambda folder, patch: patch.setenv("OVERLAP_BASE_URL", "https://example.org/"),
    "no site": lambda folder, patch: (folder / "index.html").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_builds_again(site, monkeypatch, change):
    build.build()
    change(site.folder, monkeypatch)
    build.build()
    assert site.builds == 2


def test_a_build_with_problems_is_tried_again(site):
    site.status = 1
    assert [build.build(), build.build()] == [1, 1]
    assert site.builds == 2
