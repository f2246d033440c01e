def test_a_lambda_does_not_travel(run, python):
    """AttributeError up to 3.13, PicklingError from 3.14 on; no result."""
    error = "AttributeError" if python.release < (3, 14) else "PicklingError"
    (line,) = run.lines
    assert line.startswith(f"{error}: Can't ")
    assert "main.<locals>.<lambda>" in line
