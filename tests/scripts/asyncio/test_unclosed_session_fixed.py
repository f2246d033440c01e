def test_nothing_is_reported(run):
    assert run.text == "headers: 0\n"
