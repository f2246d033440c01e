import re

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def busy(lines):
    """Cores busy, by what was run."""
    return {
        match[1]: float(match[2])
        for line in lines[1:]
        if (match := re.fullmatch(r"(.+): \d+\.\d\d s, (\d\.\d) cores busy", line))
    }


def test_four_measurements(run, python):
    """The first line says which build it is; then two functions, two ways each."""
    kind = "free-threaded" if python.free_threaded else "standard"
    assert run.lines[0] == f"Python {python.version}, {kind} build"
    assert list(busy(run.lines)) == [
        "count_primes one after another",
        "count_primes with two threads",
        "hash_photo one after another",
        "hash_photo with two threads",
    ]


def test_threads_that_compute_keep_one_core_busy_on_a_standard_build(run, python):
    """CPU time cannot exceed wall time while only one thread may run Python code. This
    holds however busy the machine is."""
    if python.free_threaded:
        pytest.skip("the claim is about standard builds")
    assert busy(run.lines)["count_primes with two threads"] <= 1.1


@pytest.mark.parametrize("suffix", [".3.11.out", ".out", ".3.14t.out"])
def test_the_recordings_show_the_difference(suffix):
    """Hashing keeps two cores busy on both builds; computing only on the free-threaded one.

    A recording made while the machine was busy with something else fails here.
    """
    recording = Recording.read((SCRIPTS / "threads" / "compute_in_threads").with_suffix(suffix))
    shown = busy(recording.text.splitlines())
    assert shown["count_primes one after another"] >= 0.9
    assert shown["hash_photo one after another"] >= 0.9
    assert shown["hash_photo with two threads"] >= 1.7
    if recording.build == "CPython":
        assert shown["count_primes with two threads"] <= 1.1
        alone, together = re.findall(r"count_primes .+: (\d+\.\d\d) s", recording.text)
        assert 0.8 < float(together) / float(alone) < 1.25  # "about as long"
    else:
        assert shown["count_primes with two threads"] >= 1.7
