def test_globals_are_shared_locals_are_not(run):
    """Each call has its own list, each thread its own desk, all see three photos in the album."""
    assert run.lines == [
        f"local ['{photo}'], desk {photo}, album 3" for photo in ("forest.jpg", "lake.jpg", "mountain.jpg")
    ]
