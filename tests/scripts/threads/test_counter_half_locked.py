from tools.running import run_script


def test_a_lock_given_back_in_between_does_not_help(run, script_and_python):
    """Between the two locks another thread does its own update; in one of three runs at least."""
    counted = []
    for _ in range(3):
        expected, total = (int(line.split()[1].replace(",", "")) for line in run.lines)
        assert expected == 400_000
        assert 0 < total <= expected
        counted.append(total)
        if total < expected:
            return
        run = run_script(*script_and_python)
    raise AssertionError(f"nothing was lost in three runs: {counted}")
