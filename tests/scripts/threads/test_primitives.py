def test_each_primitive_does_what_its_table_says(run):
    """No update is lost, no wait is endless."""
    assert run.lines == [
        "RLock taken twice",
        "Condition: soup",
        "Barrier: [0, 1]",
        "Semaphore, a third: False",
        "BoundedSemaphore: Semaphore released too many times",
        "Timer: True",
        "Queue: cake rice soup tea",
    ]
