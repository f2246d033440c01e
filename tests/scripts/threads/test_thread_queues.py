def test_each_queue_gives_first_what_its_table_says(run):
    """All orders are served; a full or empty queue says so."""
    assert run.lines == [
        "Queue: cake rice soup tea",
        "LifoQueue: fire",
        "PriorityQueue is full; first: (1, 'fire')",
        "SimpleQueue: soup",
        "SimpleQueue is empty",
    ]
