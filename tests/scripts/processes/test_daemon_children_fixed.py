def test_a_worker_of_the_executor_may(run):
    assert run.text == "lake.jpg: 0\n"
