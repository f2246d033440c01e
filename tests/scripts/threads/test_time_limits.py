import re


def moments(run):
    """Per call: when main goes on, the call ends, the block is left (seconds)."""
    found = {}
    for line in run.lines:
        name, _, rest = line.partition(": ")
        found[name] = [float(number) for number in re.findall(r"([\d.]+) s", rest)]
    return found


def test_a_limit_on_the_future_does_not_end_the_call(run):
    """Main goes on first; the block is left only when the call has ended by itself."""
    goes_on, ended, left = moments(run)["no_limit"]
    assert goes_on < ended <= left
    assert ended >= 0.5


def test_the_two_others_end_before_they_would_by_themselves(run):
    """The socket gives up at its limit. The call that looks up ends because it was asked."""
    assert "own_limit" in moments(run)
    goes_on, ended, left = moments(run)["looks_up"]
    assert goes_on <= left
    assert ended <= left


def test_a_call_that_looks_up_ends_when_asked(example):
    """An event that is set ends it in its first step."""
    import threading

    import pytest

    stop = threading.Event()
    stop.set()
    with pytest.raises(TimeoutError, match="asked to stop"):
        example["looks_up"](stop)
