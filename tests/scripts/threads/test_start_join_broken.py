def test_the_downloads_do_not_overlap(run):
    """Four waits of 0.1 s, one after another, are at least 0.4 s."""
    assert run.lines[0].startswith("4 downloads in ")
    assert float(run.lines[0].split()[-2]) >= 0.4
