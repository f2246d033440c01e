def test_only_the_asynchronous_test_case_finds_the_mistake(run):
    """The usual one counts a test that nobody awaited as passed."""
    assert run.lines == [
        "IsolatedAsyncioTestCase: 2 ran, 1 failed",
        "TestCase: 1 ran, 0 failed",
    ]
