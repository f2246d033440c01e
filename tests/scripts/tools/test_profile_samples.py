def test_the_first_row_names_the_busy_function(run):
    """A heading, then the lines with the most samples."""
    assert "nsamples" in run.lines[0]
    assert "is_prime" in run.lines[1]
