"""The recorded pictures are of the programs on the page, and show what the page says."""

import json

import pytest

from tools.record_timelines import PICTURES, PROGRAMS, TARGET, source_of

KINDS = "broken", "fixed"
KEPT = json.loads(TARGET.read_text(encoding="utf-8"))


def spans(name, **wanted):
    run = KEPT["pictures"][name]["spans"]
    return [one for one in run if all(one.get(key) == value for key, value in wanted.items())]


def end(name):
    return max(span["end"] for span in spans(name))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_of_the_program_as_it_is_served(name):
    """Else: python -m tools.record_timelines."""
    assert KEPT["pictures"][name]["source"] == source_of(name)


def test_the_checks_block_the_loop_and_then_overlap():
    """Four steps that hold the loop; then none, and threads that ran at the same time."""
    users = ["ann", "ben", "eve", "joe"]
    held = {kind: {lane for lane, _, _ in KEPT["pictures"][f"login_loop_{kind}"]["held"]} for kind in KINDS}
    assert sorted(held["broken"].intersection(users)) == users
    assert not held["fixed"].intersection(users)
    lanes = KEPT["pictures"]["login_loop_fixed"]["lanes"]
    assert [f"asyncio_{number}" in lanes for number in range(4)] == [True] * 4
    assert end("login_loop_fixed") < end("login_loop_broken")


def test_the_lock_is_waited_for_and_then_not():
    """Longer than all four requests together, against next to nothing."""
    before, after = (
        sum(one["end"] - one["start"] for one in spans(f"cache_lock_{kind}", kind="lock")) for kind in KINDS
    )
    assert before > 0.4
    assert after < 0.01
    assert end("cache_lock_fixed") < end("cache_lock_broken")


def test_the_second_process_has_nothing_to_do_and_then_half():
    """The least that a process of each pool computed."""
    least = {}
    for kind in KINDS:
        about = KEPT["pictures"][f"shares_pool_{kind}"]["lanes_about"]
        workers = [lane["name"] for lane in about if lane["model"] == "processes"]
        assert len(workers) == 2
        # What it computed while other programs had the cores is not "running".
        own = [spans(f"shares_pool_{kind}", lane=worker) for worker in workers]
        busy = [
            [one["end"] - one["start"] for one in each if one["name"] in ("runs", "unseen")] for each in own
        ]
        least[kind] = min(map(sum, busy))
    assert least["fixed"] > 2 * least["broken"]
    assert end("shares_pool_fixed") < end("shares_pool_broken")


def test_the_costs_are_of_the_programs_that_the_tool_runs():
    """Each through each tool, and none faster than its own sleeps."""
    assert list(KEPT["costs"]) == PROGRAMS
    for tools in KEPT["costs"].values():
        assert list(tools) == ["alone", "timeline.py", "viztracer"]
        assert all(0.5 < output <= ended for output, ended in tools.values())
