def test_a_crash_costs_one_item(run):
    """It was tried twice; no worker is left."""
    assert sorted(run.lines) == [
        "13: WorkerDied('exit code 1'), tries: 2",
        "4: 16, tries: 1",
        "worker processes left: 0",
    ]
