import re


def test_both_intervals_were_tried(run, python):
    """200 rounds each; on a free-threaded build some of them show the mistake."""
    found = [(int(a), int(b)) for a, b in re.findall(r"(\d+) of (\d+) failed", run.text)]
    assert [rounds for _, rounds in found] == [200, 200]
    if python.free_threaded:
        assert max(failed for failed, _ in found) > 0
