import subprocess

from book.examples.scripts import SCRIPTS, Script
from tools.running import TIME_LIMIT, recipes

EXPECTED = [
    "a: b'photo', tries: 1",
    "b: b'photo', tries: 1",
    "c: b'photo', tries: 1",
    "d: b'photo', tries: 1",
    "busy: b'photo', tries: 2",
    "missing: HTTPStatusError, tries: 1",
    "slow: TimeoutError, tries: 2",
    "connections at once, at most: 3",
    "in 0.5 s: b'photo'",
    "in 0.5 s: NotDone",
    "open connections after it: 0",
]


def test_every_url_has_its_outcome(run):
    """Busy is asked again, missing is not, slow ends in time; limit and clean-up hold."""
    assert run.lines == EXPECTED


USE = """
import asyncio
import httpx
from fetch_httpx import fetch_all

def answer(request):
    return httpx.Response(200, content=b"photo")

bad, good = asyncio.run(
    fetch_all(["http://good:none/", "http://good/"], transport=httpx.MockTransport(answer))
)
print(type(bad.error).__name__, bad.tries, good.value)
"""


def test_a_url_that_is_none_costs_only_itself(run, python, use_script):
    """`InvalidURL` is no `HTTPError`; it is an outcome all the same, without a second try."""
    done = use_script(python, USE)
    assert done.stdout == "InvalidURL 1 b'photo'\n"


def test_httpx2_gives_the_same_outcomes(tmp_path):
    """The page says that only the import differs."""
    text = Script(SCRIPTS / "asyncio" / "fetch_httpx.py").served
    assert text.count("\nimport httpx\n") == 1
    file = tmp_path / "fetch_httpx2.py"
    file.write_text(text.replace("\nimport httpx\n", "\nimport httpx2 as httpx\n"), encoding="utf-8")
    done = subprocess.run(
        [recipes().path, file], capture_output=True, text=True, timeout=TIME_LIMIT, check=True
    )
    assert done.stdout.splitlines() == EXPECTED
