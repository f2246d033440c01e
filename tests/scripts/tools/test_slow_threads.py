def test_threads_take_turns_on_a_standard_build(run, python):
    """The GIL hint is there, unless the build has no GIL."""
    assert run.lines[0] == "33860 primes"
    assert ("2 threads take turns" in run.text) != python.free_threaded
