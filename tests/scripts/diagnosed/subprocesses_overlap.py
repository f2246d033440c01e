"""Nothing: eight commands at a time."""

# verdict: It waits, and overlaps

import subprocess

for _ in range(3):
    started = [subprocess.Popen(["sleep", "0.4"]) for _ in range(8)]
    for process in started:
        process.wait()
