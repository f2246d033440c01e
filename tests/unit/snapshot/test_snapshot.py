"""The memory snapshot: made in Node from the built JupyterLite, restored in Node."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LITE = ROOT / "_build" / "html" / "lite"
MAKE = ROOT / "book" / "web" / "snapshot" / "make-snapshot.ts"
RESTORE = Path(__file__).with_name("restore.mts")

# One group: what the tests share is made once, also by parallel workers.
pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("snapshot")]


@pytest.fixture(scope="session")
def node() -> list[str]:
    found = ROOT / ".venv" / "bin" / "node"
    program = str(found) if found.exists() else shutil.which("node")
    assert program, "Node is missing: run `make html`."
    asked = subprocess.run([program, "-p", "'Suspending' in WebAssembly"], capture_output=True, text=True)
    return [program] if asked.stdout.strip() == "true" else [program, "--experimental-wasm-jspi"]


def make(node: list[str], folder: Path, lite: Path = LITE) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        # Level 3 of zstd: the tests need it soon, not small.
        [
            *node,
            str(MAKE),
            "--lite",
            str(lite),
            "--out",
            str(folder),
            "--level",
            "3",
        ],
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def snapshots(node, tmp_path_factory) -> Path:
    if not (LITE / "static" / "pyodide-lock").is_dir():
        pytest.fail("There is no JupyterLite build to make a snapshot from: run `make html`.")
    folder = tmp_path_factory.mktemp("snapshot")
    made = make(node, folder)
    assert made.returncode == 0, made.stderr
    return folder


def ask(
    node: list[str], snapshots: Path | str, code: str, jspi: bool = True, lock: Path | None = None
) -> dict:
    """Run `async def main(kernel)` of `code` in a kernel; "stock" starts it without a snapshot.

    `lock` is another lock file than that of the build.
    """
    environment = {**os.environ} if jspi else {**os.environ, "NO_JSPI": "1"}
    # Under Node, Pyodide keeps the wheels it loads in the current folder.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*node, str(RESTORE), str(LITE), str(snapshots), *([str(lock)] if lock else [])],
            input=code,
            capture_output=True,
            text=True,
            env=environment,
            timeout=300,
            cwd=folder,
        )
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # above it, what Pyodide prints


def answer(*arguments, **options):
    told = ask(*arguments, **options)
    assert "value" in told, told
    return told["value"]


# A reader's first minutes. Each item is compared with a kernel that started as usual.
SESSION = '''
import asyncio, importlib.metadata, io, json, linecache, locale, logging, os, sys, time, traceback, warnings

async def main(kernel):
    import pyodide_kernel
    shell, out, shown, said = kernel.interpreter, [], [], {}
    pyodide_kernel.stdout_stream.publish_stream_callback = lambda name, text: out.append([name, text])
    pyodide_kernel.stderr_stream.publish_stream_callback = lambda name, text: out.append([name, text])
    shell.display_pub.display_data_callback = lambda data, metadata, transient: shown.append(data)
    shell.displayhook.publish_execution_result = lambda count, data, metadata: shown.append([count, data])
    kernel._parent_header = {"header": {}}
    shell.Completer.use_jedi = False

    async def cell(code):
        reply = await kernel.run(code)
        taken = [reply["status"], list(out), [str(x) for x in shown], reply.get("traceback")]
        out.clear(), shown.clear()
        return taken

    said["names"] = sorted(shell.user_ns)
    said["first"] = await cell(ASYNC)
    said["second"] = await cell("In, Out, _, __name__, sorted(k for k in globals() if k[0] != '_')")
    said["error"] = await cell("def broken(x):\\n    return 1 / x\\nbroken(0)")
    said["group"] = await cell("raise ExceptionGroup('two', [ValueError(1), KeyError(2)])")
    said["rich"] = await cell("from IPython.display import SVG, HTML, display\\n"
        "display(HTML('<b>1</b>'))\\nSVG('<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>')")
    said["late stdlib"] = await cell("import csv, difflib, fractions, sqlite3\\n"
        "sqlite3.connect(':memory:').execute('select 1+1').fetchall(), fractions.Fraction(1, 3)")
    said["late data"] = await cell("import IPython.core.ultratb, pygments.lexers.css\\n"
        "pygments.lexers.css.CssLexer().name")
    said["tasks"] = await cell("import asyncio\\n"
        "asyncio.current_task().get_name(), asyncio.create_task(asyncio.sleep(0)).get_name()")
    said["complete"] = kernel.complete("import asyncio; asyncio.Tas", 27)["matches"][:5]
    said["trace"] = await cell("from overlap_trace import trace\\nimport asyncio\\nwith trace() as t:\\n"
        "    await asyncio.sleep(0)\\nlen(t.timeline.spans) > 0")
    said["inspect"] = sorted(kernel.inspect("asyncio.sleep", 10, 0)["data"])

    try:
        json.loads("{")
    except ValueError as error:
        said["stdlib lines"] = [frame.line for frame in traceback.extract_tb(error.__traceback__)][1:]
    try:
        shell.run_line_magic("nothing", "")
    except Exception as error:
        said["library lines"] = [frame.line for frame in traceback.extract_tb(error.__traceback__)][1:]
    said["packages"] = sorted(
        (d.name, d.version, d.read_text("INSTALLER")) for d in importlib.metadata.distributions()
    )
    said["files"] = sum(
        len(files) for folder, _, files in os.walk("/lib/python3.14/site-packages/IPython")
        if not folder.endswith("__pycache__")
    )
    said["home"] = sorted((d, sorted(n), sorted(f)) for d, n, f in os.walk(os.path.expanduser("~")))
    said["cwd"] = os.getcwd()
    said["path"] = sys.path
    said["finders"] = [str(getattr(f, "__name__", type(f).__name__)) for f in sys.meta_path]
    said["flags"] = str(sys.flags)
    said["limit"] = sys.getrecursionlimit()
    said["environment"] = sorted(set(os.environ) - {"_"})
    said["main"] = sys.modules["__main__"] is shell.user_module
    said["locale"] = [locale.getlocale(), sys.getfilesystemencoding(), time.tzname]
    said["loop"] = [type(asyncio.get_event_loop()).__name__, asyncio.get_event_loop().is_running()]
    said["filters"] = len(warnings.filters)
    said["level"] = logging.getLogger().level
    said["bytecode"] = sys.dont_write_bytecode
    return said

ASYNC = """
import asyncio, sys
async def work(n):
    await asyncio.sleep(0.01 * n)
    print("done", n, asyncio.current_task().get_name())
    return n
