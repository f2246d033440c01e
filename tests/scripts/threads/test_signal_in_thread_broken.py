def test_only_the_main_thread_may(run):
    assert run.text == "ValueError: signal only works in main thread of the main interpreter\n"
