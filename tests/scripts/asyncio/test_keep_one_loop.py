def test_a_runner_keeps_its_loop_and_run_does_not(run):
    """Two runs are two loops, closed; one runner is one loop."""
    assert run.lines == [
        "asyncio.run twice, same loop, closed: False True",
        "one Runner, same loop: cat dog True",
    ]
