import pytest

from book.examples.scripts import output_of


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        ("stops", ["join returned: None", "only the hook heard of it: ZeroDivisionError"]),
        ("timeout", ["TimeoutError, still running: True", "cancel() returned: False"]),
        ("completed", ["results seen: 1, there were 2"]),
        ("at_exit", ["main reached its last line", "worker finished"]),
    ],
)
def test_each_claim_is_wrong(run, part, lines):
    assert output_of(run.text, part).splitlines() == lines


def test_cpu_count_counts_cores_that_the_program_may_not_use(run, python):
    """Seen on Linux with more than one core; process_cpu_count is new in Python 3.13."""
    if not python.platform.startswith("Linux") or python.cores == 1:
        pytest.skip("needs Linux and two cores")
    lines = ["the program may use: 1", "more in cpu_count(): True"]
    if python.release >= (3, 13):
        lines.append("process_cpu_count(): 1")
    assert output_of(run.text, "cores").splitlines() == lines
