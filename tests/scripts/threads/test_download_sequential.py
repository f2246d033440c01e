def test_the_waits_add_up(run):
    """Eight photos of 0.1 s each cannot take less than 0.8 s."""
    assert run.lines[0].startswith("8 photos, 32000 bytes, in ")
    assert float(run.lines[0].split()[-2]) >= 0.8
