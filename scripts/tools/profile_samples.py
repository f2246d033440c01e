# /// script
# requires-python = ">=3.15"
# ///
"""Find the line that computes most, with Python 3.15's profiler.

Run it: python profile_samples.py
"""

import re
import subprocess
import sys


def is_prime(n):
    for divisor in range(2, int(n**0.5) + 1):
        if n % divisor == 0:
            return False
    return n > 1


def count_primes(stop):
    return sum(is_prime(n) for n in range(stop))


# [profile]
def profile(program, *args):
    """Run a program under the profiler; its report, five lines."""
    sampling = [sys.executable, "-m", "profiling.sampling", "run"]
    options = ["--pstats", "--limit", "5", "--no-summary"]
    done = subprocess.run(
        [*sampling, *options, program, *args],
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r"\x1b\[[\d;]*m", "", done.stdout)  # without colors
# [/profile]


def main():
    report = profile(__file__, "work")
    table = report[report.index("Profile Stats:") :]
    print(*table.splitlines()[1:4], sep="\n")


if __name__ == "__main__":
    if "work" in sys.argv:
        count_primes(400_000)
    else:
        main()
