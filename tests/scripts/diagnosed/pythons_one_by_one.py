"""Commands, one after another, that compute."""

# verdict: It runs other programs, one after another
# line: subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"])

import subprocess
import sys

for _ in range(12):
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"])
