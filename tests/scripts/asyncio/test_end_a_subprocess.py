def test_exit_codes_and_output_come_back_and_a_slow_program_is_ended(run):
    """A signal is a negative exit code."""
    assert run.lines == ["(3, 'SOUP')", "4", "-15"]
