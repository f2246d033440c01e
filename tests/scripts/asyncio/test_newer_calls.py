def test_an_eager_task_runs_before_its_caller_goes_on(run):
    """The order is the other one than usual."""
    assert run.lines[:2] == [
        "usual: the caller goes on, cat begins",
        "eager: cat begins, the caller goes on",
    ]


def test_the_call_graph_goes_beyond_the_task(run):
    """From the lock inside asyncio, through the task, to the caller's coroutine."""
    assert run.lines[2:] == [
        "calls: Event.wait() <- wait_for() <- who_awaits()",
        "as a string: True frames of the task: 2",
    ]