async with asyncio.TaskGroup() as group:
    tasks = [group.create_task(work(n)) for n in range(3)]
print("late", file=sys.stderr)
[task.result() for task in tasks]
"""
'''


@pytest.fixture(scope="session")
def usual(node) -> dict:
    return answer(node, "stock", SESSION)


@pytest.mark.parametrize("jspi", [True, False], ids=["jspi", "no-jspi"])
def test_a_restored_kernel_answers_as_a_usual_one(node, snapshots, usual, jspi):
    """Output, errors, displays, imports, names, files and settings are those of a normal start."""
    restored = answer(node, snapshots, SESSION, jspi=jspi)
    assert restored == usual


def test_the_session_is_a_real_one(usual):
    """The comparison above compares something: the usual kernel did what was asked."""
    status, out, shown, _ = usual["first"]
    assert status == "ok"
    assert ["stderr", "late"] in out
    assert "[0, 1, 2]" in shown[-1]
    assert usual["error"][0] == "error"
    assert "division by zero" in usual["error"][3][-1]
    assert "Fraction(1, 3)" in usual["late stdlib"][2][-1]
    assert ".TaskGroup" in usual["complete"]


def test_nothing_is_read_before_it_is_needed(node, snapshots):
    """The first cells need no file but the snapshot; a late import reads one."""
    told = ask(
        node,
        snapshots,
        """
async def main(kernel):
    kernel._parent_header = {}
    first = await kernel.run("import asyncio, random, dataclasses\\nawait asyncio.sleep(0)\\nprint(1)")
    import csv
    return first["status"]
""",
    )
    assert told["value"] == "ok"
    assert told["atStart"] == 0
    assert told["late"] == ["python_stdlib.zip"]


RANDOM = """
async def main(kernel):
    import os, random, secrets, tempfile, uuid
    return {
        "random": random.random(), "choice": random.sample(range(10**6), 3),
        "secrets": secrets.token_hex(), "urandom": os.urandom(8).hex(),
        "uuid1": str(uuid.uuid1()), "uuid4": str(uuid.uuid4()), "uuid7": str(uuid.uuid7()),
        "node": uuid.getnode(), "temporary": tempfile.mktemp(),
    }
"""


def test_two_restored_kernels_do_not_repeat_each_other(node, snapshots):
    """Every source of randomness is its own after a restore."""
    one, other = (answer(node, snapshots, RANDOM) for _ in range(2))
    assert [name for name in one if one[name] == other[name]] == []


def test_the_order_of_a_set_repeats(node, snapshots):
    """What the page about running says: a restored kernel has the hash seed of the snapshot."""
    code = """
