def test_the_queue_stays_short_and_an_error_of_the_thread_ends_it(run):
    """All arrives in order, never more than three wait; a writer that fails does not leave a hang."""
    assert run.lines == [
        "20 written, in order: True, more than 3 in the queue: False",
        "the writer failed: no reading",
    ]
