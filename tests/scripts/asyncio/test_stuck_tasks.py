def test_the_tree_shows_who_waits_for_the_queue(run):
    """From Task-1 over the task named join to Queue.join, with a line of the program."""
    names = ["Task-1", "album stuck_tasks.py", "(T) join", "Queue.join", "Event.wait"]
    where = [run.text.index(name) for name in names]
    assert where == sorted(where)
    assert "Traceback" not in run.text
