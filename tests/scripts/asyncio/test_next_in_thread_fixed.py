def test_the_end_is_a_value(run):
    assert run.text == "None\n"
