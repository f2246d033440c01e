def test_nested_pools_multiply(run):
    """Three workers that start three each; one pool for all parts has three."""
    assert run.lines == ["nested: 3 workers, each starts 3 more", "flat: 3 workers"]
