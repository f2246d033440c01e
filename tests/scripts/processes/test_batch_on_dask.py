import pytest

from tools.running import recipes


def test_each_item_has_its_outcome_and_joblib_runs_on_dask(run):
    """An error costs its item, a crash too, and the cluster goes on; joblib's results are in order."""
    assert run.lines == [
        "5000: 669",
        "-1: ValueError",
        "10000: 1229",
        "13: KilledWorker",
        "15000: 1754",
        "joblib: [1, 1, 2, 6, 24, 120]",
    ]


WORK = """
import threading

stop = threading.Event()

def wait(item):
    if item == "hangs":
        stop.wait()
    return item
"""
# Workers are threads here, so they share the event of the module above.
USE = """
from distributed import Client
from batch_on_dask import NotDone, call_all_on
from work import stop, wait

with Client(processes=False, n_workers=1, threads_per_worker=4, dashboard_address=None) as client:
    print(call_all_on(client, abs, []))
    try:
        call_all_on(client, abs, [1], tries=0)
    except ValueError as error:
        print(error)
    seen = []
    def report(outcome):
        seen.append(outcome.value)
        raise RuntimeError("mine")
    done = call_all_on(client, wait, ["cat"], report=report)
    print(done[0].value, seen)
    done = call_all_on(client, wait, ["hangs"], total_timeout=0.2)
    print(isinstance(done[0].error, NotDone))
    stop.set()
"""


@pytest.mark.proof
def test_a_bad_day_on_a_cluster(run, use_script, tmp_path):
    """Nothing, a bad number, a report that raises, and a batch that takes too long."""
    (tmp_path / "work.py").write_text(WORK)
    done = use_script(recipes(), USE, check=False)
    assert done.stdout.splitlines() == [
        "[]",
        "tries must be above 0, not 0",
        "cat ['cat']",
        "True",
    ], done.stderr
