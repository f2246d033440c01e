# /// script
# requires-python = ">=3.14"
# ///
"""Ask a stuck asyncio program from outside who waits for whom.

Run it: python stuck_tasks.py
"""
import asyncio
import runpy
import subprocess
import sys


# [stuck]
async def worker(jobs):
    while True:
        job = await jobs.get()
        10 // job  # job 0 kills it
        jobs.task_done()


async def album():
    jobs = asyncio.Queue()
    for job in 5, 0, 2:
        jobs.put_nowait(job)
    task = asyncio.create_task(worker(jobs), name="worker")
    await asyncio.wait([task])  # it has died at job 0
    join = asyncio.create_task(jobs.join(), name="join")
    await asyncio.sleep(0)
    print("stuck", flush=True)
    await join  # for ever: two jobs are not done


# [/stuck]
def main():
    if sys.argv[1:] == ["stuck"]:
        asyncio.run(album())
        return
    # [ask]
    program = subprocess.Popen(
        [sys.executable, __file__, "stuck"], stdout=subprocess.PIPE
    )
    program.stdout.readline()  # until it says: stuck
    # The same as `python -m asyncio pstree PID`. Linux lets a parent
    # look into its child; to look into other programs become root.
    sys.argv = ["asyncio", "pstree", str(program.pid)]
    try:
        runpy.run_module("asyncio", run_name="__main__")
    finally:
        program.kill()
        program.communicate()
    # [/ask]


if __name__ == "__main__":
    main()
