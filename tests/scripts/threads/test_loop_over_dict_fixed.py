def test_the_report_is_of_one_moment(run):
    """What is added meanwhile is not in the copy, and nothing breaks."""
    assert run.lines == ["cat: 10", "dog: 12"]


def test_the_other_thread_did_add(run, example):
    """It was not kept out for the whole loop."""
    example["main"]()
    assert "owl" in example["prices"]