async def main(kernel):
    return [hash("text"), list({f"name {i}" for i in range(2000)})]
"""
    one, other = (answer(node, snapshots, code) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("jspi", [True, False], ids=["jspi", "no-jspi"])
def test_stack_switching_is_that_of_the_browser(node, snapshots, jspi):
    """`run_sync` and `asyncio.run` do what they do in a usual kernel of the same browser."""
    code = """
async def main(kernel):
    import asyncio
    from pyodide.ffi import can_run_sync, run_sync
    from pyodide import webloop
    said = [can_run_sync()]
    for name, call in (("run_sync", run_sync), ("asyncio.run", asyncio.run)):
        what = asyncio.sleep(0, name)
        try:
            said.append(call(what))
        except RuntimeError as error:
            said.append(str(error))
        what.close()
    return said
"""
    assert answer(node, snapshots, code, jspi=jspi) == answer(node, "stock", code, jspi=jspi)


def test_clocks_start_with_the_kernel(node, snapshots):
    """Clocks are this machine's, not those of the build."""
    code = """
async def main(kernel):
    import asyncio, datetime, logging, time
    loop = asyncio.get_running_loop()
    before = time.perf_counter(), loop.time()
    await asyncio.sleep(0.02)
    after = time.perf_counter(), loop.time()
    record = logging.makeLogRecord({})
    return {
        "now": time.time(), "date": datetime.datetime.now().timestamp(), "logged": record.relativeCreated,
        "passed": [b - a for a, b in zip(before, after)], "zero": before[0],
    }
"""
    said = answer(node, snapshots, code)
    assert abs(said["now"] - time.time()) < 600
    assert abs(said["date"] - said["now"]) < 1
    assert 0 <= said["logged"] < 60_000
    assert all(0.015 < passed < 60 for passed in said["passed"])
    assert 0 < said["zero"] < 300


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"])
def test_the_time_zone_is_the_readers(node, snapshots, monkeypatch, zone):
    """The build ran in UTC; a restored kernel has the browser's zone, as a usual one does."""
    code = """
async def main(kernel):
    import datetime, time
    return [
        time.tzname, time.timezone, time.altzone, time.daylight, time.strftime("%H %Z %z", time.localtime(0)),
        time.localtime(1.6e9).tm_zone, str(datetime.datetime(2020, 1, 1).astimezone()),
    ]
"""
    monkeypatch.setenv("TZ", zone)
    assert answer(node, snapshots, code) == answer(node, "stock", code)


