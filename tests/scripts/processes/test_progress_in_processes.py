import shutil
import subprocess

from book.examples.scripts import SCRIPTS
from tools.running import TIME_LIMIT

TROUBLE = """
import os, sys, time
import progress_in_processes as page

def flood_and_die(photo):
    for step in range(20_000):
        page.reports.put((photo, 1))
        if (photo, step) == ("owl", 5_000):
            os.kill(os.getpid(), 9)

def touch(photo):
    time.sleep(0.05)
    open(photo, "w").close()

def bad_owl(photo):
    return int(photo)

def interrupt(messages, jobs):
    raise KeyboardInterrupt

if __name__ == "__main__":
    page.shrink = bad_owl
    print(page.shrink_all(["1", "owl", "3"]), page.shrink_all([]))
    page.shrink = flood_and_die
    print(*{type(one).__name__ for one in page.shrink_all(["cat", "owl", "dog"])})
    page.shrink, page.draw = touch, interrupt
    try:
        page.shrink_all([f"{number}.done" for number in range(100)])
    except KeyboardInterrupt:
        print("few" if len([one for one in os.listdir() if one.endswith(".done")]) < 50 else "all")
"""


def test_errors_crashes_and_an_interrupt(run, python, tmp_path):
    """An error is a value; a killed worker ends the loop; what waits does not begin after Ctrl-C."""
    shutil.copy(SCRIPTS / "processes" / "progress_in_processes.py", tmp_path)
    (tmp_path / "use.py").write_text(TROUBLE, encoding="utf-8")
    done = subprocess.run(
        [python.path, "use.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    errors, crash, interrupted = done.stdout.splitlines()
    assert errors.startswith("[1, ValueError(")
    assert errors.endswith(", 3] []")
    assert "BrokenProcessPool" in crash
    assert interrupted == "few"


def test_every_photo_is_shrunk_and_nothing_is_drawn(run):
    """Without a terminal only the results are printed, in order."""
    assert run.lines == ["cat: shrunk", "horse: shrunk", "owl: shrunk", "elephant: shrunk"]
