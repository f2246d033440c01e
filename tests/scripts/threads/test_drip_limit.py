import re

import pytest


def test_only_read1_notices_in_time(run):
    """The timeout of the socket never fires; read(n) is late, read1(n) is not."""
    found = dict(re.match(r"(\w+): (.*) after ([\d.]+) s", line).group(1, 3) for line in run.lines)
    assert run.lines[0].startswith("timeout_only: 16 bytes")
    assert "read_and_look: TimeoutError" in run.lines[1]
    assert "read1_and_look: TimeoutError" in run.lines[2]
    whole = 16 * 0.05  # what the server sleeps
    assert float(found["timeout_only"]) >= whole
    assert float(found["read_and_look"]) >= whole


class Answer:
    """As urlopen returns it: `parts` arrive, of `length` bytes that were announced."""

    def __init__(self, parts, length):
        self.parts, self.length = list(parts), length

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def read1(self, most):
        part = self.parts.pop(0) if self.parts else b""
        if self.length is not None:
            self.length -= len(part)
        return part


@pytest.mark.parametrize("length", [4, None])
def test_a_complete_answer_is_joined(example, monkeypatch, length):
    """With and without a Content-Length."""
    answer = Answer([b"ab", b"cd"], length)
    monkeypatch.setitem(example["download"].__globals__, "urlopen", lambda url, timeout: answer)
    assert example["download"]("http://example", limit=10, method="read1") == b"abcd"


def test_an_answer_that_breaks_off_is_an_error(example, monkeypatch):
    """`read1` itself would take it for the whole."""
    answer = Answer([b"ab"], 4)
    monkeypatch.setitem(example["download"].__globals__, "urlopen", lambda url, timeout: answer)
    with pytest.raises(example["IncompleteRead"]):
        example["download"]("http://example", limit=10, method="read1")
