def test_the_error_is_reported_beside_the_others(run):
    """Each photo has its outcome."""
    assert run.lines == [
        "forest.jpg: saved",
        "lake.jpg: no space left for lake.jpg",
        "mountain.jpg: saved",
        "finished",
    ]
