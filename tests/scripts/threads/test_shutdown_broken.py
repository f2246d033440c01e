def test_a_daemon_thread_never_reaches_its_finally(run):
    """The program ends; `finally` does not run, and nobody is told."""
    assert run.lines == ["all photos downloaded"]
    assert run.exit == 0
    assert [leftover for leftover in run.leftovers if leftover.startswith("daemon thread")]
