def test_the_generator_was_closed_where_it_ran(run):
    assert run.text == "row: 1\n"
