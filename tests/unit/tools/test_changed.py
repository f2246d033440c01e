"""Which tests a changed file needs."""

import subprocess

import pytest

from tools import changed
from tools.changed import ROOT, plan


def texts(files):
    """The commands for some changed files, as text without the Python that runs them."""
    return [" ".join(command[1:]) for command, _ in plan(files).commands()]


def test_a_page_is_built_and_opened_in_one_kind_of_browser():
    """All that names the page, in one pass."""
    build, page = plan(["notebooks/async.md", "recipes/mistakes.md"]).commands()
    assert build[0] == ["make", "html"]
    chosen = page[0][page[0].index("-k") + 1]
    assert chosen == "(notebooks/async or recipes/mistakes) and not no-stack-switching and not usual-start"


def test_a_page_of_the_shell_has_the_name_that_it_has_on_the_site():
    """It lies in book/, beside what is no page."""
    assert plan(["book/running.md", "book/index.md", "book/ARCHITECTURE.md"]).pages == {
        "running.html",
        "index.html",
    }


def test_the_contract_is_tested_by_those_who_read_it():
    """In both languages."""
    made = plan(["book/contract/overlap_contract/contract.json"])
    assert "tests/unit/practice/test_practice_server.py" in made.tests
    assert made.web == {"book/web/src/shared/contract.ts"}


def test_a_script_runs_if_it_its_recording_or_its_test_changed():
    """What compares times runs by itself."""
    wanted = texts(["scripts/threads/worker_pool.py"])
    assert [command.count("threads/worker_pool") for command in wanted] == [1, 1]
    assert ["-m alone" in command for command in wanted] == [False, True]
    assert texts(["scripts/threads/worker_pool.out"]) == wanted
    assert texts(["scripts/threads/worker_pool.3.14t.out"]) == wanted
    assert texts(["tests/scripts/threads/test_worker_pool.py"]) == wanted


def test_a_typescript_module_runs_the_tests_that_vitest_relates_to_it():
    """Its paths are those of book/web, where Vitest runs."""
    [(command, folder)] = plan(["book/web/src/page/rich.ts"]).commands()
    assert command[-3:] == ["related", "--run", "src/page/rich.ts"]
    assert (folder / command[-1]).is_file()


def test_a_python_module_runs_the_tests_that_import_it():
    """Directly, or by way of others; what does not need it is left out."""
    direct = plan(["book/practice/practice_server.py"]).tests
    assert "tests/unit/practice/test_practice_server.py" in direct
    assert "tests/unit/trace/test_spans.py" not in direct
    assert "tests/unit/recording/test_record.py" in plan(["tools/running.py"]).tests
    # test_stepper.py imports programs.py, which imports what draws steps.
    assert "tests/unit/virtual/test_stepper.py" in plan(["tests/unit/virtual/programs.py"]).tests


def test_what_has_no_test_needs_none():
    """Only what the checks before it read."""
    assert plan(["README.md", "LICENSE", "requirements.txt"]).commands() == []


def test_what_a_branch_changed_is_found(tmp_path, monkeypatch):
    """Commits since main, uncommitted changes and new files; not what is deleted."""

    def git(*arguments):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    for name in ("old", "gone", "edited"):
        (tmp_path / name).write_text(name)
    git("add", "-A")
    git("commit", "-m", "main")
    git("checkout", "-b", "branch")
    (tmp_path / "committed").write_text("committed")
    (tmp_path / "gone").unlink()
    git("add", "-A")
    git("commit", "-m", "branch")
    (tmp_path / "edited").write_text("changed")
    (tmp_path / "new").write_text("new")
    monkeypatch.setattr(changed, "ROOT", tmp_path)
    assert changed.changed_files() == ["committed", "edited", "new"]


@pytest.mark.parametrize("name", changed.READ_BY, ids=str)
def test_what_the_table_names_exists(name):
    """The file or folder, and its tests."""
    assert (ROOT / name).exists()
    assert (ROOT / changed.READ_BY[name]).exists()
