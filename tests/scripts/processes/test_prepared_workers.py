def test_each_worker_is_prepared_once(run):
    """Four photos, at most two workers, and each worker counts one preparation."""
    assert [line.split(", ")[1] for line in run.lines] == ["prepared 1 time"] * 4


def test_the_curve_brightens(run):
    """The workers used the table that the initializer made."""
    levels = [line.split(",")[0] for line in run.lines]
    assert levels == ["level 16 -> 64", "level 64 -> 128", "level 128 -> 181", "level 240 -> 247"]
