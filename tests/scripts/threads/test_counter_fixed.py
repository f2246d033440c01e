import difflib

from book.examples.scripts import SCRIPTS


def test_the_lock_keeps_every_update(run):
    """Nothing is lost, on every Python."""
    assert run.lines == ["expected 2,000,000", "counted  2,000,000"]


def test_only_the_lock_is_new():
    """The pair differs in the lock, the `with`, and the indentation of one line."""
    broken, fixed = (
        (SCRIPTS / "threads" / f"counter_{kind}.py").read_text().splitlines()[7:]
        for kind in ("broken", "fixed")
    )
    changes = [line for line in difflib.unified_diff(broken, fixed, n=0) if line[0] in "+-"]
    assert [line[0] + line[1:].split("#")[0].strip() for line in changes[2:]] == [
        "+lock = threading.Lock()",
        "-total_bytes = total_bytes + int(content_length)",
        "+with lock:",
        "+total_bytes = total_bytes + int(content_length)",
    ]
