def test_a_worker_of_pool_may_not_start_a_process(run):
    assert run.text == "AssertionError: daemonic processes are not allowed to have children\n"
