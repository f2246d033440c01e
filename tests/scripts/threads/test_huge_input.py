from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest


def test_map_reads_all_and_map_ahead_a_few(run, python):
    """`map` without buffersize has read everything before the first result."""
    assert run.lines[0] == "map: 10000 lines read for the first result"
    assert run.lines[1:3] == ["map_ahead: 8 lines read", "all equal: True"]
    buffered = "map(buffersize=8): 0, 9 lines read"
    assert (run.lines[3:] == [buffered]) == (python.release >= (3, 14))


def test_an_endless_input_can_be_left(example):
    """Leaving the loop cancels what has not begun."""
    with ThreadPoolExecutor(1) as pool:
        for square in example["map_ahead"](pool, lambda n: n * n, count(), ahead=4):
            if square == 100:
                break
    assert square == 100


def test_an_error_is_raised_at_its_place(example):
    """The results before it come first."""
    with ThreadPoolExecutor(1) as pool:
        results = example["map_ahead"](pool, lambda n: 1 // n, [1, 0, 1], ahead=3)
        assert next(results) == 1
        with pytest.raises(ZeroDivisionError):
            next(results)
