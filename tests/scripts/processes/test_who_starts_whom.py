def test_each_start_method_comes_from_where_the_page_says(run, python):
    """Whose child a worker is, and which process ran the file; forkserver's helper does since 3.14.1."""
    said = dict(line.split(": ") for line in run.lines)
    by_helper = "the helper" if python.release >= (3, 14) else "the worker"
    promised = {
        "fork": "child of the program, file run by the program",
        "forkserver": f"child of the helper, file run by {by_helper}",
        "spawn": "child of the program, file run by the worker",
    }
    assert said == {method: promised[method] for method in said}
    assert "spawn" in said
