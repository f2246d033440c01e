def test_what_each_way_takes_along(run, python):
    """run_in_executor: nothing, or on a free-threaded build the id of the first request."""
    seen = "request-1" if python.free_threaded else "none"
    assert run.lines == [
        f"request-{n}: to_thread request-{n}, executor {seen}, copied context request-{n}" for n in (1, 2)
    ]
