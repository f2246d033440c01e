def test_it_waits_one_after_another(run, python):
    """diagnose.py says so, and where."""
    assert run.lines[0] == "8 pages"
    if python.free_threaded:
        assert "cannot see where" in run.text
        return
    assert "It waits, for one thing after another." in run.lines
    assert any("in fetch: time.sleep(0.1)" in line for line in run.lines)
    assert "Recipe: Run blocking calls in a thread pool" in run.lines
