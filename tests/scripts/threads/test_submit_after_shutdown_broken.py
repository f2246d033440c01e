def test_the_pool_refuses(run):
    assert run.text == "RuntimeError: cannot schedule new futures after shutdown\n"
