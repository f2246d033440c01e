# /// script
# requires-python = ">=3.11"
# ///
"""A notebook's function in a process pool, then the same from a file.

A program that comes with python -c has no file that workers could
import, and neither has the kernel of a notebook.

Run it: python pool_in_a_notebook.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

# [cells]
IN_A_CELL = """
def shrink(photo):
    return photo // 2
"""
IN_A_FILE = "from photos import shrink"
RUN = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
spawn = multiprocessing.get_context("spawn")
with ProcessPoolExecutor(1, mp_context=spawn) as pool:
    print(list(pool.map(shrink, [4, 6])))
"""
# [/cells]


def notebook(cells, folder):
    """Run the cells; return the last line that they print."""
    done = subprocess.run(
        [sys.executable, "-c", cells], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    *_, last = done.stdout.strip().splitlines()
    return last.partition(":")[0].rpartition(".")[2]


def main():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "photos.py").write_text(IN_A_CELL)
        print("defined in a cell:", notebook(IN_A_CELL + RUN, folder))
        print("imported:", notebook(IN_A_FILE + RUN, folder))


if __name__ == "__main__":
    main()
