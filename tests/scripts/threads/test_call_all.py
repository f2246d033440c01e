import threading

import pytest


def test_each_item_has_its_outcome(run):
    """The page that is missing and the one that never comes do not harm the others."""
    good = [f"{name}: 4000 bytes" for name in ("cat", "dog", "owl", "elk")]
    assert [line for line in run.lines if "bytes" in line] == good
    assert run.lines[3] == "frist: <HTTPError 404: 'Not Found'>"
    assert run.lines[4] == "stuck: TimeoutError('timed out')"


def test_the_tests_shown_on_the_page_pass(tests_on_page):
    """They are run word for word."""
    shown = tests_on_page("recipes/run-blocking-calls-in-a-thread-pool.md")
    assert len(shown) == 3
    for test in shown.values():
        test()


def test_an_interrupt_leaves_no_thread_and_starts_nothing_more(example):
    """Ctrl-C reaches the main thread: here it comes out of `report`."""
    began = []

    def begin(number):
        began.append(number)
        if number > 0:  # the first one ends; the next one gives the interrupt its time
            threading.Event().wait(0.5)

    def report(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        example["call_all"](begin, range(1000), workers=1, report=report)
    assert len(began) < 1000
    assert not [one for one in threading.enumerate() if one.name.startswith("call")]


def test_progress_gets_every_outcome(example):
    """`report` gets each outcome once, as it comes."""
    seen = []
    done = example["call_all"](str, "abc", workers=2, report=seen.append)
    assert sorted(seen, key=lambda one: one.item) == done
    assert [one.value for one in done] == ["a", "b", "c"]
