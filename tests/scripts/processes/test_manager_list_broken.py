def test_the_change_is_lost(run):
    """And nothing says so."""
    assert run.text == "['boat.jpg']\n"
