def test_it_computes_on_one_core(run):
    """diagnose.py sees one core busy nearly all the time."""
    assert run.lines[0] == "33860 primes"
    assert any(line.startswith("It computes, on ") for line in run.lines)
    assert "Recipe: Parallelize CPU work across processes" in run.lines
