def test_both_write(run):
    assert run.text == "both saved\n"
