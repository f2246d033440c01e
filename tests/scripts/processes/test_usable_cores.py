import os

import pytest


def test_a_quota_is_read_and_one_core_is_one(run):
    assert run.lines == [
        "cpu.max says max 100000: quota None",
        "cpu.max says 200000 100000: quota 2.0",
        "cpu.max says 50000 100000: quota 0.5",
        "on one core: 1",
    ]


@pytest.fixture
def cores(example, monkeypatch, tmp_path):
    """The cores of a machine with eight, whose cgroups are files of the test."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 8, raising=False)

    def count(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return example["usable_cores"](tmp_path)

    return count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000\n", 8),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("1600000 100000\n", 8),  # more than the machine has
        ("", 8),
        ("nonsense\n", 8),
        ("100000 0\n", 8),
    ],
)
def test_version_2(cores, text, expected):
    assert cores({"cpu.max": text}) == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1\n", 8), ("300000\n", 3), ("50000\n", 1)])
def test_version_1(cores, quota, expected):
    assert cores({"cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": "100000\n"}) == expected


def test_no_cgroups(cores):
    """On another system, or where nothing is mounted."""
    assert cores({}) == 8


def test_the_tests_on_the_page_pass(tests_on_page, tmp_path):
    tests = tests_on_page("recipes/in-a-container.md")
    tests["test_without_a_quota_there_is_none"](tmp_path)
    tests["test_a_quota_below_one_core_is_one_worker"](tmp_path)