@pytest.fixture
def wheel_address(tmp_path):
    name = "arrived-1.0-py3-none-any.whl"
    info = "arrived-1.0.dist-info"
    with zipfile.ZipFile(tmp_path / name, "w") as wheel:
        wheel.writestr("arrived.py", "ANSWER = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: arrived\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{name}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_packages_install_after_a_restore(node, snapshots, wheel_address):
    """micropip comes from the lock file, and installs a wheel from an address and from the lock."""
    code = f'''
async def main(kernel):
    kernel._parent_header = {{}}
    reply = await kernel.run("""
import micropip
await micropip.install({wheel_address!r})
await micropip.install("jedi")
import arrived, jedi, importlib.metadata
answer = [arrived.ANSWER, importlib.metadata.version("arrived"), jedi.__name__, "ipython" in micropip.list()]
""")
    return kernel.interpreter.user_ns.get("answer") or reply["traceback"]
'''
    assert answer(node, snapshots, code) == [42, "1.0", "jedi", True]


@pytest.fixture
def copy(snapshots, tmp_path):
    """A copy of the snapshot to break: (folder, info, snapshot file)."""
    folder = tmp_path / "copy"
    shutil.copytree(snapshots, folder)
    info = json.loads((folder / "snapshot.json").read_text())
    return folder, info, folder / info["file"]


def refused(node, folder: Path, info: dict | None = None, lock: Path | None = None) -> tuple[str, str]:
    if info:
        (folder / "snapshot.json").write_text(json.dumps(info))
    told = ask(node, folder, "async def main(kernel): return 1", lock=lock)
    assert "refused" in told, "the broken snapshot was restored"
    assert told["message"].startswith("RestoreError: ")
    return told["refused"], told["message"]


def test_a_missing_file_is_refused(node, copy):
    """No file: `missing`."""
    folder, _, file = copy
    file.unlink()
    assert refused(node, folder)[0] == "missing"


def test_a_short_file_is_refused(node, copy):
    """A download that broke off: `corrupt`."""
    folder, _, file = copy
    file.write_bytes(file.read_bytes()[:-1000])
    assert refused(node, folder)[0] == "corrupt"


def test_a_changed_byte_is_refused(node, copy):
    """One wrong byte: `corrupt`, before any of it is used."""
    folder, _, file = copy
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    reason, message = refused(node, folder)
    assert (reason, "not what was published" in message) == ("corrupt", True)


def with_bytes(copy, change) -> tuple[Path, dict]:
    """The copy with changed content and the right hash for it: a build gone wrong."""
    folder, info, file = copy
    data = bytearray(file.read_bytes())
    change(data, info)
    file.write_bytes(data)
    return folder, {**info, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_a_pack_that_cannot_be_unpacked_is_refused(node, copy):
    """Wrong content with the right hash: zstd finds no frame."""

    def change(data, info):
        data[info["prefixBytes"]] ^= 255

    assert refused(node, *with_bytes(copy, change))[0] == "corrupt"


def test_another_build_of_pyodide_is_refused(node, copy):
    """The build's id in the snapshot is not the one of this Pyodide."""

    def change(data, info):
        data[20] ^= 255

    reason, message = refused(node, *with_bytes(copy, change))
    assert (reason, "build id mismatch" in message) == ("failed", True)


def test_another_engine_is_refused(node, copy):
    """The engine's own data is not what the differences were taken from."""
    folder, info, _ = copy
    assert refused(node, folder, {**info, "staticEnd": info["staticEnd"] - 4})[0] == "mismatch"


def test_another_format_is_refused(node, copy):
    """A snapshot of an older or newer maker."""
    folder, info, _ = copy
    assert refused(node, folder, {**info, "format": info["format"] + 1})[0] == "mismatch"


def test_another_page_is_refused(node, snapshots, tmp_path):
    """The page's own Python is newer than the snapshot: its wheel has another hash."""
    lock = json.loads((LITE / "static" / "pyodide-lock" / "pyodide-lock.json").read_text())
    lock["packages"]["overlap-page"]["sha256"] = "0" * 64
    newer = tmp_path / "pyodide-lock.json"
    newer.write_text(json.dumps(lock))
    reason, message = refused(node, snapshots, lock=newer)
    assert (reason, "another overlap-page" in message) == ("mismatch", True)


def test_too_little_memory_is_refused(node, copy):
    """The memory cannot grow to the size that the snapshot needs."""
    folder, info, _ = copy
    assert refused(node, folder, {**info, "heapBytes": 2**33})[0] == "memory"


def test_the_same_input_makes_the_same_bytes(node, snapshots, tmp_path):
    """A new build of unchanged files keeps the snapshot's name, and readers their cached copy."""
    made = make(node, tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "snapshot.json").read_text() == (snapshots / "snapshot.json").read_text()


def test_nothing_of_the_builder_is_in_it(snapshots, node):
    """No path of the machine that made it."""
    info = json.loads((snapshots / "snapshot.json").read_text())
    script = """
const { zstdDecompressSync } = require("node:zlib");
const bytes = require("node:fs").readFileSync(process.argv[1]).subarray(Number(process.argv[2]));
process.stdout.write(zstdDecompressSync(bytes));
"""
    done = subprocess.run(
        [node[0], "-e", script, str(snapshots / info["file"]), str(info["prefixBytes"])],
        capture_output=True,
        check=True,
    )
    assert len(done.stdout) == info["unpackedBytes"]
    for place in (str(ROOT), str(snapshots), str(Path(node[0]).parent)):
        assert place.encode() not in done.stdout, place


def test_a_folder_without_jupyterlite_stops_the_build(node, tmp_path):
    """The maker fails, and says which file is missing."""
    made = make(node, tmp_path / "out", tmp_path)
    assert made.returncode == 1
    assert "not a JupyterLite build" in made.stderr
    assert "jupyter-lite.json" in made.stderr


def test_a_wheel_that_is_not_the_locked_one_stops_the_build(node, tmp_path):
    """The maker fails, and says which file is wrong."""
    lite = tmp_path / "lite"
    shutil.copytree(LITE / "static", lite / "static")
    shutil.copy(LITE / "jupyter-lite.json", lite)
    shutil.copytree(
        LITE / "extensions" / "@jupyterlite" / "pyodide-kernel-extension",
        lite / "extensions" / "@jupyterlite" / "pyodide-kernel-extension",
    )
    wheel = next((lite / "static" / "pyodide-lock").glob("comm-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b" ")
    made = make(node, tmp_path / "out", lite)
    assert made.returncode == 1
    assert f"{wheel.name} does not have the hash" in made.stderr
    assert not list((tmp_path / "out").glob("*.snapshot"))
