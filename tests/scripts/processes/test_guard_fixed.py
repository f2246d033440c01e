def test_it_works_with_every_start_method(run):
    """The same pool under the guard."""
    assert run.lines == ["['forest shrunk', 'lake shrunk']"]
    assert run.exit == 0
