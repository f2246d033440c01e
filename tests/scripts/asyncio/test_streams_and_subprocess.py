def test_lines_come_back_and_the_program_answers(run):
    """Two lines through one connection; output and exit status of a process."""
    assert run.lines == ["[b'SOUP', b'RICE']", "server ended: True", "(0, b'desserts')"]
