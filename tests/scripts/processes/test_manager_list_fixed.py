def test_the_change_is_there(run):
    assert run.text == "['boat.jpg', 'swan.jpg']\n"
