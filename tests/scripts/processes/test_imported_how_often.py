def test_the_helper_imports_once_since_3_14_1(run, python):
    """Before, each of three workers imports the file; since then all are forks of one import."""
    once = python.release >= (3, 14) and python.version != "3.14.0"
    assert run.lines.count("imported as __mp_main__") == (1 if once else 3)
    assert run.lines[-1] == f"different numbers: {1 if once else 3}"
