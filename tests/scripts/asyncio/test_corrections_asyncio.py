import pytest

from book.examples.scripts import output_of


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        ("context", ["lost, 42"]),
        ("files", ["refused: ValueError"]),
        ("many", ["24 calls, six threads, at once: 6"]),
        (
            "limit",
            ["TimeoutError, thread ended: False", "asyncio.run returned, thread ended: True"],
        ),
    ],
)
def test_each_claim_is_wrong(run, part, lines):
    assert output_of(run.text, part).splitlines() == lines


def test_get_event_loop_makes_a_loop_up_to_3_13_only(run, python):
    lines = output_of(run.text, "no_loop").splitlines()
    if python.release >= (3, 14):
        assert lines == ["RuntimeError: There is no current event loop in thread 'MainThread'."]
    else:
        assert lines == ["a loop, made just now"]
