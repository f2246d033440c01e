def test_both_results_come(run):
    assert run.text == "['small lake.jpg', 'small hill.jpg']\n"
