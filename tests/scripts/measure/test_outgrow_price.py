import re


def test_a_task_costs_more_on_the_cluster(run):
    """Both an empty task and a big one: many times, on any machine."""
    costs = {name: float(ms) for name, ms in re.findall(r"(\w+): empty task ([\d.]+) ms", run.text)}
    assert costs["Dask"] > 3 * costs["pool"]
