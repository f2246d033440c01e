def test_communicate_reads_everything(run):
    """Reading and waiting at once lets the program end."""
    assert run.lines == ["ended, characters read: 1000000"]
