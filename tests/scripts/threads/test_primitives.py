def test_each_primitive_does_what_its_table_says(run):
    """A Semaphore's limit can grow, that of a BoundedSemaphore cannot; no wait is endless."""
    assert run.lines == [
        "RLock taken twice",
        "Condition: soup",
        "Barrier: [0, 1]",
        "Barrier broken: True",
        "Semaphore, the limit grew: True True",
        "a third: False",
        "BoundedSemaphore: Semaphore released too many times",
        "Timer: True",
    ]
