"""Commands, one after another, that wait."""

# verdict: It runs other programs, one after another
# line: subprocess.run(["sleep", "0.1"])

import subprocess

for _ in range(10):
    subprocess.run(["sleep", "0.1"])
