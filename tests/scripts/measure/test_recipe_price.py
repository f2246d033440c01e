import re


def test_each_recipe_is_measured_beside_its_bare_tool(run):
    """Two sizes of items, four pairs; the numbers are those of the machine."""
    pairs = re.findall(r"^  (.+): \d+ µs, \d+ µs an item, [\d.]+x$", run.text, re.MULTILINE)
    assert pairs == ["gather, fan_out", "map, call_all", "map, compute_all", "map, joblib"] * 2
