def test_aiohttp_tells_the_loop(run):
    """The message goes to the loop's exception handler, not to whoever forgot."""
    assert run.lines[0] == "Unclosed client session"
