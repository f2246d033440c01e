def test_print_goes_on_in_the_line_of_the_bar(run):
    """The message stands behind the bar."""
    assert "|owl: no answer\n" in run.text
