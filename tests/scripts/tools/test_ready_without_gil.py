import subprocess
import sys

from book.examples.scripts import SCRIPTS
from tools.running import recipes

SCRIPT = SCRIPTS / "tools" / "ready_without_gil.py"


def ask(*names):
    command = [recipes().path, SCRIPT, *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_tells_compiled_packages_from_pure_ones(run):
    kinds = {line.split()[0]: line.split(maxsplit=2)[2] for line in run.lines}
    assert list(kinds) == ["aiohttp", "anyio", "httpx", "numpy"]
    assert {name for name, rest in kinds.items() if "compiled" in rest} == {"aiohttp", "numpy"}
    assert kinds["httpx"].startswith("pure Python  says ")


def test_all_are_the_packages_of_the_environment():
    lines = ask("--all").stdout.splitlines()
    assert len(lines) > 20
    assert any(line.startswith("trio ") for line in lines)


def test_a_package_that_is_not_there_is_said_so():
    done = ask("no-such-package")
    assert done.returncode == 1
    assert done.stderr.startswith("no-such-package is not installed in ")


def test_what_a_package_promises_is_its_own_word(tmp_path):
    """The last word of the classifier, whatever the package is made of."""
    info = tmp_path / "cook-1.0.dist-info"
    info.mkdir()
    classifier = "Classifier: Programming Language :: Python :: Free Threading :: 3 - Stable"
    (info / "METADATA").write_text(f"Name: cook\nVersion: 1.0\n{classifier}\n")
    (info / "RECORD").write_text("cook/fast.so,,\ncook/__init__.py,,\n")
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(SCRIPT.parent)!r}]\n"
        "import ready_without_gil as r\n"
        "print(r.ready(r.distribution('cook')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 compiled   says 3 - Stable\n"
