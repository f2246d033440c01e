def test_only_the_guilty_photo_is_missing(run):
    """Seven photos are done, in order, although the first pool broke."""
    assert run.lines == [f"photo-{n}: " + ("crashed its worker" if n == 3 else "shrunk") for n in range(1, 9)]
