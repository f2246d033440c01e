def test_an_interpreter_has_its_own_globals(run):
    """Calls, code, a thread and a queue reach it; a lock does not."""
    assert run.lines == [
        "call: 1 and here: []",
        "exec: RICE",
        "call_in_thread: tea",
        "ExecutionFailed: ZeroDivisionError",
        "NotShareableError",
        "interpreters: 2",
        "main: True",
    ]
