def test_everything_cleans_up_before_the_interrupt_comes_out(run):
    """Both downloads, then main, then KeyboardInterrupt."""
    assert run.lines == [
        "main: cancelled; cleaned up: cat.jpg dog.jpg",
        "KeyboardInterrupt comes out of asyncio.run",
    ]
