NAMES = ["mountain.jpg", "lake.jpg", "forest.jpg", "frist.jpg"]


def outcomes(run):
    return dict(line.split("  ")[1].split(": ", 1) for line in run.lines)


def test_one_error_does_not_stop_the_others(run):
    """The wrong name is reported as failed; the three others arrive."""
    assert outcomes(run) == {
        "frist.jpg": "failed: HTTP Error 404: Not Found",
        "lake.jpg": "4000 bytes",
        "forest.jpg": "4000 bytes",
        "mountain.jpg": "4000 bytes",
    }


def test_reports_come_as_downloads_end(run):
    """Times never go back, and the first submitted item, the slowest, is not the first."""
    times = [float(line.split()[0]) for line in run.lines]
    assert times == sorted(times)
    assert run.lines[0].split("  ")[1].split(":")[0] != NAMES[0]


def test_any_failed_connection_is_an_outcome(example):
    """Nobody listens: each name gets an outcome, no exception ends the loop."""
    outcomes = dict(example["download_all"]("http://127.0.0.1:1", NAMES))
    assert sorted(outcomes) == sorted(NAMES)
    assert all(outcome.startswith("failed: ") for outcome in outcomes.values())
