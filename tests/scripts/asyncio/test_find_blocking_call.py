def test_debug_mode_names_the_blocking_task_only(run):
    """One report: the task that blocks, not the one that waits as long."""
    reports = [line for line in run.lines if line.startswith("Executing <Task")]
    assert len(reports) == 1, run.text
    assert "name='resize dog'" in reports[0]
    assert "fetch" not in run.text


def test_the_report_says_where_and_how_long(run):
    """It gives the line of the coroutine and at least the 0.3 s that it blocked."""
    report = run.lines[-1]
    assert "resize() done, defined at find_blocking_call.py:" in report
    assert float(report.split()[-2]) >= 0.3
