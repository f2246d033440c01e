import re


def gaps(run):
    """Longest gap of the heartbeat (seconds) by place."""
    return {line.split()[0]: float(re.findall(r"([\d.]+) s", line)[-1]) for line in run.lines}


def test_the_places_that_this_python_has(run, python):
    """Interpreters from 3.14 on."""
    places = ["directly", "ThreadPool", "ProcessPool"]
    assert list(gaps(run)) == places + ["InterpreterPool"] * (python.release >= (3, 14))


def test_computing_on_the_loop_blocks_it_for_the_whole_time(run):
    """The heartbeat waits at least as long as the work takes."""
    seconds, gap = map(float, re.findall(r"([\d.]+) s", run.lines[0]))
    assert gap >= seconds - 0.02
