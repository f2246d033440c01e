# /// script
# requires-python = ">=3.11"
# dependencies = ["dramatiq[redis]"]
# [tool.overlap]
# needs = ["Valkey or Redis"]
# ///
"""Jobs that survive their worker: Dramatiq with Valkey or Redis.

Run it: python job_queue.py
It starts a Valkey or Redis server of its own, and two workers.
"""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager

import dramatiq
from dramatiq.brokers.redis import RedisBroker

# [jobs]
broker = RedisBroker(
    url=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"),
    # A worker that is silent so long has died; its jobs go to others.
    heartbeat_timeout=int(os.environ.get("SILENT", "60000")),  # ms
    # How often the others look, in a million commands (1000).
    maintenance_chance=int(os.environ.get("LOOK", "1000")),
)
dramatiq.set_broker(broker)


def worth_a_retry(tries: int, error: BaseException) -> bool:
    """What may pass is tried five times more; nothing else is."""
    return tries < 5 and isinstance(error, (OSError, TimeoutError))


@dramatiq.actor(
    retry_when=worth_a_retry, min_backoff=100, max_backoff=60_000,
    time_limit=60_000,  # ms; then TimeLimitExceeded
)
def charge(order: str, cents: int) -> None:
    """Charge an order once, however often this is delivered."""
    with transaction() as db:
        new = db.execute(
            "insert or ignore into charges values (?, ?)",
            [order, cents],
        )
        if new.rowcount:  # else it was done before: nothing to do
            ask_the_bank(order)
# [/jobs]


@contextmanager
def transaction():
    """The shop's own database: all of it, or after an error nothing."""
    path = os.environ["SHOP"]
    with closing(sqlite3.connect(path, timeout=30)) as db, db:
        yield db


def ask_the_bank(order):
    """Stands for a call that can fail, and writes down each try."""
    with open(os.environ["SHOP"] + ".tries", "a") as file:
        file.write(f"{order}\n")
    before = tries().count(order)
    if order == "owl" and before <= 2:
        raise ConnectionError("the bank is away")
    if order == "yak":
        raise ValueError("no such account")
    if order == "emu" and before == 1:
        time.sleep(60)  # its worker is killed meanwhile


def tries():
    try:
        with open(os.environ["SHOP"] + ".tries") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


# [main]
def demo():
    with transaction() as db:
        db.execute("create table charges (name primary key, cents)")

    first = worker()
    for order in "cat", "cat", "owl", "yak":
        charge.send(order, 950)  # returns at once
    wait(lambda: charges() == ["cat", "owl"] and "yak" in tries())
    print("charged:", charges())
    print("tries:", {one: tries().count(one)
                     for one in ("cat", "owl", "yak")})

    charge.send("emu", 950)
    wait(lambda: "emu" in tries())
    os.killpg(first.pid, signal.SIGKILL)  # as if switched off
    first.wait()
    print("the worker was killed, charged:", charges())
    second = worker()
    wait(lambda: "emu" in charges())
    print("the next one did it, tries:", tries().count("emu"))
    second.terminate()
    print("SIGTERM, exit status:", second.wait())


def worker():
    """One process with one thread, started as you would by hand."""
    command = "-m dramatiq job_queue --processes 1 --threads 1"
    started = subprocess.Popen(
        [sys.executable, *command.split(), "--path", os.getcwd()],
        process_group=0, stderr=subprocess.DEVNULL,
    )
    workers.append(started)
    return started
# [/main]


def charges():
    with transaction() as db:
        rows = db.execute("select name from charges order by name")
        return [name for (name,) in rows]


workers = []


def end_workers():
    for one in workers:
        if one.poll() is None:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait()


def wait(until):
    give_up = time.monotonic() + 60
    while not until():
        if time.monotonic() > give_up:
            raise TimeoutError("still waiting")
        time.sleep(0.02)


@contextmanager
def valkey(folder):
    """A server for this program alone, which keeps jobs on disk."""
    names = "valkey-server", "redis-server"
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        raise SystemExit("There is no Valkey or Redis on this machine.")
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", f"{folder}/socket",
         "--dir", folder, "--appendonly", "yes", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait(lambda: os.path.exists(f"{folder}/socket"))
        yield f"unix://{folder}/socket"
    finally:
        server.terminate()
        server.wait()


def main():
    if "REDIS_URL" in os.environ:
        try:
            demo()
        finally:
            end_workers()
        return
    with tempfile.TemporaryDirectory() as folder, valkey(folder) as url:
        os.environ |= {"REDIS_URL": url, "SHOP": f"{folder}/shop.db",
                       "SILENT": "1000", "LOOK": "1000000"}
        done = subprocess.run([sys.executable, *sys.argv])
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
