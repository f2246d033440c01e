"""What the page on clusters says of Dask, and the tests it hands out."""

import re
import shutil
import subprocess

from book.examples.scripts import ROOT, SCRIPTS
from tools.running import TIME_LIMIT, recipes

PAGE = ROOT / "recipes" / "outgrow-one-machine.md"

CLAIMS = """
import random
import dask
from distributed import Client, LocalCluster

def call(number):
    return random.random()

def main():
    print("allowed failures:", dask.config.get("distributed.scheduler.allowed-failures"))
    try:
        Client("tcp://127.0.0.1:9", timeout=0.1)
    except OSError:
        print("OSError")
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        for options in {}, {"pure": False}:
            with client.get_executor(**options) as executor:
                print("different results:", len(set(executor.map(call, [1, 1, 1], chunksize=2))))
                try:
                    executor.map(call, [1], buffersize=1)
                except TypeError:
                    print("no buffersize")

if __name__ == "__main__":
    main()
"""


def test_what_the_page_says_of_dask(tmp_path):
    """Defaults, an unreachable scheduler, equal calls, arguments of map."""
    script = tmp_path / "program.py"
    script.write_text(CLAIMS, encoding="utf-8")
    command = [recipes().path, script]
    out = subprocess.run(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT, check=True
    ).stdout
    assert out.splitlines() == [
        "allowed failures: 3",
        "OSError",
        "different results: 1",
        "no buffersize",
        "different results: 3",
        "no buffersize",
    ]


def test_the_tests_on_the_page_pass_for_a_reader(readers_pytest, block_on_page, tmp_path):
    """Saved beside the script and run with pytest."""
    shutil.copy(SCRIPTS / "processes" / "outgrow_one_machine.py", tmp_path)
    (tmp_path / "test_batch.py").write_text(
        block_on_page("recipes/outgrow-one-machine.md", "def test_"), encoding="utf-8"
    )
    printed = readers_pytest()
    assert "2 passed" in printed, printed


def test_the_estimate_starts_from_what_was_recorded():
    """START and BOOKING of the cell are near what Dask cost in the recording."""
    cell = re.search(r"START, BOOKING, NETWORK = (\S+), (\S+), ", PAGE.read_text(encoding="utf-8"))
    recording = (SCRIPTS / "measure" / "outgrow_price.out").read_text(encoding="utf-8")
    start = re.search(r"Dask: started in ([\d.]+) s", recording)
    task = re.search(r"Dask: empty task ([\d.]+) ms", recording)
    assert 0.6 < float(cell[1]) / float(start[1]) < 1.6
    assert 0.6 < float(cell[2]) / (float(task[1]) / 1000) < 1.6
