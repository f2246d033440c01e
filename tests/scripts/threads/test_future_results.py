def test_a_future_answers_for_its_call(run):
    """One worker: the first runs, the rest wait; only a waiting call can be cancelled; an
    error stays in the future until somebody asks."""
    assert run.lines == [
        "lake is running: True",
        "torn is running: False",
        "cancel lake: False",
        "cancel extra: True",
        "lake: lake.jpg, 4000 bytes",
        "torn: OSError('torn.jpg ends too early')",
        "torn is done: True",
        "extra is cancelled: True",
        "result() raised: torn.jpg ends too early",
    ]
