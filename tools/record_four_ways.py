"""Record four_ways.py: what it printed and its spans, from one and the same run.

    python -m tools.record_four_ways

Writes four_ways.out and four_ways.spans.json. Of several runs it keeps the fastest, which is
the one that other programs on the machine disturbed least. The usual recorder runs a script
without options and so gets no spans; test_four_ways.py says when the two files no longer
belong together.
"""

import datetime
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book.extension.recording import Recording, fingerprint, fingerprint_of
from tools.running import SCRIPTS, TIME_LIMIT, environment, interpreter

SCRIPT = SCRIPTS / "mixed" / "four_ways.py"
SPANS = SCRIPT.with_suffix(".spans.json")
RUNS = 7


def run(python):
    """One run in a fresh directory: what it printed, and its spans."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder)
        shutil.copy(SCRIPT, temporary)
        done = subprocess.run(
            [python.path, SCRIPT.name, "--spans", "spans.json"],
            cwd=temporary,
            env=environment(temporary, temporary / "exit-report"),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=True,
        )
        return done.stdout + done.stderr, json.loads((temporary / "spans.json").read_text())


def seconds(spans):
    """From the first span to the last, added up over the eight timelines."""
    return sum(max(end for *_, end in way) for work in spans.values() for way in work.values())


def write(python, text, spans):
    """Write both files; the second names the script and the output it belongs to."""
    recording = Recording(
        kind="script",
        source=fingerprint(SCRIPT),
        python=python.version,
        build=python.build,
        platform=python.platform,
        cores=python.cores,
        date=datetime.date.today().isoformat(),
        match="masked",
        exit=0,
        command=f"python {SCRIPT.name}",
        text=text,
    )
    recording.write(SCRIPT.with_suffix(".out"))
    head = {"script": recording.source, "output": fingerprint_of(recording.text)}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in {**head, **spans}.items()]
    SPANS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")
    return recording.provenance


def main():
    python = interpreter(sys.argv[1] if len(sys.argv) > 1 else sys.executable)
    text, spans = min((run(python) for _ in range(RUNS)), key=lambda one: seconds(one[1]))
    print(write(python, text, spans))
    print(text, end="")


if __name__ == "__main__":
    main()
