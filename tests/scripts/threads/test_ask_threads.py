def test_a_thread_and_the_others_see_the_same(run):
    """And what it did not catch goes to the hook, not to join."""
    assert run.lines == [
        "name: waiter daemon: False",
        "same number: True",
        "the system's: True",
        "listed: True",
        "threads: 2",
        "alive: False",
        "main: True",
        "uncaught: ValueError",
    ]
