def test_a_partial_of_a_module_function_travels(run):
    """Each level was multiplied in a worker."""
    assert run.lines == ["20 40 60"]
