# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# carries = "overlap_trace"
# ///
"""See what the tasks, threads and processes of a program wait for.

Run it: python timeline.py PROGRAM.py [...]
        python timeline.py -m MODULE [...]

The program runs as always: its arguments, input, output and exit
status are its own, and options of Python (python -X dev timeline.py
...) and signals are handed on. When it has ended, its timeline is in
PROGRAM.timeline.html, one page that needs nothing else: who waited
when, for what, and at which line.
"""

import base64
import io
import sys
import tempfile
import zipfile

# The package overlap_trace, as it is on the site of this guide: a zip
# file in letters. To read it: timeline.py --unpack FOLDER
PACKAGE = ""


def unpack(folder):
    """Put the package into a folder."""
    data = io.BytesIO(base64.b64decode(PACKAGE))
    with zipfile.ZipFile(data) as packed:
        packed.extractall(folder)


def main(arguments):
    """Run a program and draw it; return how it ended."""
    if arguments[:1] == ["--unpack"] and len(arguments) == 2:
        unpack(arguments[1])
        return 0, sys.exit
    with tempfile.TemporaryDirectory(
        prefix="timeline-", ignore_cleanup_errors=True
    ) as folder:
        unpack(folder)
        sys.path.insert(0, folder)
        from overlap_trace import program

        return program.main(arguments), program.leave


if __name__ == "__main__":
    status, leave = main(sys.argv[1:])
    leave(status)
