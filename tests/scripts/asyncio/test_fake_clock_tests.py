import asyncio

import pytest


def test_hours_of_waiting_are_tested(run):
    """All tests of the script pass."""
    assert run.lines == ["4 tests, ok: True"]


def test_the_clock_jumps(example):
    """A day of sleeping is over at once, and the clock says a day."""

    async def sleeper():
        await asyncio.sleep(86_400)
        return example["now"]()

    assert example["run_fake"](sleeper()) == 86_400


def test_a_wrong_program_fails_its_tests(example):
    """The tests can fail: without pauses between the tries, for one."""

    async def hasty(server):
        for number in 1, 2, 3:
            try:
                return await server(number)
            except ConnectionError:
                pass

    case = example["AskTest"]("test_it_pauses_longer_and_longer")
    case.test_it_pauses_longer_and_longer.__func__.__globals__["ask"] = hasty
    with pytest.raises(AssertionError):
        case.test_it_pauses_longer_and_longer()
