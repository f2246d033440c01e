def test_an_exception_with_all_its_arguments_arrives(run):
    """The caller gets the very error."""
    assert run.lines == ["PhotoError: lake.jpg: not a picture"]
