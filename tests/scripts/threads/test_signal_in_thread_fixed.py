def test_the_signal_stops_the_thread(run):
    assert run.text == "served, and stopped\n"
