# /// script
# requires-python = ">=3.11"
# ///
"""How many cores may this process use? In a container: its quota.

Run it: python usable_cores.py
"""
import math
import os
import tempfile
from pathlib import Path


# [cores]
def usable_cores(cgroups: str | Path = "/sys/fs/cgroup") -> int:
    """Cores that this process may use, at least 1.

    The smallest of what the scheduler allows (`taskset`, cpusets,
    PYTHON_CPU_COUNT) and the CPU quota of the container, rounded up.
    """
    if hasattr(os, "process_cpu_count"):  # 3.13 and newer
        allowed = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count()
    quota = cpu_quota(Path(cgroups)) or math.inf
    return max(1, math.ceil(min(allowed or 1, quota)))


def cpu_quota(cgroups: Path) -> float | None:
    """The container's limit in cores, such as 1.5; None: none."""
    try:  # version 2 of cgroups: "150000 100000" or "max 100000"
        quota, period = (cgroups / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:  # version 1
            v1 = cgroups / "cpu"
            quota = (v1 / "cpu.cfs_quota_us").read_text()
            period = (v1 / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # "max": no limit
        return None
    return cores if cores > 0 else None
# [/cores]


# [main]
def main():
    for limit in "max 100000", "200000 100000", "50000 100000":
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "cpu.max").write_text(limit)
            quota = cpu_quota(Path(folder))
            print(f"cpu.max says {limit}: quota {quota}")
    if hasattr(os, "sched_setaffinity"):
        one = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {one})  # as `taskset` or a cpuset
    print("on one core:", usable_cores())
# [/main]


if __name__ == "__main__":
    main()
