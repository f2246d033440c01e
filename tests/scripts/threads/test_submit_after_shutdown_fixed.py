def test_both_results_come(run):
    assert run.lines == ["small lake.jpg", "small hill.jpg"]
