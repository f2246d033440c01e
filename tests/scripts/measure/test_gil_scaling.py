import re
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

WORK = ["count_primes", "hash_photo", "fill_own_dict", "fill_one_dict"]


def speedups(text):
    """Times as fast with 2 and 4 threads, by work; and seconds with one thread."""
    found, alone = {}, {}
    for line in text.splitlines()[1:]:
        if match := re.fullmatch(r"(\w+), 1 thread: ([\d.]+) s", line):
            work = match[1]
            alone[work], found[work] = float(match[2]), {}
        else:
            threads, times = re.fullmatch(r"  (\d) threads: ([\d.]+)x as fast", line).groups()
            found[work][int(threads)] = float(times)
    return found, alone


def test_four_kinds_of_work(run):
    found, alone = speedups(run.text)
    assert list(found) == list(alone) == WORK
    assert all(set(times) == {2, 4} for times in found.values())


def test_python_code_in_threads_keeps_one_core_busy_under_the_gil(example):
    """Processor time cannot exceed the time on the wall, however busy the machine is."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("the claim is about standard builds")
    with ThreadPoolExecutor(max_workers=2) as pool:
        wall, cpu = time.perf_counter(), time.process_time()
        primes = sum(pool.map(example["count_primes"], range(4)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert primes > 0
    assert cpu < 1.1 * wall


@pytest.mark.parametrize("suffix", [".out", ".3.14t.out"])
def test_the_recordings_show_what_the_page_says(suffix):
    """Two cores. Hashing gains on both builds; Python code on the free-threaded one only,
    and there least, if at all, where all threads write to one dict. A recording made on a
    busy machine fails here."""
    recording = Recording.read((SCRIPTS / "measure" / "gil_scaling").with_suffix(suffix))
    found, _ = speedups(recording.text)
    assert recording.cores == 2
    assert recording.python.startswith("3.14.")
    assert found["hash_photo"][2] > 1.7
    if recording.build == "CPython":
        assert all(found[work][2] < 1.15 for work in WORK if work != "hash_photo")
    else:
        assert found["count_primes"][2] > 1.7
        assert found["fill_own_dict"][2] > 1.4
        assert found["fill_one_dict"][2] < 1.2
