def test_a_future_answers_for_its_call(run):
    """One worker: the first runs; only a waiting call can be cancelled; an error
    stays in the future until somebody asks."""
    assert run.lines == [
        "lake is running: True",
        "cancel lake: False",
        "cancel extra: True",
        "lake: lake.jpg, 4000 bytes",
        "torn: OSError('torn.jpg ends too early')",
        "extra is cancelled: True",
        "result() raised: torn.jpg ends too early",
    ]
