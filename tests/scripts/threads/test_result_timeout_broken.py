import re


def test_the_work_goes_on_after_the_timeout(run):
    """cancel() refuses, the pool waits, and the download is finished after all."""
    assert run.lines[0] == "timed out; cancelled: False"
    assert run.lines[1].endswith("lake.jpg downloaded")
    # A hundred pauses of 0.01 s cannot take less.
    assert float(re.search(r"after ([\d.]+) s", run.text)[1]) >= 1.0
