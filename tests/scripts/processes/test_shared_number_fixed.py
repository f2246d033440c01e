def test_no_update_is_lost(run):
    assert run.text == "200,000 of 200,000 counted\n"
