def test_it_waits_in_one_task_at_a_time(run, python):
    """The line that awaits is found inside the paused task."""
    assert run.lines[0] == "8 pages"
    if python.free_threaded:
        assert "cannot see where" in run.text
        return
    assert "It waits, in one asyncio task at a time." in run.lines
    assert any("in fetch: await asyncio.sleep(0.1)" in line for line in run.lines)
    assert "Recipe: Fan out async calls with a limit" in run.lines
