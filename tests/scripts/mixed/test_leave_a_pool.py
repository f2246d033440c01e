def test_only_the_with_block_stops_the_loop(run):
    """The call sees what the loop did meanwhile: nothing, or its event."""
    assert run.lines == [
        "with_block: the loop ran meanwhile: False",
        "wait_in_a_thread: the loop ran meanwhile: True",
    ]
