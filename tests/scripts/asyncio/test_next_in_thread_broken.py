def test_the_end_of_the_iterator_is_an_error_without_a_name(run):
    """Since 3.13 a RuntimeError comes out of the await."""
    assert run.text == (
        "RuntimeError: StopIteration interacts badly with generators and cannot be raised into a Future\n"
    )
