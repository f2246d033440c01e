def test_a_function_of_a_cell_breaks_the_pool_and_an_imported_one_does_not(run):
    """Where there is no file to import, as in a notebook's kernel."""
    assert run.lines == ["defined in a cell: BrokenProcessPool", "imported: [2, 3]"]
