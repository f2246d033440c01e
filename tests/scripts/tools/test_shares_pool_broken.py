def test_it_does_its_work(run):
    """What its timeline shows is asserted in test_page_see_your_own_program.py."""
    assert run.text.startswith("Totals:")
