def test_no_item_is_lost_or_given_twice(run):
    """Four threads take 1,000 items together; with a tee each takes all."""
    assert run.lines == [
        "one generator, four threads: 1000 items",
        "one iterator, four threads: 1000 items",
        "each thread its copy: [1000, 1000, 1000, 1000]",
    ]
