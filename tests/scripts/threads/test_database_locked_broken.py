def test_the_second_writer_gives_up(run):
    assert run.text == "OperationalError: database is locked\n"
